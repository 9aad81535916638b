import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { preparedPython } from "../../scripts/python-environment.mjs";
import { run } from "../cli/run.ts";
import { PYTHON, python } from "./python.ts";

const EXAMPLES = fileURLToPath(new URL("../../notebook/examples", import.meta.url));
const PROJECT_PYTHON = preparedPython();
const FULL = process.env.ML_ARCHITECT_FULL === "1";

interface CodeCell {
  count: number;
  text: string;
}

/** Executes an example as a server without a person does, in a folder of its own. */
async function executed(runner: string, example: string, kernel: string): Promise<CodeCell[]> {
  const folder = mkdtempSync(join(tmpdir(), "ml-architect example "));
  try {
    await run(["notebook", "install", "--kernel", kernel, "--prefix", folder]);
    const program = python("examples.py", [], {
      JUPYTER_PATH: join(folder, "share", "jupyter"),
      XDG_CONFIG_HOME: join(folder, "no-configuration"),
      NO_COLOR: "1",
      ...(PROJECT_PYTHON ? { ML_ARCHITECT_PYTHON: PROJECT_PYTHON } : {}),
    });
    program.say([runner, join(EXAMPLES, example), `ml-architect-${kernel}`, folder]);
    const cells = await program.hear<CodeCell[]>();
    await program.end();
    return cells;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test.each(readdirSync(EXAMPLES))("%s is kept without outputs and without counters", (name) => {
  const { cells } = JSON.parse(readFileSync(join(EXAMPLES, name), "utf8")) as { cells: Record<string, unknown>[] };
  for (const cell of cells.filter(({ cell_type }) => cell_type === "code"))
    expect(cell).toMatchObject({ execution_count: null, outputs: [] });
});

test.skipIf(!PYTHON).each([
  ["nbclient", "tslab"],
  ["papermill", "deno"],
])(
  "planning an LLM runs from top to bottom by %s on %s",
  async (runner, kernel) => {
    const cells = await executed(runner, "plan-an-llm.ipynb", kernel);
    expect(cells.map(({ count }) => count)).toEqual(cells.map((_, at) => at + 1));
    expect(cells[0]!.text).toContain("# Feasible");
    expect(cells[4]!.text).toMatch(/^feasible \d+\.\d\d\n/);
    expect(JSON.parse(cells.at(-1)!.text)).toMatchObject({ status: "feasible" });
  },
  180_000,
);

const RUNS = [
  ["nbclient", "deno"],
  ["papermill", "tslab"],
] as const;

test.skipIf(!PYTHON || !PROJECT_PYTHON).each(FULL ? RUNS : RUNS.slice(0, 1))(
  "a plan becomes a project that trains two steps and serves, by %s on %s",
  async (runner, kernel) => {
    const cells = await executed(runner, "from-plan-to-smoke-test.ipynb", kernel);
    const told = cells.map(({ text }) => text).join("\n");
    expect(told).toContain("`evaluation.min_improvement`: 0.02 → 0.05");
    expect(cells.slice(-5).every(({ text }) => text.startsWith("✔"))).toBe(true);
    expect(told).toMatch(/speed, tokens a second \| [\d,]+/);
    expect(told).toContain("answered 200");
  },
  180_000,
);

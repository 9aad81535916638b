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

/** What drives the notebook, what runs its code, what runs ours. */
interface Way {
  runner: "nbclient" | "papermill";
  kernel: "tslab" | "deno";
  runtime: "node" | "bun" | "deno";
}
const ALL: Way[] = (["tslab", "deno"] as const).flatMap((kernel) =>
  (["node", "bun", "deno"] as const).flatMap((runtime) =>
    (["nbclient", "papermill"] as const).map((runner) => ({ runner, kernel, runtime })),
  ),
);
/** Each of them once. */
const REPRESENTATIVES: Way[] = [
  { runner: "nbclient", kernel: "tslab", runtime: "deno" },
  { runner: "papermill", kernel: "deno", runtime: "bun" },
];

/** Executes an example as a server without a person does, in a folder of its own. */
async function executed(example: string, { runner, kernel, runtime }: Way): Promise<CodeCell[]> {
  const folder = mkdtempSync(join(tmpdir(), "ml-architect example "));
  try {
    const installed = await run(["notebook", "install", "--kernel", kernel, "--runtime", runtime, "--prefix", folder]);
    expect(installed.code, installed.stderr).toBe(0);
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
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  }
}

test.each(readdirSync(EXAMPLES))("%s is kept without outputs and without counters", (name) => {
  const { cells } = JSON.parse(readFileSync(join(EXAMPLES, name), "utf8")) as { cells: Record<string, unknown>[] };
  for (const cell of cells.filter(({ cell_type }) => cell_type === "code"))
    expect(cell).toMatchObject({ execution_count: null, outputs: [] });
});

test.skipIf(!PYTHON).each(FULL ? ALL : REPRESENTATIVES)(
  "planning an LLM runs from top to bottom by $runner on $kernel, ours on $runtime",
  async (way) => {
    const cells = await executed("plan-an-llm.ipynb", way);
    expect(cells.map(({ count }) => count)).toEqual(cells.map((_, at) => at + 1));
    expect(cells[0]!.text).toContain("# Feasible");
    expect(cells[4]!.text).toMatch(/^feasible \d+\.\d\d\n/);
    expect(JSON.parse(cells.at(-1)!.text)).toMatchObject({ status: "feasible" });
  },
);

/** A runner takes every second, so that each has met both kernels and all three runtimes. */
const TRIED: Way[] = FULL
  ? ALL.filter(({ runner }, at) => runner === (at % 4 < 2 ? "nbclient" : "papermill"))
  : [{ runner: "nbclient", kernel: "deno", runtime: "node" }];

test.skipIf(!PYTHON || !PROJECT_PYTHON).each(TRIED)(
  "a plan becomes a project that trains two steps and serves, by $runner on $kernel, ours on $runtime",
  async (way) => {
    const cells = await executed("from-plan-to-smoke-test.ipynb", way);
    const told = cells.map(({ text }) => text).join("\n");
    expect(told).toContain("`evaluation.min_improvement`: 0.02 → 0.05");
    expect(cells.slice(-5).every(({ text }) => text.startsWith("✔"))).toBe(true);
    expect(told).toMatch(/speed, tokens a second \| [\d,]+/);
    expect(told).toContain("answered 200");
  },
  600_000,
);

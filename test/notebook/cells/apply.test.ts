import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PlannedCell } from "../../../notebook/cells/cell.ts";
import { run } from "../../cli/run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ml-architect apply ü "));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const planned = (step: number, source: string, planHash = "a".repeat(64)): PlannedCell => ({
  id: ["intro", "config", "smoke"][step]!,
  kind: step === 0 ? "markdown" : "code",
  source,
  step,
  planHash,
});
const CELLS = [planned(0, "# Plan"), planned(1, "%%architect config\na: 1\n"), planned(2, "%architect smoke")];

/** As nbclient saves a notebook whose second cell shows these. */
const shows = (cells: readonly unknown[], after: object[] = [], minor = 5) => ({
  nbformat: 4,
  nbformat_minor: minor,
  metadata: { kernelspec: { name: "x" }, kept: [1, 2] },
  cells: [
    { cell_type: "markdown", metadata: {}, source: ["# Mine"] },
    {
      cell_type: "code",
      metadata: {},
      execution_count: 1,
      source: "%architect config",
      outputs: [
        {
          output_type: "display_data",
          metadata: {},
          data: { "text/plain": "…", "application/vnd.ml-architect.cells+json": { version: 1, cells } },
        },
      ],
    },
    ...after,
  ],
});
const save = (name: string, notebook: object): void => writeFileSync(join(folder, name), JSON.stringify(notebook));
const read = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
const apply = (from: string, to: string) => run(["notebook", "apply", from, "-o", to], { cwd: folder });

test("cells that a notebook shows become cells of it, in order, with their marks; the rest stays as it was", async () => {
  save("in.ipynb", shows(CELLS, [{ cell_type: "code", source: "1", metadata: {}, outputs: [], execution_count: 2 }]));
  const { code, stdout, stderr } = await apply("in.ipynb", "out.ipynb");
  expect(code, stderr).toBe(0);
  expect(stdout).toContain("`intro`, `config`, `smoke`: inserted");
  const { cells, ...rest } = read("out.ipynb");
  expect(rest).toEqual({ nbformat: 4, nbformat_minor: 5, metadata: { kernelspec: { name: "x" }, kept: [1, 2] } });
  const joined = cells.map((cell: { source: string | string[] }) => [cell.source].flat().join(""));
  expect(joined).toEqual(["# Mine", "%architect config", ...CELLS.map(({ source }) => source), "1"]);
  expect(cells[3]).toMatchObject({ cell_type: "code", outputs: [], execution_count: null });
  expect(cells[3].source).toEqual(["%%architect config\n", "a: 1\n"]);
  expect(cells[3].metadata["ml-architect"]).toMatchObject({ cell: "config", step: 1, planId: "aaaaaaaaaaaa" });
  expect(cells[2]).not.toHaveProperty("outputs");
});

test("applied again, nothing is doubled; a new plan updates what nobody edited and keeps what somebody did", async () => {
  save("in.ipynb", shows(CELLS));
  await apply("in.ipynb", "once.ipynb");
  const again = await apply("once.ipynb", "twice.ipynb");
  expect(again.stdout).toContain("stands already");
  expect(read("twice.ipynb")).toEqual(read("once.ipynb"));

  const once = read("once.ipynb");
  const next = "b".repeat(64);
  once.cells[3].source.push("mine: 2\n");
  once.cells[4].outputs = [{ output_type: "stream", name: "stdout", text: "ok" }];
  const shown = once.cells[1].outputs[0].data["application/vnd.ml-architect.cells+json"];
  shown.cells = [CELLS[0], planned(1, "%%architect config\na: 3\n", next), planned(2, "%architect smoke 2", next)];
  save("edited.ipynb", once);
  const { stdout } = await apply("edited.ipynb", "edited.ipynb");
  expect(stdout).toContain("`config`: kept, because you edited it");
  expect(stdout).toContain("`smoke`: updated");
  const { cells } = read("edited.ipynb");
  expect(cells).toHaveLength(5);
  expect(cells[3]).toEqual(once.cells[3]);
  expect(cells[4].source).toEqual(["%architect smoke 2"]);
  // What it printed was another text's.
  expect(cells[4].outputs).toEqual([]);
});

test("a cell that a page inserted as text is found by its first line", async () => {
  save("in.ipynb", shows([CELLS[1]!]));
  await apply("in.ipynb", "marked.ipynb");
  const { planId, hash } = read("marked.ipynb").cells[2].metadata["ml-architect"];
  const tag = `// ml-architect cell=config step=1 plan=${planId} hash=${hash}\n`;
  const text = { cell_type: "code", metadata: {}, outputs: [], execution_count: 3, source: tag + CELLS[1]!.source };
  save("next.ipynb", shows([CELLS[1]!], [text]));
  expect((await apply("next.ipynb", "next.ipynb")).stdout).toContain("`config`: updated");
  expect(read("next.ipynb").cells).toHaveLength(3);
});

test.each([
  ["a notebook that shows none", { ...shows([]) }, "shows no cells of a plan"],
  ["cells of another shape", shows([{ id: 1, source: "x" }]), "shows no cells of a plan"],
  ["format 3", { nbformat: 3, worksheets: [] }, "is not a notebook of format 4"],
])("%s is refused with what to do, and nothing is written", async (_, notebook, message) => {
  save("in.ipynb", notebook);
  const { code, stderr } = await apply("in.ipynb", "out.ipynb");
  expect(code).toBe(2);
  expect(stderr).toContain(message);
  expect(() => read("out.ipynb")).toThrow();
});

test("cells get ids only where the format has them, and another file is never written over", async () => {
  save("in.ipynb", shows(CELLS, [], 4));
  await apply("in.ipynb", "out.ipynb");
  expect(read("out.ipynb").cells.some((cell: object) => "id" in cell)).toBe(false);
  const { code, stderr } = await apply("in.ipynb", "out.ipynb");
  expect(code).toBe(2);
  expect(stderr).toContain("there already");
});

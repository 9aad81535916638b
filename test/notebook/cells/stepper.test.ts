import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { markOf, type PlannedCell, readTag, tagged } from "../../../notebook/cells/cell.ts";
import { editorFile } from "../../../notebook/cells/editor.ts";
import { Memory, type Standings } from "../../../notebook/cells/standings.ts";
import { Stepper } from "../../../notebook/cells/stepper.ts";
import { readCell } from "../../../notebook/magic/cell.ts";

const cells = ["intro", "config", "smoke-1", "smoke-2"].map(
  (id, step): PlannedCell => ({
    id,
    kind: step === 0 ? "markdown" : "code",
    source: `%%architect ${id}\nbody`,
    step,
    planHash: "a".repeat(64),
  }),
);
let runtime: string;
beforeEach(() => {
  runtime = mkdtempSync(join(tmpdir(), "ml-architect stepper ü "));
});
afterEach(() => rmSync(runtime, { recursive: true, force: true }));
/** As each new kernel finds it. */
const memory = () => new Memory(runtime);
const text = (at: number): string => tagged(cells[at]!, "//");

const nowhere: Standings = { stands: () => false, gave: () => {} };

test("a cell that succeeds brings the next, each once, in the plan's order", () => {
  const stepper = new Stepper();
  const standings = memory().of("a.ipynb", undefined);
  // A front end inserts code alone.
  expect(stepper.begin(cells, standings, false)?.id).toBe("config");
  expect(stepper.after(text(1))?.id).toBe("smoke-1");
  expect(stepper.after(text(1))).toBeUndefined();
  expect(stepper.after(text(2))?.id).toBe("smoke-2");
  expect(stepper.after(text(3))).toBeUndefined();
  expect(stepper.begin(cells, standings, false)).toBeUndefined();
  expect(stepper.begin(cells, standings, true)?.id).toBe("config");
  expect(stepper.after(text(1))?.id).toBe("smoke-1");
});

test("an edited cell brings the next one too; a person's own cell, and one of another plan, bring none", () => {
  const stepper = new Stepper();
  stepper.begin(cells, nowhere, false);
  expect(stepper.after("const a = 1;")).toBeUndefined();
  expect(stepper.after(tagged({ ...cells[1]!, planHash: "b".repeat(64) }, "//"))).toBeUndefined();
  expect(stepper.after(`${text(1)}# mine\n`)?.id).toBe("smoke-1");
});

describe("a kernel that was started again", () => {
  const begun = (standings: Standings) => new Stepper().begin(cells, standings, false)?.id;
  const saved = (at: number, ...sources: string[]) => ({
    at,
    cells: sources.map((source) => ({ cell_type: "code", source, metadata: {} })),
  });
  const GIVEN = 1_000_000;

  test("gives nothing again that stands in the saved notebook, by its tag or by its metadata", () => {
    expect(begun(memory().of("a.ipynb", saved(0, text(1))))).toBeUndefined();
    const marked = { cell_type: "code", source: "edited", metadata: { "ml-architect": markOf(cells[1]!) } };
    expect(begun(memory().of("a.ipynb", { at: 0, cells: [marked] }))).toBeUndefined();
    const other = tagged({ ...cells[1]!, planHash: "b".repeat(64) }, "//");
    expect(begun(memory().of("a.ipynb", saved(0, other)))).toBe("config");
  });

  test("gives nothing again that was given and is not saved yet, and only to this notebook", () => {
    const before = saved(GIVEN - 60_000, "%architect config");
    expect(begun(memory().of("ü a.ipynb", before, () => GIVEN))).toBe("config");
    expect(begun(memory().of("ü a.ipynb", before))).toBeUndefined();
    // A save that had begun when the cell came.
    expect(begun(memory().of("ü a.ipynb", saved(GIVEN + 2000, "%architect config")))).toBeUndefined();
    expect(begun(memory().of("b.ipynb", before))).toBe("config");
  });

  test("gives a cell again that its person deleted: the notebook was saved since, without it", () => {
    expect(begun(memory().of("a.ipynb", undefined, () => GIVEN))).toBe("config");
    expect(begun(memory().of("a.ipynb", saved(GIVEN + 60_000, "%architect config")))).toBe("config");
  });

  test("knows at least its own cells where nothing can be written down", () => {
    const here = new Memory("/dev/null");
    const standings = here.of(undefined, undefined);
    expect(begun(standings)).toBe("config");
    expect(begun(here.of(undefined, undefined))).toBeUndefined();
    expect(begun(here.of("/a.ipynb", undefined))).toBe("config");
  });
});

test("VS Code's cell ids name the notebook's file; other front ends' do not", () => {
  expect(editorFile("vscode-notebook-cell:/home/ada/my%20plan%20%C3%BC.ipynb#W0sZmlsZQ%3D%3D")).toBe(
    "/home/ada/my plan ü.ipynb",
  );
  expect(editorFile("vscode-notebook-cell://ssh-remote%2Bgpu/home/ada/a.ipynb#W1s")).toBe("/home/ada/a.ipynb");
  expect(editorFile("6b1d2c4e-0c1f-4ab0-9d3c-1f7f2a7c5e11")).toBeUndefined();
  expect(editorFile(undefined)).toBeUndefined();
});

test.each(["//", "#"] as const)(
  "a tag in a comment of %s is read back, and the magic below it is still one",
  (comment) => {
    const source = tagged(cells[2]!, comment);
    expect(readTag(source)).toEqual({ mark: markOf(cells[2]!), body: cells[2]!.source });
    const [magic] = readCell(source).magics;
    expect(magic).toMatchObject({ words: "smoke-1", body: "body" });
  },
);

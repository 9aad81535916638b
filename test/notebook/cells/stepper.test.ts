import { expect, test } from "vitest";
import { markOf, type PlannedCell, readTag, tagged } from "../../../notebook/cells/cell.ts";
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
const text = (at: number): string => tagged(cells[at]!, "//");

test("a cell that succeeds brings the next, each once, in the plan's order", () => {
  const stepper = new Stepper();
  // A front end inserts code alone.
  expect(stepper.begin(cells, [], false)?.id).toBe("config");
  expect(stepper.after(text(1))?.id).toBe("smoke-1");
  expect(stepper.after(text(1))).toBeUndefined();
  expect(stepper.after(text(2))?.id).toBe("smoke-2");
  expect(stepper.after(text(3))).toBeUndefined();
  expect(stepper.begin(cells, [], false)).toBeUndefined();
  expect(stepper.begin(cells, [], true)?.id).toBe("config");
});

test("an edited cell brings the next one too; a person's own cell, and one of another plan, bring none", () => {
  const stepper = new Stepper();
  stepper.begin(cells, [], false);
  expect(stepper.after("const a = 1;")).toBeUndefined();
  expect(stepper.after(tagged({ ...cells[1]!, planHash: "b".repeat(64) }, "//"))).toBeUndefined();
  expect(stepper.after(`${text(1)}# mine\n`)?.id).toBe("smoke-1");
});

test("what stands in the saved notebook is not given again to a kernel that has forgotten it", () => {
  expect(new Stepper().begin(cells, [markOf(cells[1]!)], false)).toBeUndefined();
  expect(new Stepper().begin(cells, [{ ...markOf(cells[1]!), planId: "b" }], false)?.id).toBe("config");
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

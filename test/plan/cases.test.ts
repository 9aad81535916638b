import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { answers } from "../../bench/cases/answers.mjs";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { findAccelerator } from "../../src/catalog/names.ts";
import { withWords } from "../../src/consult/change.ts";
import { advise } from "../../src/plan/advise.ts";
import { ask } from "../../src/plan/ask.ts";

const path = fileURLToPath(new URL("./cases.jsonl", import.meta.url));
const rows = answers(path, { advise, ask, catalog, findAccelerator, readText, withWords });
const ids = (...kinds: string[]) => rows.filter((r) => kinds.includes(r.agreement)).map((r) => r.id);

test("of 71 runs that people reported, at least 55 are answered as they went, straight from the words", () => {
  expect(rows).toHaveLength(71);
  expect(ids("agrees").length).toBeGreaterThanOrEqual(55);
});

test("no run that worked is refused", () => {
  expect(ids("false no")).toEqual([]);
});

test("only a run whose words hide what killed it is called fine: an engine's own limits on media", () => {
  // pc132: it died of the limits that vLLM takes unless told otherwise; a plan sets its own, and counts the images.
  expect(ids("unsafe").filter((id) => id !== "pc132")).toEqual([]);
});

test("of the runs that a person says died, the estimate says so by itself for at least nine of twelve", () => {
  const told = rows.filter((r) => r.told);
  expect(told.length).toBeGreaterThanOrEqual(12);
  expect(told.filter((r) => r.foreseen).length).toBeGreaterThanOrEqual(9);
});

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { constant } from "../../src/estimate/constants.ts";
import fittedValues from "../../src/estimate/fitted.json" with { type: "json" };
import { modalityConstant } from "../../src/estimate/modality-constants.ts";
import { assumed } from "../../src/plan/assumptions.ts";

const all = Object.entries(constant);
const simulated = Object.entries(modalityConstant);
const assumptions = Object.entries(assumed);
const fitted = all.flatMap(([name, c]) => (c.kind === "fitted" ? [[name, c] as const] : []));

test.each([...all, ...simulated, ...assumptions])("%s states its unit, its source and why it is there", (_, c) => {
  expect(Number.isFinite(c.value)).toBe(true);
  expect(c.unit).not.toBe("");
  expect(c.source.length).toBeGreaterThan(10);
  expect(c.reason.length).toBeGreaterThan(10);
});

test.each(fitted)("%s lies in the range that its mechanism allows", (_, c) => {
  const [min, max] = c.range;
  expect(min).toBeGreaterThan(0);
  expect(max).toBeGreaterThan(min);
  expect(c.value).toBeGreaterThanOrEqual(min);
  expect(c.value).toBeLessThanOrEqual(max);
});

test("fitted.json holds the fitted constants and nothing else", () => {
  expect(Object.keys(fittedValues).sort()).toEqual(fitted.map(([name]) => name).sort());
});

/** The code of a folder of src, without the files that declare. */
const codeOf = (folder: string, declares: RegExp): string => {
  const at = new URL(`../../src/${folder}/`, import.meta.url);
  return readdirSync(at)
    .filter((f) => f.endsWith(".ts") && !declares.test(f))
    .map((f) => readFileSync(new URL(f, at), "utf8"))
    .join("\n");
};

test("every constant is used by a formula, every assumption by the planner", () => {
  const [estimate, plan] = [codeOf("estimate", /constants\.ts$/), codeOf("plan", /^assumptions\.ts$/)];
  const unused = (names: string[], prefix: string, code: string): string[] =>
    names.filter((name) => !new RegExp(`${prefix}\\.${name}\\.value\\b`).test(code));
  expect(unused(Object.keys(constant), "constant", `${estimate}\n${plan}`)).toEqual([]);
  expect(unused(Object.keys(assumed), "assumed", plan)).toEqual([]);
});

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { constant } from "../../src/estimate/constants.ts";
import fittedValues from "../../src/estimate/fitted.json" with { type: "json" };
import { modalityConstant } from "../../src/estimate/modality-constants.ts";

const all = Object.entries(constant);
const simulated = Object.entries(modalityConstant);
const fitted = all.flatMap(([name, c]) => (c.kind === "fitted" ? [[name, c] as const] : []));

test.each([...all, ...simulated])("%s states its unit, its source and why it is there", (_, c) => {
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

const FOLDER = new URL("../../src/estimate/", import.meta.url);
const text = (file: string): string => readFileSync(new URL(file, FOLDER), "utf8");

test("every constant is used by a formula", () => {
  const formulas = readdirSync(FOLDER)
    .filter((f) => f.endsWith(".ts") && !f.endsWith("constants.ts"))
    .map(text)
    .join("\n");
  expect(all.map(([name]) => name).filter((name) => !formulas.includes(`constant.${name}.value`))).toEqual([]);
});

/** What is left of bare fractions, by file: halves, conventions and defaults for unknown cards. The lists may only shrink. */
const LEFT: Record<string, readonly string[]> = {
  "activations.ts": [],
  "compute.ts": [],
  "flops.ts": [],
  "rates.ts": [],
  "exchange.ts": [],
  "offload.ts": [],
};

// A fraction in a formula is a measurement in disguise: it belongs into constants.ts with its unit and source.
test.each(Object.entries(LEFT))("%s holds no new bare fraction", (file, left) => {
  const code = text(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
  const fractions = [...code.matchAll(/(?<![\w.])\d+\.\d+(?![\w.])/g)].map((m) => m[0]);
  expect(fractions.filter((f) => !left.includes(f))).toEqual([]);
});

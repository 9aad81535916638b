import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { estimate } from "../../src/estimate/estimate.ts";
import { EstimateRequest } from "../../src/estimate/request.ts";

interface Row {
  request: EstimateRequest;
  expected: { valueGib: number; weight: number; modality: string; source: string };
}

const rows: Row[] = readFileSync(new URL("../../bench/data/simulated.jsonl", import.meta.url), "utf8")
  .split("\n")
  .filter((line) => line.trim())
  .map((line) => JSON.parse(line));

/** Allocated without library workspaces, which a simulation has none of. */
const error = ({ request, expected }: Row): number => {
  const answer = estimate(request, catalog);
  const workspaces = answer.parts.find((p) => p.name === "workspaces")?.gib ?? 0;
  return Math.abs(answer.perDevice.allocatedGib.expected - workspaces - expected.valueGib) / expected.valueGib;
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

test("simulated rows are requests and say that they are simulated", () => {
  for (const { request, expected } of rows) {
    expect(EstimateRequest.safeParse(request).success, String(request.id)).toBe(true);
    expect(expected.source).toMatch(/^simulated: torch/);
  }
});

const modalities = [...new Set(rows.map((r) => r.expected.modality))];
test.each(modalities)(
  "%s: half of the simulated runs are met within 3 %% (encoders 15 %%, others 25 %%)",
  (modality) => {
    const errors = rows.filter((r) => r.expected.modality === modality && r.expected.weight > 0).map(error);
    expect(median(errors)).toBeLessThan(modality === "llm" ? 0.03 : modality === "encoder" ? 0.15 : 0.25);
  },
);

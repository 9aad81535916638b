// Scores the allocated estimate against simulated rows. Run: node bench/simulate/score.mjs [--rows], after a build.
import { readFileSync } from "node:fs";
import { catalog, estimate } from "../../dist/src/index.js";

const file = process.argv.find((a) => a.endsWith(".jsonl")) ?? new URL("../data/simulated.jsonl", import.meta.url);
const rows = readFileSync(file, "utf8")
  .split("\n")
  .filter((line) => line.trim())
  .map((line) => JSON.parse(line));

const scored = rows.map((row) => {
  let expected = Number.NaN;
  let moment = "";
  let inBand = false;
  try {
    const answer = estimate(row.request, catalog);
    const band = answer.perDevice.allocatedGib;
    // A simulation has no library workspaces.
    const workspaces = answer.parts.find((p) => p.name === "workspaces")?.gib ?? 0;
    expected = band.expected - workspaces;
    moment = answer.peakMoment;
    inBand = band.low - workspaces <= row.expected.valueGib && row.expected.valueGib <= band.high - workspaces;
  } catch (error) {
    moment = error.message;
  }
  const measured = row.expected.valueGib;
  const signed = Number.isNaN(expected) ? 1 : (expected - measured) / measured;
  return { row, expected, measured, moment, signed, error: Math.abs(signed), inBand };
});

if (process.argv.includes("--rows"))
  for (const s of scored)
    console.log(
      `${(100 * s.signed).toFixed(0).padStart(5)} %  ${s.measured.toFixed(3).padStart(8)}  ${s.expected.toFixed(3).padStart(8)}  ${s.row.expected.peakMoment.padEnd(14)} ${s.moment.padEnd(14)} ${s.row.request.id}`,
    );

const at = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
const keys = [
  ["all", () => "all"],
  ["modality", (r) => r.expected.modality],
  ["method", (r) => r.request.method],
  ["optimizer", (r) => r.request.optimizer],
  ["dtype", (r) => r.request.dtype],
  ["checkpointing", (r) => String(r.request.gradientCheckpointing)],
];
console.log("rows                          n   median     p90    bias   in band");
for (const [name, key] of keys) {
  const groups = Map.groupBy?.(
    scored.filter((s) => s.row.expected.weight > 0),
    (s) => key(s.row),
  );
  const entries =
    groups ??
    scored
      .filter((s) => s.row.expected.weight > 0)
      .reduce((m, s) => m.set(key(s.row), [...(m.get(key(s.row)) ?? []), s]), new Map());
  for (const [group, results] of entries) {
    const errors = results.map((s) => s.error).sort((a, b) => a - b);
    const signs = results.map((s) => s.signed).sort((a, b) => a - b);
    const percent = (x) => `${(100 * x).toFixed(1)} %`.padStart(8);
    console.log(
      `${`${name}: ${group}`.padEnd(27)} ${String(results.length).padStart(4)} ${percent(at(errors, 0.5))} ${percent(at(errors, 0.9))} ${percent(at(signs, 0.5))} ${percent(results.filter((s) => s.inBand).length / results.length)}`,
    );
  }
}

// Fits the constants of other modalities to the simulated rows of split "fit", and lists the kinds of run whose held-out
// rows are then met. Run: node bench/simulate/fit.mjs [--write] after a build. --write puts the constants into
// src/estimate/modality-fitted.json and the kinds into src/estimate/modality-simulated.json; build again after it.
import { writeFileSync } from "node:fs";
import { modalityConstant } from "../../dist/src/estimate/modality-constants.js";
import { evidenceKind, SIMULATED_TOLERANCE } from "../../dist/src/estimate/modality-evidence.js";
import { setup } from "../../dist/src/estimate/setup.js";
import { trainingPeak } from "../../dist/src/estimate/training.js";
import { catalog } from "../../dist/src/index.js";
import { readRows } from "../fit/rows.mjs";
import { groupBy } from "../fit/statistics.mjs";

/** Multiplicative steps, from coarse to fine. */
const STEPS = [1.5, 1.25, 1.1, 1.05, 1.02];
/** Beyond this error (log), a row pulls no harder than a vote. */
const HUBER = 0.1;
/** Loss that a constant must save to leave the middle of its range, per unit of log distance. */
const RESTRAINT = 0.0005;
const GIB = 2 ** 30;

const rows = readRows("simulated")
  .filter(({ expected: e }) => e.weight > 0)
  .map(({ request, expected: e }) => ({ s: setup(request, catalog), measured: e.valueGib * GIB, ...e }));
const points = rows.filter((r) => r.split === "fit" && !["llm", "vlm"].includes(r.modality));
const free = Object.entries(modalityConstant).filter(([, c]) => !c.source.startsWith("no simulated row"));
const middle = ({ range: [low, high] }) => Math.sqrt(low * high);

/** Our allocated peak over the simulated one, without the library workspaces that a simulation has none of. */
function ratioOf({ s, measured }) {
  const peak = trainingPeak(s);
  return (peak.bytes - (peak.parts.find((p) => p.name === "workspaces")?.gib ?? 0) * GIB) / measured;
}
/** Robust log error. */
function costOf(point) {
  const e = Math.abs(Math.log(ratioOf(point)));
  return e < HUBER ? (e * e) / (2 * HUBER) : e - HUBER / 2;
}
const loss = () =>
  points.reduce((sum, p) => sum + costOf(p), 0) / points.length +
  RESTRAINT * free.reduce((sum, [, c]) => sum + Math.abs(Math.log(c.value / middle(c))), 0);

for (const [, c] of free) c.value = middle(c);
let best = loss();
for (const step of STEPS)
  for (let improved = true; improved; ) {
    improved = false;
    for (const [, c] of free)
      for (const factor of [step, 1 / step]) {
        const old = c.value;
        c.value = Math.min(c.range[1], Math.max(c.range[0], old * factor));
        const next = loss();
        if (next < best - 1e-7) {
          best = next;
          improved = true;
        } else c.value = old;
      }
  }

for (const [, c] of free) c.value = Number(c.value.toPrecision(3));
const fitted = Object.fromEntries(
  Object.entries(modalityConstant)
    .filter(([name]) => name !== "mapsUnknown")
    .map(([name, c]) => [name, c.value]),
);
for (const [name, c] of Object.entries(modalityConstant))
  process.stdout.write(`${name.padEnd(28)} ${c.range.join(" to ").padEnd(16)} ${c.value}\n`);
process.stdout.write(`${points.length} rows, loss ${loss().toFixed(4)}\n`);

const kinds = [];
for (const [kind, members] of groupBy(
  rows.filter((r) => r.split === "held-out"),
  (r) => evidenceKind(r.s.shape, r.s.train.task),
))
  for (const [method, group] of groupBy(members, (r) => r.s.train.method)) {
    // The upper middle of an even number.
    const errors = group.map((r) => Math.abs(ratioOf(r) - 1)).sort((x, y) => x - y);
    const median = errors[Math.floor(errors.length / 2)];
    process.stdout.write(
      `${kind.padEnd(24)} ${method.padEnd(6)} ${group.length} held out, median ${(100 * median).toFixed(1)} %\n`,
    );
    if (median <= SIMULATED_TOLERANCE) kinds.push(`${kind}: ${method}`);
  }

if (process.argv.includes("--write"))
  for (const [file, content] of [
    ["modality-fitted", fitted],
    ["modality-simulated", kinds],
  ])
    writeFileSync(new URL(`../../src/estimate/${file}.json`, import.meta.url), `${JSON.stringify(content, null, 2)}\n`);

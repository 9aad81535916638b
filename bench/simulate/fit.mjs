// Fits the constants of other modalities to the simulated rows of split "fit". Run: node bench/simulate/fit.mjs [--write]
// after a build. --write puts them into src/estimate/modality-fitted.json; build again after it.
import { writeFileSync } from "node:fs";
import { modalityConstant } from "../../dist/src/estimate/modality-constants.js";
import { setup } from "../../dist/src/estimate/setup.js";
import { trainingPeak } from "../../dist/src/estimate/training.js";
import { catalog } from "../../dist/src/index.js";
import { readRows } from "../fit/rows.mjs";

/** Multiplicative steps, from coarse to fine. */
const STEPS = [1.5, 1.25, 1.1, 1.05, 1.02];
/** Beyond this error (log), a row pulls no harder than a vote. */
const HUBER = 0.1;
/** Loss that a constant must save to leave the middle of its range, per unit of log distance. */
const RESTRAINT = 0.0005;
const GIB = 2 ** 30;

const points = readRows("simulated")
  .filter(({ expected: e }) => e.split === "fit" && e.weight > 0 && !["llm", "vlm"].includes(e.modality))
  .map(({ request, expected }) => ({ s: setup(request, catalog), measured: expected.valueGib * GIB }));
const free = Object.entries(modalityConstant).filter(([, c]) => !c.source.startsWith("no simulated row"));
const middle = ({ range: [low, high] }) => Math.sqrt(low * high);

/** Robust log error of the allocated peak, without the library workspaces that a simulation has none of. */
function costOf({ s, measured }) {
  const peak = trainingPeak(s);
  const workspaces = (peak.parts.find((p) => p.name === "workspaces")?.gib ?? 0) * GIB;
  const e = Math.abs(Math.log((peak.bytes - workspaces) / measured));
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
if (process.argv.includes("--write"))
  writeFileSync(
    new URL("../../src/estimate/modality-fitted.json", import.meta.url),
    `${JSON.stringify(fitted, null, 2)}\n`,
  );

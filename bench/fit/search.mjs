// Deterministic coordinate descent over the constants, in log space.
import { constant } from "../../dist/src/estimate/constants.js";
import { assign, loss, names, prior, weigh } from "./objective.mjs";

/** Multiplicative steps, from coarse to fine. */
const STEPS = [1.5, 1.25, 1.12, 1.06, 1.03, 1.015];
/** Loss that a constant must save to leave its prior, per unit of log distance: what keeps noise from moving it. */
const RESTRAINT = 0.001;

/**
 * Fits the constants of one kind to the points and leaves them assigned. Starts at the priors, so that nothing of rows
 * left out is in the starting point.
 */
export function search(kind, points) {
  const free = names(kind);
  assign(Object.fromEntries(free.map((name) => [name, prior(name)])));
  const weighed = weigh(points);
  const start = Object.fromEntries(free.map((name) => [name, prior(name)]));
  const penalty = () => free.reduce((sum, n) => sum + RESTRAINT * Math.abs(Math.log(constant[n].value / start[n])), 0);
  const total = () => loss(weighed) + penalty();
  let best = total();
  const before = best;
  for (const step of STEPS) {
    for (let round = 0, improved = true; improved && round < 12; round++) {
      improved = false;
      for (const name of free) {
        const [min, max] = constant[name].range;
        for (const factor of [step, 1 / step]) {
          for (;;) {
            const old = constant[name].value;
            const next = Math.min(max, Math.max(min, old * factor));
            if (next === old) break;
            constant[name].value = next;
            const now = total();
            if (now < best - 1e-7) {
              best = now;
              improved = true;
            } else {
              constant[name].value = old;
              break;
            }
          }
        }
      }
    }
  }
  for (const name of free) constant[name].value = Number(constant[name].value.toPrecision(3));
  return { before, after: total() };
}

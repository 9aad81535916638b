// Deterministic coordinate descent over the constants, in log space.
import { constant } from "../../dist/src/estimate/constants.js";
import { assign, costOf, names, prior, weigh } from "./objective.mjs";

/** Multiplicative steps, from coarse to fine. */
const STEPS = [1.5, 1.25, 1.12, 1.06, 1.03, 1.015];
/** At most, per step. */
const ROUNDS = 12;
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
  const all = weighed.reduce((sum, w) => sum + w.share, 0);
  const penalty = (name) => RESTRAINT * Math.abs(Math.log(constant[name].value / start[name]));
  const costs = weighed.map(costOf);
  const clamp = (name, value) => Math.min(constant[name].range[1], Math.max(constant[name].range[0], value));

  /** Points whose cost depends on a constant where the search stands: most constants speak to few rows. */
  const respond = (name) => {
    const old = constant[name].value;
    const hit = new Set();
    for (const factor of [1.5, 1 / 1.5]) {
      constant[name].value = clamp(name, old * factor);
      for (const [i, w] of weighed.entries()) if (costOf(w) !== costs[i]) hit.add(i);
    }
    constant[name].value = old;
    return [...hit];
  };

  /** Tries one value; keeps it if the points that respond, and the restraint, cost less. */
  const accept = (name, next, indices) => {
    const old = constant[name].value;
    const before = penalty(name);
    constant[name].value = next;
    const trial = indices.map((i) => costOf(weighed[i]));
    const change = indices.reduce((sum, i, k) => sum + trial[k] - costs[i], 0) / all + penalty(name) - before;
    if (change >= -1e-7) {
      constant[name].value = old;
      return false;
    }
    for (const [k, i] of indices.entries()) costs[i] = trial[k];
    return true;
  };

  for (const step of STEPS) {
    for (let round = 0, improved = true; improved && round < ROUNDS; round++) {
      improved = false;
      for (const name of free) {
        const indices = respond(name);
        for (const factor of [step, 1 / step]) {
          let next = clamp(name, constant[name].value * factor);
          while (next !== constant[name].value && accept(name, next, indices)) {
            improved = true;
            next = clamp(name, next * factor);
          }
        }
      }
      // A long walk may wake points that slept at its start.
      for (const [i, w] of weighed.entries()) costs[i] = costOf(w);
    }
  }
  for (const name of free) constant[name].value = Number(constant[name].value.toPrecision(3));
}

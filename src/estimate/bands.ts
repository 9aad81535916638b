import type { Calibration } from "./answer.ts";

/** Ends of a band as shares of the expected value. */
interface Spread {
  low: number;
  high: number;
}

interface Band {
  /** Counts of parameters times a dtype's size. */
  states: Spread;
  /** Activations and logits: they differ between versions of one trainer by a fifth. */
  varying: Spread;
  /** What the allocator keeps, and the context. */
  cached: Spread;
  /**
   * The inner part of the band, which a verdict is decided on: near the limit a person needs an answer. Weights alone that
   * exceed a card are certain, whatever activations do.
   */
  verdict: { states: Spread; varying: Spread };
}

/**
 * How far a reading may lie from what is expected, by what stands behind the answer.
 * `measured`: chosen so that nearly nine in ten of 306 published training peaks and 137 of generation lie inside, and
 * one in twenty-five of the runs that died would have been called fitting (docs/accuracy.md, bench/data).
 * `simulated`: nineteen in twenty simulated rows lie inside (bench/simulate/score.mjs), and nothing was measured.
 * `uncalibrated`: twice as wide, as published estimators miss measured peaks by 20 to 65 % in the median (docs/accuracy.md).
 */
export const bandOf: Record<Calibration, Band> = {
  measured: {
    states: { low: 0.91, high: 1.12 },
    varying: { low: 0.84, high: 1.2 },
    cached: { low: 0.5, high: 1.7 },
    verdict: { states: { low: 0.95, high: 1.06 }, varying: { low: 0.87, high: 1.13 } },
  },
  simulated: {
    states: { low: 0.9, high: 1.12 },
    varying: { low: 0.75, high: 1.3 },
    cached: { low: 0.4, high: 2 },
    verdict: { states: { low: 0.93, high: 1.1 }, varying: { low: 0.8, high: 1.25 } },
  },
  uncalibrated: {
    states: { low: 0.85, high: 1.25 },
    varying: { low: 0.5, high: 1.8 },
    cached: { low: 0.3, high: 2.5 },
    verdict: { states: { low: 0.92, high: 1.12 }, varying: { low: 0.7, high: 1.4 } },
  },
};

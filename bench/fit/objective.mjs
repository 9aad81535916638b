// Measured rows as functions of the constants, and the loss that the fit lowers.

import { trainingRate } from "../../dist/src/estimate/compute.js";
import { constant } from "../../dist/src/estimate/constants.js";
import { nodesOf } from "../../dist/src/estimate/exchange.js";
import { readInstruments } from "../../dist/src/estimate/instruments.js";
import { rateConstant } from "../../dist/src/estimate/rate-constants.js";
import { servingPeak } from "../../dist/src/estimate/serving.js";
import { setup } from "../../dist/src/estimate/setup.js";
import { trainingPeak } from "../../dist/src/estimate/training.js";
import { catalog } from "../../dist/src/index.js";
import { familyOf, readRows, sizeOf, sourceOf, weightOf } from "./rows.mjs";
import { servingPoints } from "./serving-points.mjs";
import { groupBy } from "./statistics.mjs";

/** Which constants answer to which rows. Bands follow from the residuals afterwards. */
export const KINDS = {
  memory: ["peak", "inference", "feasibility"],
  rate: ["throughput"],
  serving: ["serving"],
};
const BANDS = new Set(["rateLow", "rateLowNetwork", "rateHigh", "servingTimeLow", "servingTimeHigh"]);
const RATES = new Set([...Object.keys(rateConstant), "memoryBandwidthShare"]);
const SERVING = /^(prefill.*Utilisation|graphLayer|allReduce|requestSeconds|eagerExposed|vllmHostStep)/;

const kindOf = (name) => (SERVING.test(name) ? "serving" : RATES.has(name) ? "rate" : "memory");

/** Names of the fitted constants of one kind. */
export const names = (kind) =>
  Object.entries(constant)
    .filter(([name, c]) => c.kind === "fitted" && !BANDS.has(name) && kindOf(name) === kind)
    .map(([name]) => name);

/** What a constant is before any row is seen: the geometric middle of its range. */
export const prior = (name) => Math.sqrt(constant[name].range[0] * constant[name].range[1]);

export const values = () =>
  Object.fromEntries(
    Object.entries(constant)
      .filter(([, c]) => c.kind === "fitted")
      .map(([name, c]) => [name, c.value]),
  );

export function assign(next) {
  for (const [name, value] of Object.entries(next)) constant[name].value = value;
}

/**
 * Rows as points. `teaches: false` marks rates that are scored but not fitted: their micro batch is not stated, or they
 * were derived from a step time instead of printed.
 *
 * Rows as points: `estimate()` under the constants of this moment against `measured`. A row with a second instrument is
 * two points, of which only the first is scored; both teach the fit what lies between the instruments.
 */
export function pointsOf(dataKind) {
  return readRows(dataKind)
    .filter((row) => weightOf(row) > 0)
    .flatMap((row) => {
      const s = setup(row.request, catalog);
      const common = {
        row,
        kind: dataKind,
        weight: weightOf(row),
        source: sourceOf(row),
        family: familyOf(row),
        size: sizeOf(s.shape.parameterCount),
      };
      if (dataKind === "feasibility") {
        const needed = () => {
          const reading = readInstruments(s, s.request.phase === "serve" ? servingPeak(s) : trainingPeak(s));
          return reading.neededGib.expected / reading.roomGib;
        };
        return [
          {
            ...common,
            scored: false,
            limit: row.expected.verdict === "fits" ? "below" : "above",
            measured: 1,
            estimate: needed,
          },
        ];
      }
      if (dataKind === "serving") return servingPoints(s, row, common);
      if (dataKind === "throughput") {
        common.nodes = nodesOf(s);
        common.teaches = row.request.microBatchSize !== undefined && !row.expected.flags?.includes("from-step-time");
        const tokens = row.expected.tokensPerSecondPerDevice;
        return tokens === undefined
          ? [{ ...common, scored: true, measured: row.expected.mfu, estimate: () => trainingRate(s).mfu }]
          : [
              {
                ...common,
                scored: true,
                measured: tokens,
                estimate: () => trainingRate(s).tokensPerSecondPerDevice.expected,
              },
            ];
      }
      const peak = dataKind === "peak" ? trainingPeak : servingPeak;
      const reading = (quantity) => () => readInstruments(s, peak(s)).memory[quantity].expected;
      return [
        {
          ...common,
          scored: true,
          measured: row.expected.valueGib,
          estimate: reading(row.expected.quantity),
        },
        ...Object.entries(row.expected.also ?? {})
          .filter(([quantity, value]) => /Gib$/.test(quantity) && value > 0)
          .map(([quantity, value]) => ({
            ...common,
            scored: false,
            measured: value,
            estimate: reading(quantity),
          })),
      ];
    });
}

/**
 * What a source says about growth: two of its runs that differ in the micro batch alone. Their difference is free of
 * everything that does not depend on the batch, so it tells per-token bytes from fixed ones. Small differences are noise.
 */
export function slopesOf(points) {
  const alike = ({ row }) => {
    const { id: _, microBatchSize: __, ...rest } = row.request;
    return JSON.stringify([rest, row.expected.quantity, row.expected.source]);
  };
  return groupBy(
    points.filter((p) => p.kind === "peak" && p.scored && !p.row.expected.flags?.length),
    alike,
  ).flatMap(([, runs]) => {
    const sorted = runs.sort((a, b) => a.row.request.microBatchSize - b.row.request.microBatchSize);
    return sorted.slice(1).flatMap((large, i) => {
      const small = sorted[i];
      const measured = large.measured - small.measured;
      if (large.row.request.microBatchSize === small.row.request.microBatchSize || measured < 0.2 * large.measured)
        return [];
      // Both readings count already on their own, so their difference counts half. A growth of nothing has no logarithm.
      const estimate = () => Math.max(0.1 * measured, large.estimate() - small.estimate());
      return [{ ...large, weight: 0.5 * large.weight, scored: false, measured, estimate }];
    });
  });
}

/** Beyond this error (log), a row pulls no harder than a vote: outliers are settings the request cannot say. */
const HUBER = 0.1;

/** A wrong verdict costs more than a wrong gibibyte. */
const VERDICT = 4;

/** Points with the share each has in the loss: a source counts as the square root of its rows, so that none dominates. */
export function weigh(points) {
  const taught = points.filter((p) => p.teaches !== false);
  const total = new Map();
  const key = (p) => `${p.kind} ${p.source}`;
  for (const p of taught) total.set(key(p), (total.get(key(p)) ?? 0) + p.weight);
  return taught.map((p) => {
    const sum = total.get(key(p));
    return { point: p, share: p.weight / Math.sqrt(sum) };
  });
}

/** A run that ran had a little room: an allocator cannot fill a card to the last byte. */
const MARGIN = 0.97;

/** Log error; a run that died or ran says only on which side of the card's memory its need lies. */
function errorOf(point) {
  const e = Math.log(point.estimate() / point.measured);
  if (point.limit === "below") return Math.max(0, e - Math.log(MARGIN));
  return point.limit === "above" ? Math.max(0, -e) : Math.abs(e);
}

/** What one point adds to the loss: its share of the robust log error. */
export function costOf({ point, share }) {
  const e = errorOf(point);
  return share * (point.limit ? VERDICT * e : e < HUBER ? (e * e) / (2 * HUBER) : e - HUBER / 2);
}

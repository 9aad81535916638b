// What a serving row measured, as functions of the constants.
import { loadAt, servingEstimate, stepSeconds } from "../../dist/src/estimate/serving-rates.js";

const GIB = 2 ** 30;
const flagged = (row, flag) => row.expected.flags?.includes(flag) === true;

/** Output tokens per second of a replica: at the row's concurrency, or with every slot taken where the batch is not printed. */
function outputRate(s, row) {
  const perRequest = flagged(row, "saturated-batch-not-printed")
    ? servingEstimate(s, s.device.usableGib * s.train.gpuMemoryUtilization * GIB).requestsPerSecondPerReplica.expected
    : loadAt(s, s.train.concurrentRequests).requestsPerSecond;
  return perRequest * s.train.outputLength;
}

/** A batch that starts together is not interrupted by prompts: its time per token is the bare step. */
function tokenTime(s, row) {
  const n = s.train.concurrentRequests;
  return flagged(row, "static-batch") ? stepSeconds(s, n) : loadAt(s, n).timePerOutputToken;
}

const QUANTITIES = {
  outputTokensPerSecond: outputRate,
  timePerOutputTokenSeconds: tokenTime,
  timeToFirstTokenSeconds: (s) => loadAt(s, s.train.concurrentRequests).timeToFirstToken,
  burstFirstTokenSeconds: (s) => loadAt(s, s.train.concurrentRequests).burst,
};

/** One point for each quantity that the row printed; they share its weight. */
export function servingPoints(s, row, common) {
  const printed = Object.keys(QUANTITIES).filter((quantity) => row.expected[quantity] !== undefined);
  return printed.map((quantity) => ({
    ...common,
    scored: true,
    quantity,
    rate: quantity === "outputTokensPerSecond",
    weight: common.weight / printed.length,
    measured: row.expected[quantity],
    estimate: () => QUANTITIES[quantity](s, row),
  }));
}

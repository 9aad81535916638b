// Serving rows: each printed quantity against its estimate and the band of the answer it belongs to.
import { servingEstimate } from "../../dist/src/estimate/serving-rates.js";
import { setup } from "../../dist/src/estimate/setup.js";
import { catalog } from "../../dist/src/index.js";
import { pointsOf } from "../fit/objective.mjs";

const GIB = 2 ** 30;

function bandOf(answer, point, outputLength) {
  if (point.quantity === "timePerOutputTokenSeconds") return answer.timePerOutputTokenSeconds;
  if (!point.rate) return answer.timeToFirstTokenSeconds;
  const saturated = point.row.expected.flags?.includes("saturated-batch-not-printed");
  const r = saturated ? answer.requestsPerSecondPerReplica : answer.requestsPerSecond;
  return { low: r.low * outputLength, high: r.high * outputLength };
}

export function evaluateServing() {
  return pointsOf("serving").map((point) => {
    const s = setup(point.row.request, catalog);
    const answer = servingEstimate(s, s.device.usableGib * s.train.gpuMemoryUtilization * GIB);
    const band = bandOf(answer, point, s.train.outputLength);
    const { row, weight, quantity, measured } = point;
    const expected = point.estimate();
    return {
      row,
      weight,
      quantity,
      measured,
      error: Math.abs(expected / measured - 1),
      signed: expected / measured - 1,
      inBand: band.low <= measured && measured <= band.high,
      width: (band.high - band.low) / expected,
    };
  });
}

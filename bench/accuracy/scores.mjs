// Statistics over measured rows: weighted quantiles of the relative error, shares inside the band, verdicts.
import { catalog, estimate } from "../../dist/src/index.js";
import { publishedEstimates } from "../estimators.mjs";
import { readRows, weightOf } from "../fit/rows.mjs";
import { groupBy, quantile, share } from "../fit/statistics.mjs";

/** Each row with our answer and its relative error. An estimate that cannot be made counts as 100 % wrong. */
export function evaluate(kind, rows = readRows(kind)) {
  return rows.map((row) => {
    const weight = weightOf(row);
    let answer;
    try {
      answer = estimate(row.request, catalog);
    } catch (error) {
      return { row, weight, error: 1, inBand: false, message: error.message };
    }
    const [measured, band] =
      kind === "throughput"
        ? row.expected.tokensPerSecondPerDevice !== undefined
          ? [row.expected.tokensPerSecondPerDevice, answer.throughput.tokensPerSecondPerDevice]
          : [
              row.expected.mfu,
              { low: answer.throughput.mfu, expected: answer.throughput.mfu, high: answer.throughput.mfu },
            ]
        : [row.expected.valueGib, answer.perDevice[row.expected.quantity]];
    return {
      row,
      weight,
      answer,
      measured,
      band,
      error: Math.abs(band.expected - measured) / measured,
      signed: (band.expected - measured) / measured,
      inBand: band.low <= measured && measured <= band.high,
      width: (band.high - band.low) / band.expected,
    };
  });
}

export function summary(results) {
  const of = (f) => results.filter((r) => f(r) !== undefined).map((r) => [f(r), r.weight]);
  return {
    n: results.length,
    median: quantile(
      of((r) => r.error),
      0.5,
    ),
    p90: quantile(
      of((r) => r.error),
      0.9,
    ),
    signed: quantile(
      of((r) => r.signed),
      0.5,
    ),
    inBand: share(of((r) => r.inBand)),
    width: quantile(
      of((r) => r.width),
      0.5,
    ),
  };
}

/** Verdicts against what happened: unsafe = said "fits" and it died; falseNo = said "does-not-fit" and it ran. */
export function verdicts(kind) {
  const results = readRows(kind)
    .filter((row) => weightOf(row) > 0)
    .map((row) => {
      let status = "error";
      try {
        status = estimate(row.request, catalog).status;
      } catch {
        // An error line is a failure of ours: counted as neither safe nor right.
      }
      return { row, status, weight: weightOf(row) };
    });
  const died = results.filter((r) => r.row.expected.verdict === "oom" || r.row.expected.verdict === "host_oom");
  const ran = results.filter((r) => r.row.expected.verdict === "fits");
  return {
    n: results.length,
    unsafe: share(died.map((r) => [r.status === "fits" || r.status === "error", r.weight])),
    falseNo: share(ran.map((r) => [r.status === "does-not-fit" || r.status === "error", r.weight])),
    tight: share(results.map((r) => [r.status === "tight", r.weight])),
  };
}

/**
 * Published estimators on the same rows: error where a tool has an answer, ours on those same rows, and the share of
 * runs that died which it would have called fitting on the card of the request.
 */
export function besidePublished(kind) {
  const ours = evaluate(kind).filter((r) => r.weight > 0 && r.band);
  const died = readRows("feasibility").filter(
    (row) =>
      row.expected.verdict === "oom" && weightOf(row) > 0 && (row.request.phase === "serve") === (kind === "inference"),
  );
  const theirs = ours.flatMap((r) =>
    publishedEstimates(r.row.request)
      .filter(({ gib }) => gib !== undefined)
      .map(({ name, gib }) => ({
        name,
        weight: r.weight,
        own: r.error,
        error: Math.abs(gib - r.measured) / r.measured,
      })),
  );
  const room = (row) => estimate(row.request, catalog).usableGib;
  return groupBy(theirs, (t) => t.name).map(([name, rows]) => {
    const judged = died
      .map((row) => ({ row, gib: publishedEstimates(row.request).find((e) => e.name === name).gib }))
      .filter(({ gib }) => gib !== undefined);
    const errors = (f) => rows.map((t) => [f(t), t.weight]);
    return {
      name,
      n: rows.length,
      median: quantile(
        errors((t) => t.error),
        0.5,
      ),
      p90: quantile(
        errors((t) => t.error),
        0.9,
      ),
      ownMedian: quantile(
        errors((t) => t.own),
        0.5,
      ),
      ownP90: quantile(
        errors((t) => t.own),
        0.9,
      ),
      died: judged.length,
      unsafe: share(judged.map(({ row, gib }) => [gib <= room(row), weightOf(row)])),
      ownUnsafe: share(judged.map(({ row }) => [estimate(row.request, catalog).status === "fits", weightOf(row)])),
    };
  });
}

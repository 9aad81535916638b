// Statistics over measured rows: weighted quantiles of the relative error, shares inside the band, verdicts.
import { readFileSync } from "node:fs";
import { catalog, estimate } from "../../dist/src/index.js";

const readRows = (kind) =>
  readFileSync(new URL(`../data/${kind}.jsonl`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line));

/** Weighted quantile of [value, weight] pairs. */
function quantile(pairs, q) {
  const sorted = pairs.filter(([, w]) => w > 0).sort((a, b) => a[0] - b[0]);
  const total = sorted.reduce((sum, [, w]) => sum + w, 0);
  let seen = 0;
  for (const [value, weight] of sorted) {
    seen += weight;
    if (seen >= q * total - 1e-12) return value;
  }
  return Number.NaN;
}

const share = (pairs) => pairs.reduce((s, [yes, w]) => s + (yes ? w : 0), 0) / pairs.reduce((s, [, w]) => s + w, 0);

/** Each row with our answer and its relative error. An estimate that cannot be made counts as 100 % wrong. */
export function evaluate(kind, rows = readRows(kind)) {
  return rows.map((row) => {
    const weight = row.expected.weight ?? 1;
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
    .filter((row) => (row.expected.weight ?? 1) > 0)
    .map((row) => {
      let status = "error";
      try {
        status = estimate(row.request, catalog).status;
      } catch {
        // An error line is a failure of ours: counted as neither safe nor right.
      }
      return { row, status, weight: row.expected.weight ?? 1 };
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

export function groupBy(results, key) {
  const groups = new Map();
  for (const r of results) groups.set(key(r), [...(groups.get(key(r)) ?? []), r]);
  return [...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
}

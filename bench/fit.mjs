// Fits the constants of kind "fitted" to the measured rows. Run: npm run bench:fit
//   node bench/fit.mjs [--exclude-source S] [--exclude-family F] [--kind memory|rate|serving] [--refit] [--write]
// --kind fits one kind of constants and leaves the other as fitted.json has it.
// --refit leaves each source, family and size group out in turn; --write puts the values into src/estimate/fitted.json
// and the report into bench/data/refit.json. Build first; build again after --write.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { constant } from "../dist/src/estimate/constants.js";
import { assign, KINDS, names, pointsOf, prior, slopesOf, values } from "./fit/objective.mjs";
import { search } from "./fit/search.mjs";
import { groupBy, quantile } from "./fit/statistics.mjs";

const { values: options } = parseArgs({
  options: {
    "exclude-source": { type: "string" },
    "exclude-family": { type: "string" },
    kind: { type: "string" },
    refit: { type: "boolean" },
    write: { type: "boolean" },
  },
});

const kinds = options.kind ? { [options.kind]: KINDS[options.kind] } : KINDS;
const SCORED = ["peak", "inference", "throughput", "serving"].filter((k) => Object.values(kinds).flat().includes(k));
const excluded = (p) => p.source === options["exclude-source"] || p.family === options["exclude-family"];
const read = Object.values(kinds).flat().flatMap(pointsOf);
const every = [...read, ...slopesOf(read)];
const before = values();
const start = performance.now();
const REPORT = new URL("./data/refit.json", import.meta.url);

/** Errors of scored points under the constants of this moment. */
const errorsOf = (points) => points.map((p) => [Math.abs(p.estimate() / p.measured - 1), p.weight]);
const scoreOf = (errors) => ({
  n: errors.length,
  median: round(quantile(errors, 0.5)),
  p90: round(quantile(errors, 0.9)),
});
const round = (x) => Number(x.toPrecision(4));

/** Fits the kinds of constants that `points` speak of, memory first: rates read the bytes that activations take. */
function fitAll(points, fitted = Object.keys(kinds)) {
  for (const kind of fitted)
    search(
      kind,
      points.filter((p) => KINDS[kind].includes(p.kind)),
    );
}

/** Each group left out in turn: its rows under the full fit and under the fit that never saw them. */
function leaveOut(key, full) {
  const scored = every.filter((p) => p.scored);
  const groups = groupBy(every, (p) => p[key]).map(([name, members]) => {
    assign(full);
    fitAll(
      every.filter((p) => p[key] !== name),
      Object.keys(kinds).filter((kind) => members.some((p) => KINDS[kind].includes(p.kind))),
    );
    const unseen = new Map(members.filter((p) => p.scored).map((p) => [p, errorsOf([p])[0]]));
    const silent = Object.entries(constant)
      .filter(([n, c]) => c.kind === "fitted" && !moved(n, c.value) && moved(n, full[n]))
      .map(([n]) => n);
    return { name, unseen, silent };
  });
  assign(full);
  const seen = new Map(scored.map((p) => [p, errorsOf([p])[0]]));
  const unseen = new Map(groups.flatMap((g) => [...g.unseen]));
  const compare = (points) => ({
    full: scoreOf(points.map((p) => seen.get(p))),
    leftOut: scoreOf(points.map((p) => unseen.get(p))),
  });
  return Object.fromEntries(
    SCORED.map((kind) => [
      kind,
      {
        all: compare(scored.filter((p) => p.kind === kind)),
        groups: groups
          .map((g) => ({ name: g.name, points: [...g.unseen.keys()].filter((p) => p.kind === kind), silent: g.silent }))
          .filter((g) => g.points.length > 0)
          .map((g) => ({ name: g.name, ...compare(g.points), onlyEvidenceFor: g.silent.filter(ofKind(kind)) })),
      },
    ]),
  );
}

/** Whether rows took a constant away from its prior, by more than the search's finest step. */
const moved = (name, value) => Math.abs(Math.log(value / prior(name))) > 0.02;
const rounded = (x) => Number(x.toPrecision(3));
const ofKind = (kind) => (name) =>
  names(kind === "throughput" ? "rate" : kind === "serving" ? "serving" : "memory").includes(name);

/** Band of a rate: nine in ten measurements lie inside, under the constants fitted; a network widens it downwards. */
function fitBands(points) {
  const rates = points.filter((p) => p.kind === "throughput");
  const ratios = (joined) =>
    rates.filter((p) => p.nodes > 1 === joined).map((p) => [p.measured / p.estimate(), p.weight]);
  const clamp = (name, x) => Math.min(constant[name].range[1], Math.max(constant[name].range[0], rounded(x)));
  // A rate is the reciprocal of a time: serving rows of both kinds make one band of times.
  const times = points
    .filter((p) => p.kind === "serving")
    .map((p) => [p.rate ? p.estimate() / p.measured : p.measured / p.estimate(), p.weight]);
  if (rates.length > 0)
    assign({
      rateLow: clamp("rateLow", quantile(ratios(false), 0.04)),
      rateLowNetwork: clamp("rateLowNetwork", quantile(ratios(true), 0.04)),
      rateHigh: clamp("rateHigh", quantile(ratios(false), 0.96)),
    });
  if (times.length > 0)
    assign({
      servingTimeLow: clamp("servingTimeLow", quantile(times, 0.06)),
      servingTimeHigh: clamp("servingTimeHigh", quantile(times, 0.94)),
    });
}

/** The committed report with one kind of rows renewed. */
function merged(part) {
  const old = JSON.parse(readFileSync(REPORT, "utf8"));
  const leftOut = Object.fromEntries(
    Object.entries(part.leftOut).map(([split, scores]) => [split, { ...old.leftOut[split], ...scores }]),
  );
  return { scores: { ...old.scores, ...part.scores }, constants: part.constants, leftOut };
}

const kept = every.filter((p) => !excluded(p));
fitAll(kept);
fitBands(kept);
const full = values();

const report = {
  scores: Object.fromEntries(SCORED.map((k) => [k, scoreOf(errorsOf(every.filter((p) => p.scored && p.kind === k)))])),
  constants: Object.fromEntries(
    Object.entries(full).map(([name, value]) => [
      name,
      { prior: rounded(prior(name)), value, evidence: moved(name, value) },
    ]),
  ),
};
for (const [kind, s] of Object.entries(report.scores))
  process.stdout.write(`${kind}: n=${s.n} median ${(100 * s.median).toFixed(1)} % p90 ${(100 * s.p90).toFixed(1)} %\n`);
for (const [name, { prior: p, value, evidence }] of Object.entries(report.constants))
  process.stdout.write(
    `${name.padEnd(30)} ${evidence ? "fitted" : "prior "} prior ${p} was ${before[name]} now ${value}\n`,
  );
const left = every.filter((p) => p.scored && excluded(p));
for (const [kind, points] of groupBy(left, (p) => p.kind)) {
  const s = scoreOf(errorsOf(points));
  process.stdout.write(
    `left out, ${kind}: n=${s.n} median ${(100 * s.median).toFixed(1)} % p90 ${(100 * s.p90).toFixed(1)} %\n`,
  );
}

if (options.refit) {
  report.leftOut = { source: leaveOut("source", full), family: leaveOut("family", full), size: leaveOut("size", full) };
  for (const [split, kinds] of Object.entries(report.leftOut))
    for (const [kind, { all, groups }] of Object.entries(kinds))
      for (const g of [{ name: "all", ...all }, ...groups])
        process.stdout.write(
          `${split} ${kind} ${g.name}: n=${g.full.n} median ${(100 * g.full.median).toFixed(1)} → ${(100 * g.leftOut.median).toFixed(1)} % p90 ${(100 * g.full.p90).toFixed(1)} → ${(100 * g.leftOut.p90).toFixed(1)} % ${(g.onlyEvidenceFor ?? []).join(" ")}\n`,
        );
}
if (options.write) {
  const json = (x) => `${JSON.stringify(x, null, 2)}\n`;
  writeFileSync(new URL("../src/estimate/fitted.json", import.meta.url), json(full));
  if (options.refit) writeFileSync(REPORT, json(options.kind ? merged(report) : report));
}
process.stdout.write(`${((performance.now() - start) / 1000).toFixed(0)} s\n`);

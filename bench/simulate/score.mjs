// Scores the allocated estimate against simulated rows. Run: node bench/simulate/score.mjs [--rows] [file], after a build.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { catalog, estimate } from "../../dist/src/index.js";
import { summary } from "../accuracy/scores.mjs";
import { groupBy } from "../fit/statistics.mjs";

const ROWS = new URL("../data/simulated.jsonl", import.meta.url);

/** Each row with our answer. A simulation has no library workspaces, so ours are taken out. */
function scoreSimulated(file = ROWS) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => {
      const row = JSON.parse(line);
      const answer = estimate(row.request, catalog);
      const band = answer.perDevice.allocatedGib;
      const workspaces = answer.parts.find((p) => p.name === "workspaces")?.gib ?? 0;
      const measured = row.expected.valueGib;
      const signed = (band.expected - workspaces - measured) / measured;
      return {
        row,
        answer,
        measured,
        weight: row.expected.weight,
        signed,
        error: Math.abs(signed),
        inBand: band.low - workspaces <= measured && measured <= band.high - workspaces,
        width: (band.high - band.low) / band.expected,
      };
    });
}

const percent = (x) => (Number.isNaN(x) || x === undefined ? "–" : `${(100 * x).toFixed(1)} %`);
const KEYS = [
  () => "all",
  (s) => `modality: ${s.row.expected.modality}, ${s.row.request.method}`,
  (s) => `optimizer: ${s.row.request.optimizer}`,
  (s) => `task: ${s.row.request.task ?? "next token"}`,
];

/** A line for each group of rows: how far off on the architectures that constants were fitted to, and on the others. */
export function simulatedTable(scored = scoreSimulated()) {
  const counted = scored.filter((s) => s.weight > 0);
  const lines = groupBy(
    counted.flatMap((s) => KEYS.map((key) => ({ name: key(s), s }))),
    (x) => x.name,
  ).map(([name, members]) => {
    const of = (split) => members.map((x) => x.s).filter((s) => s.row.expected.split === split);
    const [fit, heldOut] = [summary(of("fit")), summary(of("held-out"))];
    return [
      name,
      ...[fit, heldOut].flatMap((s) => [s.n, percent(s.median), percent(s.p90)]),
      percent(heldOut.signed),
      percent(heldOut.inBand),
    ];
  });
  return {
    head: ["rows", "n, fit", "median", "p90", "n, held out", "median", "p90", "bias", "inside the band"],
    lines,
  };
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const scored = scoreSimulated(process.argv.find((a) => a.endsWith(".jsonl")));
  if (process.argv.includes("--rows"))
    for (const s of scored)
      console.log(
        `${percent(s.signed).padStart(8)}  ${s.measured.toFixed(3).padStart(8)}  ${s.row.expected.peakMoment.padEnd(14)} ${s.answer.peakMoment.padEnd(14)} ${s.row.expected.split.padEnd(8)} ${s.row.request.id}`,
      );
  const { head, lines } = simulatedTable(scored);
  for (const [name, ...numbers] of [head, ...lines])
    console.log(`${name.padEnd(38)} ${numbers.map((x) => String(x).padStart(11)).join(" ")}`);
}

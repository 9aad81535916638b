// Scores the estimator against rows that `measure.py` wrote: node bench/measure/score.mjs [rows.jsonl]
// Without an argument: bench/data/measured-here.jsonl, where somebody put such rows.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { catalog, estimate } from "../../dist/src/index.js";
import { parseRequest } from "../../dist/src/parse.js";
import { evaluate, summary } from "../accuracy/scores.mjs";

const HERE = new URL("../data/measured-here.jsonl", import.meta.url);

/** Rows of our own measurements of one kind (peak, throughput, feasibility); none where nobody measured. */
function rowsMeasuredHere(kind, file = HERE) {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line))
    .filter((row) => row.kind === kind);
}

const percent = (x) => `${(100 * x).toFixed(1)} %`;

/** What our own measurements say of the estimator, a sentence a kind; one sentence where nobody measured. */
export function measuredHere(file = HERE) {
  const kinds = ["peak", "throughput", "feasibility"].map((kind) => [kind, rowsMeasuredHere(kind, file)]);
  const read = kinds.flatMap(([, rows]) => rows);
  if (read.length === 0)
    return ["None yet: no GPU was at hand. `bench/measure/measure.py` runs the grid on a machine that has one."];
  for (const { request } of read) parseRequest(request);
  const out = [`${read.length} rows.`];
  for (const [kind, rows] of kinds) {
    const scored = rows.filter((row) => row.expected.weight > 0);
    if (scored.length === 0) out.push(`${kind}: ${rows.length} rows, none to score.`);
    else if (kind === "feasibility") {
      const said = scored.map((row) => [estimate(row.request, catalog).status, row.expected.verdict]);
      const share = (status, verdict) => said.filter(([s, v]) => s === status && v === verdict).length / said.length;
      out.push(
        `${kind}: ${said.length} rows, unsafe ${percent(share("fits", "oom"))}, false no ${percent(share("does-not-fit", "fits"))}.`,
      );
    } else {
      const s = summary(evaluate(kind, scored));
      out.push(
        `${kind}: ${s.n} rows, median error ${percent(s.median)}, 90th percentile ${percent(s.p90)}, inside the band ${percent(s.inBand)}.`,
      );
    }
  }
  return out;
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(
    `${measuredHere(process.argv[2] === undefined ? HERE : pathToFileURL(process.argv[2])).join("\n")}\n`,
  );

// Scores the estimator against rows that `measure.py` wrote: node bench/measure/score.mjs [rows.jsonl]
// Without an argument: bench/data/measured-here.jsonl, where somebody put such rows.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { catalog, estimate } from "../../dist/src/index.js";
import { parseRequest } from "../../dist/src/parse.js";
import { evaluate, summary } from "../accuracy/scores.mjs";

const HERE = new URL("../data/measured-here.jsonl", import.meta.url);

/** Rows of our own measurements of one kind (peak, throughput, feasibility); none where nobody measured. */
export function rowsMeasuredHere(kind, file = HERE) {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line))
    .filter((row) => row.kind === kind);
}

const percent = (x) => `${(100 * x).toFixed(1)} %`;

function main(file) {
  const kinds = ["peak", "throughput", "feasibility"].map((kind) => [kind, rowsMeasuredHere(kind, file)]);
  const read = kinds.flatMap(([, rows]) => rows);
  if (read.length === 0) {
    process.stdout.write("No rows: run bench/measure/measure.py on a machine with a GPU (bench/measure/README.md).\n");
    return;
  }
  for (const { request } of read) parseRequest(request);
  process.stdout.write(`${read.length} rows, each a valid request\n`);
  for (const [kind, rows] of kinds) {
    const scored = rows.filter((row) => row.expected.weight > 0);
    if (scored.length === 0) process.stdout.write(`${kind}: ${rows.length} rows, none to score\n`);
    else if (kind === "feasibility") {
      const said = scored.map((row) => [estimate(row.request, catalog).status, row.expected.verdict]);
      const share = (status, verdict) => said.filter(([s, v]) => s === status && v === verdict).length / said.length;
      process.stdout.write(
        `${kind}: ${said.length} rows, unsafe ${percent(share("fits", "oom"))}, false no ${percent(share("does-not-fit", "fits"))}\n`,
      );
    } else {
      const s = summary(evaluate(kind, scored));
      process.stdout.write(
        `${kind}: ${s.n} rows, median error ${percent(s.median)}, 90th percentile ${percent(s.p90)}, inside the band ${percent(s.inBand)}\n`,
      );
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  main(process.argv[2] === undefined ? HERE : pathToFileURL(process.argv[2]));

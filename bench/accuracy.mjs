// Scores the estimator against published measurements and writes docs/accuracy.md. Run: npm run bench:accuracy
import { writeFileSync } from "node:fs";
import { PLANNER_VERSION } from "../dist/src/index.js";
import { evaluate, groupBy, summary, verdicts } from "./accuracy/scores.mjs";

const percent = (x) => (Number.isNaN(x) || x === undefined ? "–" : `${(100 * x).toFixed(1)} %`);
const table = (head, rows) =>
  [
    `| ${head.join(" | ")} |`,
    `| ${head.map(() => "---").join(" | ")} |`,
    ...rows.map((r) => `| ${r.join(" | ")} |`),
  ].join("\n");
const HEAD = ["rows", "n", "median error", "90th percentile", "median bias", "inside the band", "band width"];
const line = (name, results) => {
  const s = summary(results);
  return [name, s.n, percent(s.median), percent(s.p90), percent(s.signed), percent(s.inBand), percent(s.width)];
};

const out = [
  "# How true the numbers are",
  `Written by \`npm run bench:accuracy\` for planner ${PLANNER_VERSION} on ${new Date().toISOString().slice(0, 10)}. The rows are in \`bench/data\`, each with the repository, file and commit it was read from; errors are relative to what was measured, weighted by the row's weight.`,
  'An estimate is a band. "Inside the band" is the share of measurements between its low and high end; "band width" is (high − low) ÷ expected, the median.',
];

const kinds = [
  [
    "peak",
    "Training memory",
    (r) => [
      [
        "setting",
        `${r.row.request.acceleratorCount === 1 ? "one device" : "several devices"}, ${r.row.request.method}`,
      ],
      ["instrument", r.row.expected.quantity],
      ["source", r.row.expected.source.split(":")[0]],
    ],
  ],
  [
    "inference",
    "Generation memory",
    (r) => [
      ["base", r.row.request.baseQuantization ?? "none"],
      ["source", r.row.expected.source.split(":")[0]],
    ],
  ],
  [
    "throughput",
    "Training throughput",
    (r) => [
      [
        "setting",
        `${r.row.request.acceleratorCount === 1 ? "one device" : "several devices"}, ${r.row.request.method}`,
      ],
      ["source", r.row.expected.source.split(":")[0]],
    ],
  ],
];
for (const [kind, title, keysOf] of kinds) {
  const results = evaluate(kind);
  const groups = new Map();
  for (const r of results)
    for (const [key, value] of keysOf(r))
      groups.set(`${key}: ${value}`, [...(groups.get(`${key}: ${value}`) ?? []), r]);
  out.push(
    `## ${title}`,
    table(HEAD, [
      line("all", results),
      ...[...groups.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, rs]) => line(name, rs)),
    ]),
  );
  const worst = results.filter((r) => r.weight >= 0.5).sort((a, b) => b.error - a.error);
  const named = groupBy(worst.slice(0, 20), (r) => r.row.expected.source.split(":")[0]).map(
    ([source, rs]) => `${source} (${rs.length})`,
  );
  out.push(
    `Of the twenty largest errors: ${named.join(", ")}. The five worst:`,
    table(
      ["row", "measured", "estimated", "error"],
      worst
        .slice(0, 5)
        .map((r) => [
          r.row.request.id,
          r.measured?.toPrecision(4) ?? "–",
          r.band?.expected.toPrecision(4) ?? r.message,
          percent(r.error),
        ]),
    ),
  );
}

out.push(
  "## Will it fit",
  'Unsafe: the answer was "fits" and the run died. False no: the answer was "does-not-fit" and it ran. Tight: the band straddles the limit.',
);
out.push(
  table(
    ["rows", "n", "unsafe", "false no", "tight"],
    ["feasibility", "cases"].map((kind) => {
      const v = verdicts(kind);
      return [
        kind === "cases" ? "questions from public threads" : "runs from published tables",
        v.n,
        percent(v.unsafe),
        percent(v.falseNo),
        percent(v.tight),
      ];
    }),
  ),
);

const file = new URL("../docs/accuracy.md", import.meta.url);
writeFileSync(file, `${out.join("\n\n")}\n`);
process.stdout.write(
  `${["peak", "inference", "throughput"].map((k) => `${k}: median ${percent(summary(evaluate(k)).median)}, p90 ${percent(summary(evaluate(k)).p90)}`).join("\n")}\nwritten to docs/accuracy.md\n`,
);

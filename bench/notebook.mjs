// npm run bench:notebook: what the proxy adds to an ordinary cell, bare and proxied kernel in one run.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installKernel } from "../dist/src/adapters/kernels.js";
import { cleanEnvironment, preparedPython, ROOT } from "../scripts/python-environment.mjs";

const CELLS = { tslab: ["1 + 1", "console.log(1)"], deno: ["1 + 1", "let q = 1", "console.log(1)"] };
const ROUNDS = Number(process.argv[2] ?? 200);
/** The bound: median over the bare kernel. */
const MOST_MS = 3;

const python = preparedPython("jupyter");
if (!python) {
  console.error("error: Jupyter is not prepared\nhint: npm run setup:full -- jupyter");
  process.exit(3);
}
const prefix = mkdtempSync(join(tmpdir(), "ml-architect-bench-"));
const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
let over = 0;
try {
  console.log("| kernel | cell | bare, median ms | proxied, median ms | added |\n| --- | --- | ---: | ---: | ---: |");
  for (const [kernel, cells] of Object.entries(CELLS)) {
    const { spec } = installKernel(kernel, "node", { prefix });
    const below = spec.argv
      .slice(spec.argv.indexOf("--") + 1)
      .map((word) => word.replace("@connection_file@", "{connection_file}"));
    const folder = join(prefix, "share", "jupyter", "kernels", "bare");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "kernel.json"), JSON.stringify({ ...spec, argv: below, metadata: {} }));
    const names = ["bare", `ml-architect-${kernel}`];
    const { stdout, stderr, status } = spawnSync(
      python,
      [join(ROOT, "bench/notebook/latency.py"), JSON.stringify([names, cells, ROUNDS])],
      {
        encoding: "utf8",
        env: cleanEnvironment({ JUPYTER_PATH: join(prefix, "share", "jupyter"), NO_COLOR: "1" }),
      },
    );
    if (status !== 0) throw new Error(stderr);
    const times = JSON.parse(stdout);
    for (const cell of cells) {
      const [bare, proxied] = names.map((name) => median(times[name][cell]));
      const added = proxied - bare;
      if (added > MOST_MS) over += 1;
      console.log(`| ${kernel} | \`${cell}\` | ${bare.toFixed(2)} | ${proxied.toFixed(2)} | ${added.toFixed(2)} |`);
    }
  }
} finally {
  rmSync(prefix, { recursive: true, force: true });
}
if (over > 0) {
  console.error(`${over} cells are slowed by more than ${MOST_MS} ms`);
  process.exitCode = 1;
}

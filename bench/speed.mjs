// Start-up and planning time, as ratios within one run. Run: npm run bench:speed
import { spawnSync } from "node:child_process";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";

const TEXT = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200, serve 5 requests/s";
const median = (xs) => xs.toSorted((a, b) => a - b)[Math.floor(xs.length / 2)];
const main = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

/** Interleaved, so that a busy moment of the machine hits both sides. */
function processes(runs = 21) {
  const times = { bare: [], plan: [] };
  for (let i = 0; i < runs; i++) {
    for (const [name, args] of [
      ["bare", ["-e", "0"]],
      ["plan", [main, "plan", TEXT]],
    ]) {
      const from = performance.now();
      spawnSync(process.execPath, args, { stdio: "ignore" });
      times[name].push(performance.now() - from);
    }
  }
  return { bareMs: median(times.bare), planMs: median(times.plan) };
}

const { advise, catalog, estimate, readText } = await import("../dist/src/index.js");
const today = "2026-11-22";

function warm(runs = 200) {
  const times = [];
  for (let i = 0; i < runs; i++) {
    const from = performance.now();
    advise(readText(TEXT, catalog, { today }), catalog, { today });
    times.push(performance.now() - from);
  }
  return median(times.slice(runs / 2));
}

function estimatesPerSecond(seconds = 2) {
  const request = {
    phase: "train",
    model: "meta-llama/Llama-3.1-8B",
    accelerator: "rtx-4090",
    method: "qlora",
    sequenceLength: 2048,
  };
  const until = performance.now() + seconds * 1000;
  let n = 0;
  while (performance.now() < until)
    for (let i = 0; i < 100; i++, n++) estimate({ ...request, microBatchSize: 1 + (n % 4) }, catalog);
  return n / seconds;
}

const p = processes();
console.log(
  `whole process, plan: ${p.planMs.toFixed(0)} ms; node -e 0: ${p.bareMs.toFixed(0)} ms; difference ${(p.planMs - p.bareMs).toFixed(0)} ms (goal: 250)`,
);
console.log(`planner, warm (read and advise, questions included): ${warm().toFixed(2)} ms (goal: 10)`);
console.log(`estimates per second, one core: ${Math.round(estimatesPerSecond()).toLocaleString("en")}`);

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

/** Requests over the whole catalog, in an order that a linear congruential generator fixes: the same in every run. */
function* requests() {
  let state = 1;
  const pick = (list) => {
    state = (state * 1103515245 + 12345) % 2147483648;
    return list[Math.floor(state / 65536) % list.length];
  };
  const models = catalog.models.map((m) => m.id);
  const accelerators = catalog.accelerators.map((a) => a.id);
  while (true)
    yield {
      phase: pick(["train", "train", "train", "serve"]),
      model: pick(models),
      accelerator: pick(accelerators),
      method: pick(["full", "lora", "qlora"]),
      sequenceLength: pick([512, 2048, 8192]),
      microBatchSize: pick([1, 2, 4]),
    };
}

/** Those that fit are answered whole; the others climb the repair ladder on top, which is counted apart. */
function sample(n = 6000) {
  const fitting = [];
  const repaired = [];
  for (const request of requests()) {
    if (fitting.length + repaired.length === n) return { fitting, repaired };
    (estimate(request, catalog).status === "fits" ? fitting : repaired).push(request);
  }
}

function perSecond(list, seconds = 2) {
  const from = performance.now();
  let n = 0;
  while (performance.now() < from + seconds * 1000)
    for (let i = 0; i < 100; i++, n++) estimate(list[n % list.length], catalog);
  return (n * 1000) / (performance.now() - from);
}

/** Bytes that the heap holds more after a million estimates than after a hundred thousand. */
function growth(list) {
  const used = (n) => {
    for (let i = 0; i < n; i++) estimate(list[i % list.length], catalog);
    globalThis.gc();
    return process.memoryUsage().heapUsed;
  };
  const before = used(100_000);
  return used(1_000_000) - before;
}

const p = processes();
console.log(
  `whole process, plan: ${p.planMs.toFixed(0)} ms; node -e 0: ${p.bareMs.toFixed(0)} ms; difference ${(p.planMs - p.bareMs).toFixed(0)} ms (goal: 250)`,
);
console.log(`planner, warm (read and advise, questions included): ${warm().toFixed(2)} ms (goal: 10)`);
const { fitting, repaired } = sample();
perSecond(fitting, 1);
const rate = (list) => Math.round(perSecond(list)).toLocaleString("en");
console.log(`estimates per second, one core, over the catalog: ${rate(fitting)} (goal: 100,000)`);
console.log(`those that do not fit, each with its repair ladder: ${rate(repaired)} per second`);
console.log(`heap after a million estimates: ${(growth(fitting) / 2 ** 20).toFixed(1)} MiB more`);

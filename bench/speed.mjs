// Start-up, planning, writing a project and estimating. Run: npm run bench:speed
// Planning is processor time, so that a busy machine changes it little; whole processes are compared with an empty one.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
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
const { planFor } = await import("../dist/src/plan/planner.js");
const today = "2026-11-22";

/** What makes the planner search most: nothing said, nothing that fits, several machines, a load to serve beside. */
const WIDE = [
  TEXT,
  "fine-tune something for our support",
  "full fine-tune of llama 3.1 70b, 50k examples, 4k context, done within a week",
  "full fine-tune of llama 3.1 405b on 100k rows",
  "fine-tune a 70b model, budget $20",
  "pretrain 7b on 1T tokens",
  "lora a 32b on 200k chats, serve 20 requests/s",
  "train deepseek v3 full, 10k examples",
  "qlora mixtral 8x22b on 1M examples, 8k seq, by tomorrow",
  "full fine-tune qwen 72b on two 24 GB cards of our own",
];

/** The briefs of real people that the reader is tested on, and the wide ones; those that are refused have no plan. */
function briefs() {
  const lines = readFileSync(new URL("../test/brief/briefs.jsonl", import.meta.url), "utf8")
    .trim()
    .split("\n");
  const texts = [...lines.map((line) => JSON.parse(line).text), ...WIDE];
  return texts.flatMap((text) => {
    const read = readText(text, catalog, { today });
    try {
      planFor(read, catalog, { today });
      return [{ text, read }];
    } catch (error) {
      if (error.code === undefined) throw error;
      return [];
    }
  });
}

/** Milliseconds of the processor that a call takes, collection of its garbage included. */
function processorMs(call) {
  const from = process.cpuUsage();
  call();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000;
}

/** Each brief's median over warm runs, interleaved; sorted. */
function warm(list, call, runs = 11) {
  const times = list.map(() => []);
  for (let run = -2; run < runs; run++)
    list.forEach(({ read }, i) => {
      const ms = processorMs(() => call(read, catalog, { today }));
      if (run >= 0) times[i].push(ms);
    });
  return times.map((of, i) => ({ ms: median(of), text: list[i].text })).toSorted((a, b) => a.ms - b.ms);
}

function spread(sorted) {
  const at = (share) => `${sorted[Math.floor((sorted.length - 1) * share)].ms.toFixed(1)} ms`;
  return `median ${at(0.5)}, 90 % within ${at(0.9)}, widest ${at(1)} ("${sorted.at(-1).text.slice(0, 40)}")`;
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

/** Estimates in one second of the processor. */
function perSecond(list, count) {
  const ms = processorMs(() => {
    for (let i = 0; i < count; i++) estimate(list[i % list.length], catalog);
  });
  return (count * 1000) / ms;
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

/** A project as files in memory, of each brief that has one: its template read from the disk, warm. */
async function generation(list, runs = 7) {
  const { chooseTemplate, scaffold, zipOf } = await import("../dist/src/project.js");
  const { listTemplates, readTemplate } = await import("../dist/src/adapters/files.js");
  const { explain } = await import("../dist/src/index.js");
  const manifests = await listTemplates();
  const written = [];
  for (const { read, text } of list) {
    const plan = advise(read, catalog, { today });
    const write = async () => {
      const template = await readTemplate(chooseTemplate(plan, manifests).id);
      return scaffold(plan, template, { projectName: "bench", planMarkdown: explain(plan) });
    };
    const times = { files: [], zip: [] };
    let files;
    try {
      files = await write();
    } catch (error) {
      if (error.code === undefined) throw error;
      continue;
    }
    for (let run = 0; run < runs; run++) {
      const from = process.cpuUsage();
      await write();
      const { user, system } = process.cpuUsage(from);
      times.files.push((user + system) / 1000);
      times.zip.push(processorMs(() => zipOf(files)));
    }
    written.push({ text, files: median(times.files), zip: median(times.zip) });
  }
  const of = (part) => spread(written.map((each) => ({ ...each, ms: each[part] })).toSorted((a, b) => a.ms - b.ms));
  return { count: written.length, files: of("files"), zip: of("zip") };
}

const p = processes();
console.log(
  `whole process, plan: ${p.planMs.toFixed(0)} ms; node -e 0: ${p.bareMs.toFixed(0)} ms; difference ${(p.planMs - p.bareMs).toFixed(0)} ms (goal: 250)`,
);
const list = briefs();
console.log(`plan alone, ${list.length} briefs: ${spread(warm(list, planFor))} (goal: median 10 ms)`);
console.log(`with questions: ${spread(warm(list, advise))} (goal: median 50 ms, widest 200 ms)`);
const { count, files, zip } = await generation(list);
console.log(`a project's files, ${count} of the briefs: ${files} (goal: 100 ms)`);
console.log(`its zip on top: ${zip}`);
const { fitting, repaired } = sample();
perSecond(fitting, 100_000);
const rate = (list, count) =>
  Math.round(median(Array.from({ length: 5 }, () => perSecond(list, count)))).toLocaleString("en");
console.log(`estimates per second of processor time, over the catalog: ${rate(fitting, 100_000)} (goal: 100,000)`);
console.log(`those that do not fit, each with its repair ladder: ${rate(repaired, 5000)} per second`);
console.log(`heap after a million estimates: ${(growth(fitting) / 2 ** 20).toFixed(1)} MiB more`);

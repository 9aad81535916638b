// Commands at a steady rate against the bot as people run it, on the local Slack. Run:
//   npm run bench:slack [-- RATE SECONDS DRAIN_SECONDS]
// What counts is the acknowledgement, which Slack waits three seconds for, and that memory stays flat: plans are worked
// off behind it, at the rate of the processors that are left. The bot is a process of its own; this one is Slack and the
// people, and takes processor time from it where there are but two cores.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LocalSlack } from "../dist/slack/local/local-slack.js";
import { parseManifest } from "../dist/slack/manifest.js";

const RATE = Number(process.argv[2] ?? 50);
const SECONDS = Number(process.argv[3] ?? 60);
const DRAIN_SECONDS = Number(process.argv[4] ?? 900);
const PEOPLE = 50;
const WORDS = "fine-tune llama 3.1 8b on 50k support tickets, $500";
const LOOK_MS = 5_000;
/** Until then threads do for the first time what they do: code is compiled, templates are read. */
const WARM_SECONDS = 10;
/** Memory is flat that is no more than this above what it was when warm. */
const FLAT = 1.1;
/** Of /proc/stat: USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = parseManifest(readFileSync(join(root, "manifest.yml"), "utf8"));
const slack = await LocalSlack.start({ manifest, settings: { rateLimits: "off", acknowledgeMs: 10_000 } });
const people = Array.from({ length: PEOPLE }, (_, i) => slack.person(`person-${i}`));
const channels = Array.from({ length: PEOPLE }, (_, i) => slack.channel(`ml-${i}`, [people[i]]));
const data = mkdtempSync(join(tmpdir(), "slack-load-"));
const port = 19_464;
const threadMemory = join(data, "thread-memory.ndjson");
// The aim is two cores: on a larger machine the bot is held to two.
const cores = availableParallelism();
const isPinned = cores > 2 && spawnSync("taskset", ["--version"]).status === 0;
const [program, ...before] = [...(isPinned ? ["taskset", "-c", "0,1"] : []), process.execPath];
const profile = process.env.BENCH_CPU_PROFILE ? ["--cpu-prof", `--cpu-prof-dir=${process.env.BENCH_CPU_PROFILE}`] : [];
const bot = spawn(program, [...before, ...profile, join(root, "dist/cli/main.js"), "slack"], {
  stdio: ["ignore", "inherit", "pipe"],
  env: {
    PATH: process.env.PATH,
    NODE_OPTIONS: `--import ${new URL("thread-memory.mjs", import.meta.url).href}`,
    BENCH_THREAD_MEMORY: threadMemory,
    SLACK_BOT_TOKEN: slack.tokens.bot,
    SLACK_APP_TOKEN: slack.tokens.app,
    SLACK_API_URL: slack.apiUrl,
    ML_ARCHITECT_DATA: data,
    ML_ARCHITECT_HEALTH_PORT: String(port),
    ML_ARCHITECT_BURST: "1000",
    ML_ARCHITECT_PER_HOUR: "10000",
  },
});
let errors = 0;
await new Promise((started) =>
  bot.stderr.on("data", (text) => {
    if (String(text).includes('"event":"started"')) started();
    const lines = String(text)
      .split("\n")
      .filter((line) => line.includes('"level":"error"'));
    if (errors === 0 && lines.length > 0) console.log(`first error: ${lines[0]}`);
    errors += lines.length;
  }),
);

const metrics = async () => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
const numberIn = (text, name) => Number(new RegExp(`^${name.replace(/[{}]/g, "\\$&")} (\\S+)$`, "m").exec(text)?.[1]);
/** Seconds that all processors were at work, whoever for; NaN where the system does not say. */
const busySeconds = () => {
  if (!existsSync("/proc/stat")) return Number.NaN;
  const [user, nice, system, , , irq, softirq] = readFileSync("/proc/stat", "utf8")
    .split(/\s+/)
    .slice(1, 8)
    .map(Number);
  return (user + nice + system + irq + softirq) / TICKS_PER_SECOND;
};
const botSeconds = async () => numberIn(await metrics(), "ml_architect_process_cpu_seconds_total");
const inMib = (bytes) => Math.round(bytes / 2 ** 20);
/** The threads of the bot by the file that each runs. */
const THREADS = { main: "main", thinker: "planning", drawer: "drawing", keeper: "database" };
/** The heap of each thread, what the database has beside its heap, and all else: code, stacks, what is native. */
const partsOf = (rss) => {
  const seen = readFileSync(threadMemory, "utf8").trimEnd().split("\n").slice(-50);
  const last = Object.fromEntries(seen.map((line) => JSON.parse(line)).map((each) => [each.name, each]));
  const parts = Object.fromEntries(
    Object.entries(THREADS).map(([file, name]) => [`heap of ${name}`, inMib(last[file]?.heapTotal ?? 0)]),
  );
  parts.PostgreSQL = inMib(last.keeper?.external ?? 0);
  const known = Object.values(parts).reduce((sum, each) => sum + each, 0);
  return { ...parts, rest: inMib(rss) - known };
};
const looks = [];
const from = performance.now();
const shown = (parts) =>
  Object.entries(parts)
    .map(([part, mib]) => `${part} ${mib}`)
    .join(", ");
const look = async () => {
  const text = await metrics();
  const rss = numberIn(text, "ml_architect_process_resident_memory_bytes");
  const each = {
    parts: partsOf(rss),
    seconds: Math.round((performance.now() - from) / 1000),
    mib: inMib(rss),
    delayMs: Math.round(numberIn(text, "ml_architect_nodejs_eventloop_lag_p99_seconds") * 1000),
    inbox: numberIn(text, 'ml_architect_waiting{box="inbox"}'),
    outbox: numberIn(text, 'ml_architect_waiting{box="outbox"}'),
    load: loadavg()[0],
  };
  looks.push(each);
  console.log(
    `${String(each.seconds).padStart(4)} s  memory ${each.mib} MiB (${shown(each.parts)})  waiting ${each.inbox} + ${each.outbox}  event loop p99 ${each.delayMs} ms  load ${each.load.toFixed(1)}`,
  );
  return each;
};
console.log(
  `load average before: ${loadavg()
    .map((each) => each.toFixed(1))
    .join(" ")}; ${cores} cores; bot ${isPinned ? "held to cores 0 and 1" : "not pinned"}`,
);
// A bot that has come to rest: its threads are loaded.
await pause(LOOK_MS);
await look();
const looking = setInterval(() => void look(), LOOK_MS);
const own = monitorEventLoopDelay({ resolution: 5 });
own.enable();
const times = [];
const windows = Array.from({ length: Math.ceil((SECONDS * 1000) / LOOK_MS) }, () => []);
let refused = 0;
const sent = [];
const busyBefore = busySeconds();
const botBefore = await botSeconds();
const ownBefore = process.cpuUsage();
const began = performance.now();
for (let i = 0; i < RATE * SECONDS; i += 1) {
  const due = began + (i * 1000) / RATE;
  if (due > performance.now()) await pause(due - performance.now());
  const at = performance.now();
  sent.push(
    people[i % PEOPLE].command(channels[i % PEOPLE], "/ml-architect", WORDS).then(({ ok }) => {
      const ms = performance.now() - at;
      times.push(ms);
      windows[Math.floor((i * 1000) / RATE / LOOK_MS)].push(ms);
      if (!ok) refused += 1;
    }),
  );
}
await Promise.all(sent);
own.disable();
const took = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(ownBefore);
const ofBot = (await botSeconds()) - botBefore;
const ofUs = (user + system) / 1e6;
const ofOthers = busySeconds() - busyBefore - ofBot - ofUs;
const acknowledged = await look();
const quantile = (all, share) => {
  const sorted = all.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
};
const at = (share) => quantile(times, share);
const underLoad = looks.filter(({ seconds }) => seconds <= acknowledged.seconds);
const during = underLoad.map(({ mib }) => mib);
console.log(`\n${times.length} commands at ${RATE}/s, ${refused} not acknowledged, ${errors} errors logged`);
console.log(`acknowledgement: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
console.log(`p99 of each 5 s: ${windows.map((each) => quantile(each, 0.99)).join(", ")} ms`);
console.log(`of that, the generator's own event loop: p99 ${Math.round(own.percentile(99) / 1e6)} ms`);
console.log(
  `processors busy: bot ${(ofBot / took).toFixed(2)}, generator ${(ofUs / took).toFixed(2)}, others ${(ofOthers / took).toFixed(2)} of ${cores}`,
);
console.log(`memory every 5 s under load: ${during.join(", ")} MiB`);
const loadBegan = (began - from) / 1000;
/** What memory does from a look on, to the mean of the last ten seconds. */
const growth = (since) => {
  const warm = underLoad.find(({ seconds }) => seconds >= loadBegan + since);
  const end = underLoad.filter(({ seconds }) => seconds >= acknowledged.seconds - 10);
  if (!warm || end.length === 0) return undefined;
  const mib = end.reduce((sum, each) => sum + each.mib, 0) / end.length;
  return { warm, mib, times: mib / warm.mib };
};
for (const since of [WARM_SECONDS, SECONDS / 2]) {
  const grown = growth(since);
  if (grown)
    console.log(
      `memory from ${Math.round(since)} s on: ${grown.warm.mib} → ${Math.round(grown.mib)} MiB (${Math.round((grown.times - 1) * 100)} %), ${grown.times <= FLAT ? "flat" : "not flat"}: ${shown(grown.warm.parts)} → ${shown(underLoad.at(-1).parts)}`,
    );
}
console.log(
  `unanswered when the last was acknowledged: ${acknowledged.inbox}; load average ${acknowledged.load.toFixed(1)}\n`,
);
const drained = performance.now();
let last = acknowledged;
while (last.inbox + last.outbox > 0 && performance.now() - drained < DRAIN_SECONDS * 1000) {
  await pause(LOOK_MS);
  last = looks.at(-1);
}
clearInterval(looking);
const drainSeconds = Math.round((performance.now() - drained) / 1000);
const after = looks.filter(({ seconds }) => seconds > acknowledged.seconds).map(({ mib }) => mib);
const posted = channels.reduce(
  (n, c) => n + c.messages.filter((m) => m.isFromApp && m.visibleTo === undefined).length,
  0,
);
console.log(`memory every 5 s while draining: ${after.join(", ")} MiB`);
console.log(
  `${last.inbox + last.outbox === 0 ? "drained" : `not drained (${last.inbox} left)`} in ${drainSeconds} s; posted in all: ${posted}`,
);
const spent = (await botSeconds()) - botBefore;
console.log(`processor time of the bot: ${spent.toFixed(1)} s for ${times.length} commands and ${posted} messages`);
console.log(`load average after: ${loadavg()[0].toFixed(1)}`);
bot.kill("SIGTERM");
await new Promise((ended) => bot.on("close", ended));
await slack.close();
rmSync(data, { recursive: true, force: true });

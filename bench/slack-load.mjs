// Commands at a steady rate against the bot as people run it, on the local Slack. Run: npm run bench:slack [-- RATE SECONDS]
// What counts is the acknowledgement, which Slack waits three seconds for, and that memory stays flat: plans are worked
// off behind it, at the rate of the processors that are left.
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { LocalSlack } from "../dist/slack/local/local-slack.js";
import { parseManifest } from "../dist/slack/manifest.js";

const RATE = Number(process.argv[2] ?? 50);
const SECONDS = Number(process.argv[3] ?? 60);
const PEOPLE = 50;
const WORDS = "fine-tune llama 3.1 8b on 50k support tickets, $500";

const root = fileURLToPath(new URL("..", import.meta.url));
const manifest = parseManifest(readFileSync(join(root, "manifest.yml"), "utf8"));
const slack = await LocalSlack.start({ manifest, settings: { rateLimits: "off", acknowledgeMs: 10_000 } });
const people = Array.from({ length: PEOPLE }, (_, i) => slack.person(`person-${i}`));
const channels = Array.from({ length: PEOPLE }, (_, i) => slack.channel(`ml-${i}`, [people[i]]));
const data = mkdtempSync(join(tmpdir(), "slack-load-"));
const port = 19_464;
const bot = spawn(process.execPath, [join(root, "dist/cli/main.js"), "slack"], {
  stdio: ["ignore", "inherit", "pipe"],
  env: {
    PATH: process.env.PATH,
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
    errors += String(text).split('"level":"error"').length - 1;
  }),
);

const metric = async (name) => {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
};
const mib = async () => Math.round((await metric("ml_architect_process_resident_memory_bytes")) / 2 ** 20);
const memory = [await mib()];
const times = [];
let refused = 0;
const sent = [];
const from = performance.now();
for (let i = 0; i < RATE * SECONDS; i += 1) {
  const due = from + (i * 1000) / RATE;
  if (due > performance.now()) await pause(due - performance.now());
  const at = performance.now();
  sent.push(
    people[i % PEOPLE].command(channels[i % PEOPLE], "/ml-architect", WORDS).then(({ ok }) => {
      times.push(performance.now() - at);
      if (!ok) refused += 1;
    }),
  );
  if (i > 0 && i % (RATE * 10) === 0) memory.push(await mib());
}
await Promise.all(sent);
memory.push(await mib());
times.sort((a, b) => a - b);
const at = (share) => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))]);
console.log(`${times.length} commands at ${RATE}/s, ${refused} not acknowledged, ${errors} errors logged`);
console.log(`acknowledgement: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`);
console.log(`memory every ten seconds: ${memory.join(", ")} MiB`);
console.log(
  `threads begun: ${channels.filter((c) => c.messages.some((m) => m.isFromApp && m.visibleTo === undefined)).length} of ${PEOPLE} channels have one; waiting: ${await metric('ml_architect_waiting\\{box="inbox"\\}')}`,
);
bot.kill("SIGTERM");
await new Promise((ended) => bot.on("close", ended));
await slack.close();
rmSync(data, { recursive: true, force: true });

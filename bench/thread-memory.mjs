// Loaded into every thread of the bot by bench/slack-load.mjs: what each has in its own heap, which no other can see.
import { appendFileSync } from "node:fs";
import { basename } from "node:path";
import { isMainThread } from "node:worker_threads";

const LOOK_MS = 1_000;
const file = process.env.BENCH_THREAD_MEMORY;
// The first argument of a thread is the file that it runs.
const name = isMainThread ? "main" : basename(process.argv[1] ?? "", ".js");
const look = () => {
  const { heapTotal, external } = process.memoryUsage();
  appendFileSync(file, `${JSON.stringify({ name, heapTotal, external })}\n`);
};
if (file) setInterval(look, LOOK_MS).unref();

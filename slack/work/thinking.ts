import { Worker } from "node:worker_threads";
import type { Answer, Asked, Think } from "./answer.ts";

/** A plan takes a second or two. A thread that is silent for so long has lost its way. */
const LONGEST_MS = 60_000;

/** What a thread is given to sign buttons with. */
export interface ThreadData {
  secrets: readonly [string, ...string[]];
}
export type ThreadAnswer = { answer: Answer } | { failed: string };

export interface Threads {
  think: Think;
  close(): Promise<void>;
}

interface Waiting {
  asked: Asked;
  done(answer: ThreadAnswer): void;
}

/** Answers worked out in threads of their own: planning is processor time, and acknowledgements must not wait for it. */
export function thinkingThreads(count: number, data: ThreadData): Threads {
  // TypeScript as it stands, where the runtime reads it; else what was built beside this file.
  const file = new URL(import.meta.url.endsWith(".ts") ? "./thinker.ts" : "./thinker.js", import.meta.url);
  const waiting: Waiting[] = [];
  let isClosed = false;

  const threads = Array.from({ length: count }, () => {
    let thread: Worker | undefined;
    let busy: Waiting | undefined;
    let timer: NodeJS.Timeout | undefined;
    const finish = (answer: ThreadAnswer): void => {
      clearTimeout(timer);
      const { done } = busy!;
      busy = undefined;
      done(answer);
      next();
    };
    const lost = (why: string): void => {
      void thread?.terminate();
      thread = undefined;
      if (busy) finish({ failed: why });
    };
    const start = (): Worker => {
      const started = new Worker(file, { workerData: data });
      started.on("message", (answer: ThreadAnswer) => finish(answer));
      started.on("error", (error) => thread === started && lost(error.message));
      started.on("exit", () => thread === started && lost("the thread ended"));
      return started;
    };
    const take = (each: Waiting): void => {
      busy = each;
      thread ??= start();
      timer = setTimeout(() => lost(`no answer within ${LONGEST_MS / 1000} seconds`), LONGEST_MS);
      thread.postMessage(each.asked);
    };
    // Loading takes a second: it is done before somebody asks.
    thread = start();
    return { isFree: () => busy === undefined, take, close: () => thread?.terminate() };
  });
  const next = (): void => {
    const free = threads.find((thread) => thread.isFree());
    if (!free || isClosed) return;
    const each = waiting.shift();
    if (each) free.take(each);
  };
  return {
    think: (asked) =>
      new Promise((resolve, reject) => {
        const done = (answer: ThreadAnswer): void =>
          "answer" in answer ? resolve(answer.answer) : reject(new Error(`An answer failed: ${answer.failed}`));
        waiting.push({ asked, done });
        next();
      }),
    async close() {
      isClosed = true;
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

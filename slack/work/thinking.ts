import type { Worker } from "node:worker_threads";
import type { Revision } from "../../src/consult.ts";
import { AdvisorError, type ErrorCode } from "../../src/index.ts";
import { startThread } from "../memory.ts";
import type { Asked, Think } from "./answer.ts";
import type { Planner } from "./planner.ts";

/** A plan takes a second or two. A thread that is silent for so long has lost its way. */
const LONGEST_MS = 60_000;

/** What a thread is given to sign buttons with. */
export interface ThreadData {
  secrets: readonly [string, ...string[]];
}
/** What a thread is asked. */
export type Question =
  | { type: "answer"; asked: Asked }
  | { type: "plan"; revision: Revision }
  | { type: "file count"; revision: Revision };
export type ThreadAnswer =
  | { answer: unknown }
  /** What an `AdvisorError` is made of: a clone of one keeps neither its class nor its code. */
  | { refused: [code: ErrorCode, message: string, hint: string] }
  | { failed: string };

export interface Threads {
  think: Think;
  planner: Planner;
  close(): Promise<void>;
}

interface Waiting {
  question: Question;
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
      const started = startThread(file, data);
      started.on("message", (answer: ThreadAnswer) => finish(answer));
      started.on("error", (error) => thread === started && lost(error.message));
      started.on("exit", () => thread === started && lost("the thread ended"));
      return started;
    };
    const take = (each: Waiting): void => {
      busy = each;
      thread ??= start();
      timer = setTimeout(() => lost(`no answer within ${LONGEST_MS / 1000} seconds`), LONGEST_MS);
      thread.postMessage(each.question);
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
  const ask = <T>(question: Question): Promise<T> =>
    new Promise((resolve, reject) => {
      const done = (found: ThreadAnswer): void => {
        if ("answer" in found) resolve(found.answer as T);
        else if ("refused" in found) reject(new AdvisorError(...found.refused));
        else reject(new Error(`An answer failed: ${found.failed}`));
      };
      // A form waits three seconds for what it shows, a thread of people for as long as it takes.
      if (question.type === "answer") waiting.push({ question, done });
      else waiting.unshift({ question, done });
      next();
    });
  return {
    think: (asked) => ask({ type: "answer", asked }),
    planner: {
      planOf: (revision) => ask({ type: "plan", revision }),
      fileCountOf: (revision) => ask({ type: "file count", revision }),
    },
    async close() {
      isClosed = true;
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}

import type { Worker } from "node:worker_threads";
import type { Plan } from "../../src/index.ts";
import { startThread } from "../memory.ts";
import type { Picture } from "./plan-pictures.ts";

/** Draws the pictures of a plan, which is asked for when its turn has come; undefined where there is no time for it. */
export type Draw = (planned: () => Promise<Plan>) => Promise<readonly Picture[] | undefined>;

/** With more plans than these in line, a plan goes without: its bars stand in the message as text. */
const MOST_WAITING = 4;

/** One thread. It holds no process up, and what kills it costs one picture. */
export function drawingThread(): Draw {
  const start = (): Worker => {
    const worker = startThread(new URL("./drawer.js", import.meta.url));
    worker.unref();
    return worker;
  };
  let thread: Worker | undefined = start();
  let waiting = 0;
  let line: Promise<unknown> = Promise.resolve();

  const drawn = (plan: Plan): Promise<readonly Picture[] | undefined> =>
    new Promise((resolve) => {
      thread ??= start();
      const current = thread;
      const end = (found?: readonly Picture[]): void => {
        current.off("message", came).off("error", died).off("exit", died).unref();
        resolve(found);
      };
      const came = (found: readonly Picture[] | string): void => end(typeof found === "string" ? undefined : found);
      const died = (): void => {
        thread = undefined;
        end();
      };
      current.on("message", came).on("error", died).on("exit", died).ref();
      current.postMessage(plan);
    });

  return async (planned) => {
    if (waiting >= MOST_WAITING) return undefined;
    waiting += 1;
    const mine = line.then(async () => drawn(await planned()));
    line = mine.catch(() => {});
    return mine.finally(() => {
      waiting -= 1;
    });
  };
}

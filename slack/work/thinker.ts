// The thread of thinking.ts: takes what was asked, gives the answer.
import { parentPort, workerData } from "node:worker_threads";
import { catalog } from "../../src/index.ts";
import { stayBehind } from "../behind.ts";
import { buttonValues } from "../values.ts";
import { type Asked, thinkHere } from "./answer.ts";
import { fileCountOf } from "./project.ts";
import type { ThreadAnswer, ThreadData } from "./thinking.ts";

stayBehind();
const { secrets } = workerData as ThreadData;
const think = thinkHere({ catalog, sign: buttonValues(secrets).sign, fileCountOf });

parentPort!.on("message", async (asked: Asked) => {
  let found: ThreadAnswer;
  try {
    found = { answer: await think(asked) };
  } catch (error) {
    found = { failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  parentPort!.postMessage(found);
});

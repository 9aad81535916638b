// The thread of thinking.ts: takes what was asked, gives the answer.
import { parentPort, workerData } from "node:worker_threads";
import { AdvisorError, catalog } from "../../src/index.ts";
import { stayBehind } from "../behind.ts";
import { buttonValues } from "../values.ts";
import { thinkHere } from "./answer.ts";
import { plannerHere } from "./planner.ts";
import { fileCountOf } from "./project.ts";
import type { Question, ThreadAnswer, ThreadData } from "./thinking.ts";

stayBehind();
const { secrets } = workerData as ThreadData;
const think = thinkHere({ catalog, sign: buttonValues(secrets).sign, fileCountOf });
const planner = plannerHere(catalog);

function answerTo(question: Question): Promise<unknown> {
  switch (question.type) {
    case "answer":
      return think(question.asked);
    case "plan":
      return planner.planOf(question.revision);
    case "file count":
      return planner.fileCountOf(question.revision);
    default:
      return question satisfies never;
  }
}

parentPort!.on("message", async (question: Question) => {
  let found: ThreadAnswer;
  try {
    found = { answer: await answerTo(question) };
  } catch (error) {
    found =
      error instanceof AdvisorError
        ? { refused: [error.code, error.message, error.hint] }
        : { failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
  }
  parentPort!.postMessage(found);
});

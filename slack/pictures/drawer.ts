import { parentPort } from "node:worker_threads";
import type { Plan } from "../../src/index.ts";
import { stayBehind } from "../behind.ts";
import { planPictures } from "./plan-pictures.ts";
import { pngOf } from "./png.ts";

stayBehind();

// A thread of its own: drawing takes a processor for a second, and Slack waits three for an acknowledgement.
parentPort!.on("message", async (plan: Plan) => {
  parentPort!.postMessage(await planPictures(plan).catch((error: unknown) => String(error)));
});

// Loading takes longer than drawing, and what comes after a picture waits for it: it is done before one is wanted.
await Promise.all([import("vega"), import("vega-lite"), pngOf('<svg xmlns="http://www.w3.org/2000/svg"/>')]).catch(
  () => undefined,
);

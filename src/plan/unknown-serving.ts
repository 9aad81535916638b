import type { Brief, BriefField, BriefValues } from "../brief/brief.ts";
import { gathered, isOpen, NONE, numeric, tokens, type Unknown } from "./unknown.ts";
import type { Workload } from "./workload.ts";

const AND_SERVE: BriefValues = { phase: "both" };

/** How many requests there are, how soon they are answered, and how long an answer is. */
export function loadUnknowns(brief: Brief, w: Workload): Unknown[] {
  const open = (...fields: BriefField[]): boolean => isOpen(brief, ...fields);
  const { out, add } = gathered();
  const trains = w.phase !== "serve";
  add(trains && open("requestsPerSecond", "tokensPerSecond", "concurrentUsers", "latencyMs"), () => ({
    id: "requestsPerSecond",
    field: "requestsPerSecond",
    text: "Will it be served afterwards, and at which rate?",
    options: [
      { value: NONE, label: "not planned yet", weight: 0.5, set: {} },
      { value: 0.1, label: "now and then", weight: 0.15, set: { ...AND_SERVE, requestsPerSecond: 0.1 } },
      { value: 2, label: "2 requests a second", weight: 0.2, set: { ...AND_SERVE, requestsPerSecond: 2 } },
      { value: 20, label: "20 requests a second", weight: 0.15, set: { ...AND_SERVE, requestsPerSecond: 20 } },
    ],
    default: w.serving === undefined ? NONE : w.serving.requestsPerSecond,
    beside: AND_SERVE,
  }));
  add(!trains && open("requestsPerSecond", "tokensPerSecond", "concurrentUsers"), () =>
    numeric(
      "requestsPerSecond",
      "How many requests a second at the peak?",
      [
        [0.1, 0.2],
        [1, 0.3],
        [5, 0.3],
        [20, 0.2],
      ],
      w.serving?.requestsPerSecond ?? 1,
      (n) => `${n} a second`,
    ),
  );
  add(w.serving !== undefined && open("latencyMs"), () => ({
    id: "latencyMs",
    field: "latencyMs",
    text: "How soon must an answer be complete?",
    options: [
      { value: NONE, label: "no limit", weight: 0.5, set: {} },
      { value: 10_000, label: "within 10 s", weight: 0.3, set: { latencyMs: 10_000 } },
      { value: 2000, label: "within 2 s", weight: 0.2, set: { latencyMs: 2000 } },
    ],
    default: NONE,
  }));
  add(w.serving !== undefined && w.serving.outputTokens > 0 && open("outputTokens"), () =>
    numeric(
      "outputTokens",
      "How long is an answer?",
      [
        [32, 0.25],
        [256, 0.5],
        [1024, 0.25],
      ],
      w.serving!.outputTokens,
      tokens,
    ),
  );
  return out;
}

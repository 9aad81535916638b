import type { Brief, BriefField, BriefValues } from "../brief/brief.ts";
import { sizeIsOpen } from "./defaults.ts";
import { count } from "./format.ts";
import { formatSize } from "./resolve.ts";
import type { Workload } from "./workload.ts";

type Answer = string | number | boolean;

/** One thing a person might not have said, with the answers worth trying. */
export interface Unknown {
  id: string;
  /** What a free answer is a value of. */
  field: BriefField;
  text: string;
  /** `weight`: how plausible the answer is; the weights of one question sum to one. */
  options: { value: Answer; label: string; weight: number; set: BriefValues }[];
  /** What is planned until an answer comes. */
  default: Answer;
  /** What a free answer says as well. */
  beside?: BriefValues;
}

/** The value that stands for "no such limit". */
const NONE = "none";

// Weights: quartiles and shares among the 60 briefs of real people in test/brief/briefs.jsonl (2026-11), rounded to a
// twentieth; they order the questions and are no forecast of one person's answer.
const EXAMPLES: [number, number][] = [
  [1_000, 0.2],
  [10_000, 0.45],
  [50_000, 0.2],
  [200_000, 0.15],
];
const LENGTHS: [number, number][] = [
  [512, 0.25],
  [2048, 0.5],
  [8192, 0.25],
];
const SIZES: [number, number][] = [
  [1.7e9, 0.2],
  [8e9, 0.5],
  [32e9, 0.2],
  [70e9, 0.1],
];
const BUDGETS: [number, number][] = [
  [10, 0.1],
  [50, 0.15],
  [200, 0.15],
  [1000, 0.1],
];
const DEADLINES: [number, string, number][] = [
  [24, "by tomorrow", 0.15],
  [168, "within a week", 0.25],
];

/** Everything that a brief leaves open and a plan may depend on, among it what an advisor always asks: kind of model, place, hardware, money and time, data. */
export function unknowns(brief: Brief, w: Workload): Unknown[] {
  const open = (...fields: BriefField[]): boolean => fields.every((field) => brief[field] === undefined);
  const trains = w.phase !== "serve";
  const constraints = (name: NonNullable<BriefValues["constraints"]>[number]): BriefValues => ({
    constraints: [...(brief.constraints?.value ?? []), name],
  });
  const home = w.constraints.some((c) => c === "no-cloud" || c === "air-gapped" || c === "offline");
  const named = !open("accelerator") || !open("acceleratorMemoryGib");
  const out: Unknown[] = [];
  const add = (when: boolean, unknown: () => Unknown): void => {
    if (when) out.push(unknown());
  };

  add(open("phase") && w.phase === "serve", () => ({
    id: "phase",
    field: "phase",
    text: "Is the model served as it is, or trained first?",
    options: [
      { value: "serve", label: "as it is", weight: 0.5, set: { phase: "serve" } },
      { value: "both", label: "trained first", weight: 0.5, set: { phase: "both" } },
    ],
    default: "serve",
  }));
  add(open("model", "parameterCount", "modality"), () => ({
    id: "modality",
    field: "modality",
    text: "What kind of model is it?",
    options: [
      { value: "llm", label: "a language model", weight: 0.7, set: { modality: "llm" } },
      { value: "vision", label: "vision", weight: 0.15, set: { modality: "vision" } },
      { value: "audio", label: "audio", weight: 0.05, set: { modality: "audio" } },
      { value: "vlm", label: "text and images", weight: 0.1, set: { modality: "vlm" } },
    ],
    default: "llm",
  }));
  add(sizeIsOpen(brief), () =>
    numeric(
      "parameterCount",
      "How large a model do you have in mind?",
      SIZES,
      w.architecture === "custom" ? w.model.architecture.parameterCount : 8e9,
      formatSize,
    ),
  );
  // Trees grow on a processor.
  add(w.modality !== "tabular" && !named && open("platform") && brief.deploymentTarget?.value !== "cloud", () => ({
    id: "accelerator",
    field: "accelerator",
    text: "Which GPU do you have, or shall one be rented?",
    options: [
      { value: "rent", label: "rent what fits best", weight: 0.5, set: {} },
      ...([16, 24, 48, 80] as const).map((gib, i) => ({
        value: `${gib}gb`,
        label: `our own, ${gib} GB`,
        weight: [0.15, 0.2, 0.05, 0.1][i]!,
        set: { acceleratorMemoryGib: gib, owned: true },
      })),
    ],
    default: "rent",
    beside: { owned: true },
  }));
  add(named && open("owned", "deploymentTarget", "platform") && !home, () => ({
    id: "owned",
    field: "owned",
    text: "Is the GPU yours, or shall it be rented?",
    options: [
      { value: true, label: "it is ours", weight: 0.5, set: { owned: true } },
      { value: false, label: "rent it", weight: 0.5, set: { owned: false } },
    ],
    default: w.hardware.owned,
  }));
  add(named && open("acceleratorCount", "nodeCount"), () =>
    numeric(
      "acceleratorCount",
      "How many of these GPUs are there?",
      [
        [1, 0.6],
        [2, 0.2],
        [4, 0.1],
        [8, 0.1],
      ],
      w.hardware.acceleratorCount ?? 1,
      (n) => `${n} ${n === 1 ? "GPU" : "GPUs"}`,
    ),
  );
  add(trains && open("exampleCount", "tokenCount"), () =>
    numeric("exampleCount", "How many training examples are there?", EXAMPLES, w.exampleCount, count),
  );
  add(trains && open("sequenceLength"), () =>
    numeric("sequenceLength", "How long is your longest sample?", LENGTHS, w.sequenceLength, tokens),
  );
  add(trains && open("averageTokens") && (open("tokenCount") || open("exampleCount")), () => {
    const typical = numeric(
      "averageTokens",
      "How long is a typical sample?",
      [
        [Math.max(1, Math.round(w.sequenceLength / 10)), 0.35],
        [w.averageTokens, 0.4],
        [Math.round(w.sequenceLength * 0.8), 0.25],
      ],
      w.averageTokens,
      tokens,
    );
    // A typical length that is stated says something of the longest as well; keeping the assumption keeps both.
    const kept = typical.options.find((o) => o.value === typical.default);
    if (kept && open("sequenceLength")) kept.set = {};
    return typical;
  });
  add(trains && open("dataStatus"), () => ({
    id: "dataStatus",
    field: "dataStatus",
    text: "Do you have the data, or is it still to be collected?",
    options: [
      { value: "have", label: "we have it", weight: 0.7, set: { dataStatus: "have" } },
      { value: "collect", label: "it must be collected", weight: 0.15, set: { dataStatus: "collect" } },
      { value: "label", label: "it must be labelled", weight: 0.15, set: { dataStatus: "label" } },
    ],
    default: "have",
  }));
  add(open("budgetUsd", "budget") && !w.hardware.owned, () => ({
    id: "budgetUsd",
    field: "budgetUsd",
    text: "Is there a limit to the money?",
    options: [
      { value: NONE, label: "none yet", weight: 0.5, set: {} },
      ...BUDGETS.map(([value, weight]) => ({
        value,
        label: `$${value} in all`,
        weight,
        set: { budgetUsd: value, ...TOTAL },
      })),
    ],
    default: NONE,
    beside: TOTAL,
  }));
  add(trains && open("deadlineHours"), () => ({
    id: "deadlineHours",
    field: "deadlineHours",
    text: "When must the training be done?",
    options: [
      { value: NONE, label: "no deadline", weight: 0.6, set: {} },
      ...DEADLINES.map(([value, label, weight]) => ({ value, label, weight, set: { deadlineHours: value } })),
    ],
    default: NONE,
  }));
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
  add(w.serving !== undefined && open("outputTokens"), () =>
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
  add(open("deploymentTarget", "platform") && !named, () => ({
    id: "deploymentTarget",
    field: "deploymentTarget",
    text: "Where will the model run?",
    options: [
      { value: "cloud", label: "in a cloud", weight: 0.6, set: { deploymentTarget: "cloud" } },
      { value: "on-premises", label: "in our own rooms", weight: 0.2, set: { deploymentTarget: "on-premises" } },
      { value: "local", label: "on one computer", weight: 0.1, set: { deploymentTarget: "local" } },
      { value: "edge", label: "on a device at the edge", weight: 0.1, set: { deploymentTarget: "edge" } },
    ],
    default: "cloud",
  }));
  add(!w.hardware.owned && open("constraints", "platform") && brief.deploymentTarget?.value !== "on-premises", () => ({
    id: "constraints",
    field: "constraints",
    text: "Is there a rule about where data may go, or a cloud that you must use?",
    options: [
      { value: NONE, label: "no", weight: 0.65, set: {} },
      { value: "no-cloud", label: "it must stay with us", weight: 0.1, set: constraints("no-cloud") },
      { value: "eu-only", label: "it must stay in the EU", weight: 0.1, set: constraints("eu-only") },
      { value: "existing-aws", label: "we use AWS", weight: 0.05, set: constraints("existing-aws") },
      { value: "existing-gcp", label: "we use Google Cloud", weight: 0.05, set: constraints("existing-gcp") },
      { value: "existing-azure", label: "we use Azure", weight: 0.05, set: constraints("existing-azure") },
    ],
    default: NONE,
  }));
  return out;
}

const tokens = (n: number): string => `${count(n)} tokens`;
const TOTAL: BriefValues = { budgetPeriod: "total" };
const AND_SERVE: BriefValues = { phase: "both" };

/** A question for a number. What is assumed is always among the options: keeping it is an answer too. */
function numeric(
  field:
    | "parameterCount"
    | "acceleratorCount"
    | "exampleCount"
    | "sequenceLength"
    | "averageTokens"
    | "outputTokens"
    | "requestsPerSecond",
  text: string,
  choices: readonly (readonly [number, number])[],
  assumed: number,
  label: (n: number) => string,
): Unknown {
  const values = new Map<number, number>();
  for (const [value, weight] of choices) values.set(value, (values.get(value) ?? 0) + weight);
  if (!values.has(assumed)) {
    // The assumption takes the place of the nearest choice.
    const distance = (n: number): number => Math.abs(Math.log(n / assumed));
    const nearest = [...values.keys()].reduce((a, b) => (distance(b) < distance(a) ? b : a));
    values.set(assumed, values.get(nearest)!);
    values.delete(nearest);
  }
  const options = [...values]
    .sort(([a], [b]) => a - b)
    .map(([value, weight]) => ({ value, label: label(value), weight, set: { [field]: value } as BriefValues }));
  return { id: field, field, text, options, default: assumed };
}

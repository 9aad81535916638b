import type { Brief, BriefField, BriefValues } from "../brief/brief.ts";
import { sizeIsOpen } from "./defaults.ts";
import { count } from "./format.ts";
import { formatSize } from "./resolve.ts";
import { gathered, isOpen, NONE, numeric, tokens, type Unknown } from "./unknown.ts";
import type { Workload } from "./workload.ts";

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
const TOTAL: BriefValues = { budgetPeriod: "total" };

/** What is to be done with which model. */
export function workUnknowns(brief: Brief, w: Workload): Unknown[] {
  const open = (...fields: BriefField[]): boolean => isOpen(brief, ...fields);
  const { out, add } = gathered();
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
  return out;
}

/** How much data there is, and how long a sample. */
export function dataUnknowns(brief: Brief, w: Workload): Unknown[] {
  const open = (...fields: BriefField[]): boolean => isOpen(brief, ...fields);
  const { out, add } = gathered();
  const trains = w.phase !== "serve";
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
  return out;
}

/** Money and time. */
export function limitUnknowns(brief: Brief, w: Workload): Unknown[] {
  const open = (...fields: BriefField[]): boolean => isOpen(brief, ...fields);
  const { out, add } = gathered();
  const trains = w.phase !== "serve";
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
  return out;
}

import { constant } from "../estimate/constants.ts";
import { GIB } from "../units.ts";
import { assumed } from "./assumptions.ts";
import type { Candidate } from "./candidates.ts";
import type { Decide } from "./context.ts";
import { count, gib, hours, usd } from "./format.ts";
import { canFreeze, dataForFull, fromScratch, methodsFor, THRESHOLDS, usualMethod } from "./methods.ts";
import { machineText, methodName } from "./names.ts";
import type { TrainingSettings } from "./plan.ts";
import { isEncoder } from "./recipe.ts";
import type { Workload } from "./workload.ts";

type Method = TrainingSettings["method"];

const TITLES: Record<Method, string> = {
  full: "Full fine-tuning",
  lora: "LoRA adapters on a 16-bit base",
  qlora: "QLoRA: adapters on a 4-bit base",
  freeze: "A frozen backbone with a trained head",
};

/** Of the plan's method; where there are no published weights, every weight is learned and none is tuned. */
export const methodTitle = (method: Method, w: Workload): string =>
  method === "full" && fromScratch(w) ? "Training from scratch" : TITLES[method];

/** Full, LoRA, QLoRA or a frozen backbone: by what fits the machine, then quality, time and money. The mission's size thresholds are defaults. */
export const decideMethod: Decide = ({ workload: w, chosen, candidates }) => {
  const { method } = chosen.settings;
  const sameMachine = candidates.filter(
    (c) =>
      c.hardware.accelerator.id === chosen.hardware.accelerator.id &&
      c.hardware.acceleratorCount === chosen.hardware.acceleratorCount &&
      c.hardware.offer?.platform === chosen.hardware.offer?.platform,
  );
  const memory = chosen.quick.reading.neededGib;
  return {
    name: "method",
    choice: method,
    title: `${methodTitle(method, w)}${method === "full" && fromScratch(w) ? ", every weight" : ""}`,
    reasons: [
      ...(w.method === method ? ["You asked for it."] : []),
      `Needs ${gib(memory.expected)} (up to ${gib(memory.high)}) of the ${gib(chosen.device.usableGib)} that ${chosen.hardware.accelerator.name} can use.`,
      ...why(w, chosen),
      ...fusedLoss(w, chosen),
      ...overruled(w, chosen, sameMachine),
    ],
    refused: others(w, method).map((option) => ({
      option,
      why: whyNot(
        option,
        sameMachine.find((c) => c.settings.method === option),
        chosen,
        w,
      ),
    })),
    flips:
      method === "lora" || method === "qlora"
        ? [{ when: "adapters stop improving on your evaluation while the data keeps growing", to: "full" }]
        : method === "freeze"
          ? [{ when: "labels grow past a few thousand", to: "full" }]
          : [],
    documents:
      method === "full" || method === "freeze"
        ? ["transformers-training"]
        : ["peft", ...(method === "qlora" ? ["transformers-quantization"] : [])],
  };
};

/** The methods that somebody could ask about here. */
const others = (w: Workload, method: Method): Method[] =>
  (canFreeze(w) ? (["full", "freeze", "lora"] as const) : (["lora", "qlora", "full"] as const)).filter(
    (m) => m !== method,
  );

function why(w: Workload, { settings, hardware }: Candidate): string[] {
  switch (settings.method) {
    case "full":
      if (fromScratch(w)) return ["There are no weights to adapt: every one is learned."];
      if (w.model.architecture.parameterCount <= assumed.smallModelParameters.value)
        return ["The model is small enough to move every weight on this machine."];
      return dataForFull(w) && w.method !== "full"
        ? [
            `${count(w.exampleCount * w.averageTokens)} tokens a pass are enough for full training to learn more than adapters do (Biderman et al. 2024), and the budget pays for it.`,
          ]
        : [`${machineText(hardware.acceleratorCount, hardware.accelerator.name)} hold every weight with its states.`];
    case "lora":
      return [
        "A 16-bit base is the fastest way to train an adapter, and the adapter is a few hundred MB to version and swap.",
      ];
    case "qlora":
      return [
        "The base is held in 4 bits, so the memory goes to your sequences; quality is close to LoRA on most tasks (Dettmers et al. 2023).",
      ];
    case "freeze":
      return [
        `With ${count(w.exampleCount)} labels a frozen backbone keeps what it knows; only the head and the last layers are trained.`,
      ];
    default:
      return settings.method satisfies never;
  }
}

function fusedLoss(w: Workload, { settings }: Candidate): string[] {
  if (!settings.fusedLoss) return [];
  const logits =
    (settings.microBatchSize *
      w.sequenceLength *
      (w.model.architecture.vocabSize ?? 128_256) *
      constant.stockLossBytes.value) /
    GIB;
  return [`The loss runs in chunks (training.fused_loss): the same value, without ${gib(logits)} of logits.`];
}

const RANGES: Record<Exclude<Method, "freeze">, string> = {
  full: "below 1B parameters",
  lora: "between 7B and 13B",
  qlora: "above 13B",
};

/** Where the numbers overrule the usual choice at this size, the plan says so and why. */
function overruled(w: Workload, chosen: Candidate, sameMachine: readonly Candidate[]): string[] {
  if ((w.modality !== "llm" && w.modality !== "vlm") || isEncoder(w) || fromScratch(w)) return [];
  const { method } = chosen.settings;
  const size = w.model.architecture.parameterCount;
  const usual = usualMethod(size);
  if (usual === undefined)
    return [
      "Between 1B and 7B the usual thresholds leave the choice to the numbers: adapters train faster and in less memory.",
    ].filter(() => method === "lora");
  if (usual === method) return [`The usual choice ${RANGES[usual]}, and the numbers agree.`];
  if (w.method === method)
    return [`The usual choice ${RANGES[usual]} is ${methodName(usual)}; you asked for ${methodName(method)}.`];
  const tried = sameMachine.find((c) => c.settings.method === usual);
  const because =
    method === "lora" && usual === "qlora"
      ? "here a 16-bit base fits, trains faster and loses nothing to quantisation"
      : method === "qlora"
        ? "the memory of this machine decides otherwise"
        : tried
          ? `the numbers decide otherwise: ${whyNot(usual, tried, chosen, w)}`
          : "the numbers decide otherwise";
  return [`The usual choice ${RANGES[usual]} is ${methodName(usual)}; ${because}.`];
}

/** Weights and gradients in bf16, two 8-bit moments. */
const LEAST_FULL_BYTES = 2 + 2 + 1 + 1;

function whyNot(method: Method, tried: Candidate | undefined, chosen: Candidate, w: Workload): string {
  const size = w.model.architecture.parameterCount;
  if (!tried) {
    if (fromScratch(w)) return "adapters need a base to adapt";
    if (method === "freeze") return "there are labels enough to move every weight";
    if (method === "full" && methodsFor(w).length > 1)
      return `adapters learn about as much from this much data, and full fine-tuning of ${(size / 1e9).toPrecision(2)}B parameters holds ${gib((size * LEAST_FULL_BYTES) / GIB)} of states even with 8-bit AdamW (${LEAST_FULL_BYTES} bytes per parameter)`;
    if (method === "lora" && size < THRESHOLDS.full)
      return "a model this small is trained whole: an adapter would save little";
    return "the method was fixed by the request";
  }
  const needs = tried.quick.reading.neededGib;
  if (tried.quick.refused[0]) return tried.quick.refused[0].text;
  if (tried.quick.status === "does-not-fit" || needs.expected > tried.device.usableGib)
    return `needs ${gib(needs.expected)} of ${gib(tried.device.usableGib)}`;
  if (tried.quick.status === "tight")
    return `tight: up to ${gib(needs.high)} of ${gib(tried.device.usableGib)}; one long batch may end the run`;
  if (tried.usd.expected > chosen.usd.expected * 1.02)
    return `${usd(tried.usd.expected)} against ${usd(chosen.usd.expected)} for the same data`;
  if (tried.hours.expected > chosen.hours.expected * 1.02)
    return `${hours(tried.hours.expected)} against ${hours(chosen.hours.expected)} for the same data`;
  if (method === "qlora") return "4-bit weights are not needed here: LoRA fits";
  if (method === "lora") return "every weight fits, and the model is small enough to move them all";
  return method === "freeze"
    ? "there are labels enough to move every weight"
    : "moving every weight is not needed for this amount of data, and forgets more";
}

import { constant } from "../estimate/constants.ts";
import { GIB } from "../units.ts";
import type { Candidate } from "./candidates.ts";
import type { Decide } from "./context.ts";
import { gib, hours, usd } from "./format.ts";
import type { TrainingSettings } from "./plan.ts";

const TITLES: Record<TrainingSettings["method"], string> = {
  full: "Full fine-tuning",
  lora: "LoRA adapters on a 16-bit base",
  qlora: "QLoRA: adapters on a 4-bit base",
  freeze: "A frozen backbone with a trained head",
};

export const methodTitle = (method: TrainingSettings["method"]): string => TITLES[method];

/** Full, LoRA or QLoRA: by what fits the machine, then quality, time and money. The mission's size thresholds are defaults. */
export const decideMethod: Decide = ({ workload: w, chosen, candidates }) => {
  const size = w.model.architecture.parameterCount;
  const sameMachine = candidates.filter(
    (c) =>
      c.hardware.accelerator.id === chosen.hardware.accelerator.id &&
      c.hardware.offer?.platform === chosen.hardware.offer?.platform,
  );
  const lora = sameMachine.find((c) => c.settings.method === "lora");
  const others = (["lora", "qlora", "full"] as const).filter((m) => m !== chosen.settings.method);
  const memory = chosen.quick.reading.neededGib;
  const usable = chosen.device.usableGib;
  const reasons = [
    `Needs ${gib(memory.expected)} (up to ${gib(memory.high)}) of the ${gib(usable)} that ${chosen.hardware.accelerator.name} can use.`,
    ...WHY[chosen.settings.method],
  ];
  if (chosen.settings.fusedLoss) {
    const logits =
      (chosen.settings.microBatchSize *
        w.sequenceLength *
        (w.model.architecture.vocabSize ?? 128_256) *
        constant.stockLossBytes.value) /
      GIB;
    reasons.push(`The loss runs in chunks (training.fused_loss): the same value, without ${gib(logits)} of logits.`);
  }
  if (w.method === chosen.settings.method) reasons.unshift("You asked for it.");
  if (chosen.settings.method === "lora" && size > 1e9 && size <= 7e9)
    reasons.push(
      "Between 1B and 7B the usual thresholds leave the choice to the numbers: adapters train faster and in less memory.",
    );
  if (chosen.settings.method === "lora" && size > 13e9)
    reasons.push(
      "QLoRA is the usual choice above 13B; here a 16-bit base fits, trains faster and loses nothing to quantisation.",
    );
  if (chosen.settings.method === "qlora" && size <= 13e9)
    reasons.push("Below 13B LoRA would be the usual choice; the memory of this machine decides otherwise.");
  return {
    name: "method",
    choice: chosen.settings.method,
    title: TITLES[chosen.settings.method],
    reasons,
    refused: others.map((method) => ({
      option: method,
      why: whyNot(
        method,
        sameMachine.find((c) => c.settings.method === method),
        chosen,
        size,
      ),
    })),
    flips: [
      ...(lora && chosen.settings.method === "qlora"
        ? [{ when: `the card leaves ${gib(lora.quick.reading.memory.deviceGib.high)} or more to the run`, to: "lora" }]
        : []),
      ...(chosen.settings.method !== "full"
        ? [{ when: "adapters stop improving on your evaluation while the data keeps growing", to: "full" }]
        : []),
    ],
    documents:
      chosen.settings.method === "full"
        ? ["transformers-training"]
        : ["peft", ...(chosen.settings.method === "qlora" ? ["transformers-quantization"] : [])],
  };
};

const WHY: Record<TrainingSettings["method"], string[]> = {
  full: ["The model is small enough to move every weight on this machine."],
  lora: [
    "A 16-bit base is the fastest way to train an adapter, and the adapter is a few hundred MB to version and swap.",
  ],
  freeze: ["With few labels a frozen backbone keeps what it knows; only the head and the last layers are trained."],
  qlora: [
    "The base is held in 4 bits, so the memory goes to your sequences; quality is close to LoRA on most tasks (Dettmers et al. 2023).",
  ],
};

function whyNot(
  method: TrainingSettings["method"],
  tried: Candidate | undefined,
  chosen: Candidate,
  size: number,
): string {
  if (!tried) {
    return method === "full"
      ? `full fine-tuning of ${(size / 1e9).toPrecision(2)}B parameters holds at least ${gib((size * 10) / 2 ** 30)} of states (10 bytes per parameter in pure bf16)`
      : "the method was fixed by the request";
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
  return method === "qlora"
    ? "4-bit weights are not needed here: LoRA fits"
    : "moving every weight is not needed for this amount of data, and forgets more";
}

import type { Catalog } from "../catalog/schema.ts";
import type { Decide } from "./context.ts";
import type { Flip, Risk } from "./plan.ts";
import { isEncoder } from "./recipe.ts";
import type { Workload } from "./workload.ts";

type FrameworkId = "transformers" | "pytorch" | "jax-flax" | "tensorflow-keras" | "classic-ml";

/** Accelerators from which a mesh, and not a wrapper around one device, is the natural way to think of a run. */
const LARGE_MESH = 64;
/** Above this nobody publishes weights for Keras first, and few at all. */
const KERAS_SIZE = 1e9;

/** Names people say, as frameworks of the catalog. Trainers are named by what they are built on. */
const SPOKEN: readonly [FrameworkId, RegExp][] = [
  ["jax-flax", /\bjax\b|\bflax\b|\bmaxtext\b|\bequinox\b/i],
  ["tensorflow-keras", /tensorflow|keras|\btf\b|tflite|litert/i],
  ["classic-ml", /scikit|sklearn|xgboost|lightgbm|catboost/i],
  ["pytorch", /megatron|torchtitan|lightning|litgpt|nanogpt|\bpytorch\b|\btorch\b/i],
  [
    "transformers",
    /transformers|hugging|\bpeft\b|\btrl\b|axolotl|llama-?factory|unsloth|deepspeed|accelerate|diffusers|sentence/i,
  ],
];

/** Trainers that bring a model and a loop of their own: to say one is to say that the loop is theirs. */
const OWN_LOOP = /megatron|torchtitan|nanogpt|litgpt|lightning/i;
/** Models published as PyTorch code of their own, outside Transformers. */
const OUTSIDE = /ultralytics|yolo/i;

const spoken = (w: Workload): FrameworkId | undefined =>
  w.framework === undefined ? undefined : SPOKEN.find(([, p]) => p.test(w.framework!))?.[0];

/** Small enough, and of a kind, that Keras publishes weights for it. */
const kerasFits = (w: Workload): boolean =>
  w.model.architecture.parameterCount < KERAS_SIZE && w.modality !== "diffusion" && w.modality !== "vlm";

const onTpu = (w: Workload): boolean => w.constraints.includes("tpu") || w.hardware.accelerator?.kind === "tpu";

interface Choice {
  id: FrameworkId;
  reasons: string[];
}

/** The framework for a workload, by the mission's table; the first row that applies wins. */
export function frameworkFor(w: Workload): Choice {
  const said = spoken(w);
  const asked = said === undefined ? [] : [`${w.framework} is asked for.`];
  const devices = w.hardware.acceleratorCount ?? 1;
  if (w.modality === "tabular" || said === "classic-ml")
    return {
      id: "classic-ml",
      reasons: [
        ...(said === "classic-ml" ? asked : []),
        "Preprocessing, trees and validation in one pinned stack, on a processor.",
      ],
    };
  if (onTpu(w))
    return {
      id: "jax-flax",
      reasons: [
        "TPUs run what XLA compiles, and JAX is written for it: sharding over the mesh is an annotation, not a library.",
        ...(said === "pytorch" || said === "transformers"
          ? [`You mentioned ${w.framework}: PyTorch/XLA runs there as well, with fewer people behind it.`]
          : []),
      ],
    };
  if (said === "jax-flax")
    return { id: "jax-flax", reasons: [...asked, "Pure functions and explicit state, compiled as one program."] };
  const keras = kerasReason(w, said, asked);
  if (keras) return keras;
  if (w.architecture === "custom")
    return devices >= LARGE_MESH && said === undefined
      ? {
          id: "jax-flax",
          reasons: [`An architecture of your own on a mesh of ${devices}: sharding belongs in the model.`],
        }
      : {
          id: "pytorch",
          reasons: [
            ...(said === "pytorch" ? asked : []),
            "The architecture is your own: a plain module and loop can be read, changed and debugged; a trainer made for published models would be fought.",
          ],
        };
  if (w.framework !== undefined && OWN_LOOP.test(w.framework))
    return { id: "pytorch", reasons: [...asked, "It brings its own model and loop on plain PyTorch."] };
  if (w.task === "pretrain" && devices >= LARGE_MESH && said === undefined)
    return {
      id: "jax-flax",
      reasons: [`Pretraining over ${devices} accelerators: one compiled program over the whole mesh scales furthest.`],
    };
  if (OUTSIDE.test(w.model.id))
    return {
      id: "pytorch",
      reasons: [`${w.model.id} is published as PyTorch code of its own, not in Transformers.`],
    };
  return { id: "transformers", reasons: transformersReasons(w, said) };
}

function kerasReason(w: Workload, said: FrameworkId | undefined, asked: string[]): Choice | undefined {
  if (!kerasFits(w)) return undefined;
  if (said === "tensorflow-keras")
    return { id: "tensorflow-keras", reasons: [...asked, "Keras publishes weights for models of this kind and size."] };
  if (said !== undefined) return undefined;
  if (w.constraints.includes("existing-tensorflow"))
    return {
      id: "tensorflow-keras",
      reasons: ["You run TensorFlow: a SavedModel goes into the serving that stands, with nothing to convert."],
    };
  if (w.deploymentTarget === "mobile" && (w.modality === "vision" || w.modality === "audio"))
    return {
      id: "tensorflow-keras",
      reasons: [
        "The target is a phone: LiteRT (TFLite) takes a Keras model as it is, quantised while converting.",
        ...(w.model.catalogued ? [`Keras has the architecture of ${w.model.id} with published weights.`] : []),
      ],
    };
  return undefined;
}

/** Why the zoo serves: published weights, or, from scratch, a published architecture. */
function whatIsPublished(w: Workload): string {
  if (w.task === "pretrain")
    return `No architecture of your own was named: Transformers builds ${w.model.catalogued ? `that of ${w.model.id}` : `a decoder of ${w.model.id}`} from a config with fresh weights, and what comes out opens in every server.`;
  if (w.modality === "llm" && !isEncoder(w)) {
    const model = w.model.catalogued ? `${w.model.id} is` : `A model of ${w.model.id} to fine-tune is`;
    return `${model} a pretrained decoder: Transformers loads its weights and tokenizer as published, and the chat template where there is one.`;
  }
  return `${w.model.id} is a pretrained model: its weights, processor and training recipe are published for Hugging Face's libraries.`;
}

/** Whether adapters or a quantised base may be part of the plan. */
const mayAdapt = (w: Workload): boolean =>
  w.task !== "pretrain" &&
  w.method !== "full" &&
  !isEncoder(w) &&
  (w.modality === "llm" || w.modality === "vlm" || w.modality === "diffusion");

function transformersReasons(w: Workload, said: FrameworkId | undefined): string[] {
  return [
    whatIsPublished(w),
    mayAdapt(w)
      ? "PEFT, bitsandbytes and Accelerate cover the adapters, quantisation and checkpoints this plan uses without custom code."
      : "Its Trainer covers mixed precision, checkpoints, evaluation and several devices without custom code.",
    ...(said === "pytorch"
      ? [
          `You mentioned ${w.framework}: Transformers is PyTorch; model, checkpoints and profiler stay the ones you know.`,
        ]
      : []),
    ...(said === "tensorflow-keras"
      ? [`You mentioned ${w.framework}: open weights of this size are published for PyTorch.`]
      : []),
  ];
}

/** Every framework can win; the others are refused with what they are for. */
export const decideFramework: Decide = ({ workload }) => describeFramework(workload);

export function describeFramework(w: Workload): ReturnType<Decide> {
  const { id, reasons } = frameworkFor(w);
  return {
    name: "framework",
    choice: id,
    title: titleOf(id, w),
    reasons,
    refused: (Object.keys(REFUSALS) as FrameworkId[])
      .filter((other) => other !== id)
      .map((option) => ({ option, why: REFUSALS[option](w) })),
    flips: FLIPS[id],
    documents: documentsOf(id, w),
  };
}

function titleOf(id: FrameworkId, w: Workload): string {
  switch (id) {
    case "transformers":
      if (w.modality === "diffusion") return "Hugging Face Diffusers with PEFT";
      if (w.modality === "embedding") return "Sentence Transformers on Hugging Face Transformers";
      return mayAdapt(w) ? "Hugging Face Transformers with PEFT" : "Hugging Face Transformers";
    case "pytorch":
      return "PyTorch, with a loop of your own";
    case "jax-flax":
      return "JAX with Flax and Optax";
    case "tensorflow-keras":
      return "Keras on TensorFlow";
    case "classic-ml":
      return "scikit-learn with LightGBM";
    default:
      return id satisfies never;
  }
}

function documentsOf(id: FrameworkId, w: Workload): string[] {
  switch (id) {
    case "transformers":
      if (w.modality === "diffusion") return ["diffusers", "peft"];
      if (w.modality === "embedding") return ["sentence-transformers", "transformers-training"];
      if (w.modality === "vision") return ["transformers-image-classification", "transformers-trainer"];
      return ["transformers-training", "transformers-trainer", ...(mayAdapt(w) ? ["peft"] : [])];
    case "pytorch":
      return ["pytorch", "pytorch-amp"];
    case "jax-flax":
      return ["jax", "flax"];
    case "tensorflow-keras":
      return ["keras", ...(w.deploymentTarget === "mobile" ? ["litert"] : ["tensorflow"])];
    case "classic-ml":
      return ["scikit-learn", "lightgbm"];
    default:
      return id satisfies never;
  }
}

const REFUSALS: Record<FrameworkId, (w: Workload) => string> = {
  transformers: (w) =>
    w.modality === "tabular"
      ? "made for text, images and sound; a table gains nothing from it"
      : w.architecture === "custom"
        ? "its zoo of published models and its Trainer are made for models that exist; yours does not yet"
        : onTpu(w)
          ? "on TPUs it needs PyTorch/XLA, and bitsandbytes and most kernels are missing there"
          : frameworkFor(w).id === "tensorflow-keras"
            ? "version 5 trains PyTorch models only: what serves here would have to be converted"
            : "its Trainer would have to be fought for a loop that is yours",
  pytorch: (w) =>
    w.modality === "tabular"
      ? "a neural network for a table is more work for no gain"
      : "its freedom pays off for custom architectures and research; here it would be a loop to maintain",
  "jax-flax": (w) =>
    `strongest on TPUs and very large meshes; this plan runs on ${(w.hardware.acceleratorCount ?? 1) > 1 ? `${w.hardware.acceleratorCount} GPUs` : w.modality === "tabular" ? "a processor" : "one GPU or a few"}`,
  "tensorflow-keras": (w) =>
    kerasFits(w)
      ? "right where serving is TensorFlow already or the target is TFLite; neither was said"
      : "right where serving is TensorFlow already or the target is TFLite; open weights of this size are published for PyTorch",
  "classic-ml": (w) =>
    isEncoder(w)
      ? "right for tables and forecasts; over text it is the baseline that an encoder has to beat"
      : `right for tables and forecasts; ${w.modality === "vision" ? "a picture" : w.modality === "audio" ? "sound" : "text"} needs a pretrained model`,
};

const FLIPS: Record<FrameworkId, Flip[]> = {
  transformers: [
    { when: "the architecture is your own, or the training loop is the research", to: "pytorch" },
    { when: "you train on TPUs, or over 64 accelerators from scratch", to: "jax-flax" },
  ],
  pytorch: [{ when: "a published model does the work", to: "transformers" }],
  "jax-flax": [{ when: "you train on NVIDIA GPUs from published weights", to: "transformers" }],
  "tensorflow-keras": [
    { when: "serving leaves TensorFlow, or the model grows past a billion parameters", to: "transformers" },
  ],
  "classic-ml": [{ when: "free text, images or sound join the columns", to: "transformers" }],
};

/** What a framework's choice costs that the numbers do not show. */
export function frameworkRisks(w: Workload, catalog: Catalog): Risk[] {
  const { id } = frameworkFor(w);
  if (id !== "jax-flax" && id !== "tensorflow-keras") return [];
  const name = catalog.frameworks.find((f) => f.id === id)?.name ?? id;
  return [
    {
      severity: "medium",
      text: `Memory and speed are estimated for PyTorch's allocator and kernels; ${name} compiles the step with XLA, and no measured run of it stands behind these numbers.`,
      mitigation: "Run two steps with the longest sample first, and read the device's own memory statistics.",
    },
  ];
}

import type { Decide } from "./context.ts";

/** Transformers for every pretrained decoder; the others are refused with what they are for. */
export const decideFramework: Decide = ({ workload: w, catalog }) => {
  const refused = catalog.frameworks
    .filter((f) => f.id !== "transformers")
    .map((f) => ({
      option: f.id,
      why: REFUSALS[f.id] ?? `best for ${f.bestFor.join(", ")}, none of which this workload needs`,
    }));
  return {
    name: "framework",
    choice: "transformers",
    title: "Hugging Face Transformers with PEFT",
    reasons: [
      `${w.model.id} is a pretrained decoder: Transformers loads its weights, tokenizer and chat template as published.`,
      "PEFT, bitsandbytes and Accelerate cover the adapters, quantisation and checkpoints this plan uses without custom code.",
      ...(w.framework !== undefined && !/transformers|hugging|peft|trl/i.test(w.framework)
        ? [`You mentioned ${w.framework}: this version writes Transformers projects only.`]
        : []),
    ],
    refused,
    flips: [
      { when: "the architecture is your own, or the training loop is the research", to: "pytorch" },
      { when: "you train on TPUs", to: "jax-flax" },
    ],
    documents: ["transformers-training", "transformers-trainer", "peft"],
  };
};

const REFUSALS: Record<string, string> = {
  pytorch: "its freedom pays off for custom architectures and research; here it would be a loop to maintain",
  "jax-flax": "strongest on TPUs and very large meshes; this plan runs on one GPU",
  "tensorflow-keras":
    "right where serving is TensorFlow already or the target is TFLite; open LLM weights are published for PyTorch",
};

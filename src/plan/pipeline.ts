import type { Decide } from "./context.ts";
import { count } from "./format.ts";

/** Data: validated JSON Lines on disk; nothing larger is needed at this size. */
export const decideData: Decide = ({ workload: w }) => ({
  name: "data",
  choice: "jsonl-validated",
  title: "JSON Lines, validated before training",
  reasons: [
    `${count(w.exampleCount)} examples fit in memory: files that can be read, diffed and hashed beat a streaming stack.`,
    "Schema, empty rows, lengths, duplicates and train/validation leakage are checked before any GPU time is spent.",
  ],
  refused: [{ option: "streaming", why: "worth its complexity above about a hundred million tokens" }],
  flips: [{ when: "the data no longer fits on the machine's disk", to: "streaming" }],
  documents: ["datasets"],
});

const TRACKERS = {
  tensorboard: { title: "TensorBoard, offline by default", documents: ["transformers-trainer"] },
  wandb: { title: "Weights & Biases, with an offline fallback", documents: ["transformers-trainer"] },
  mlflow: { title: "MLflow, with an offline fallback", documents: ["transformers-trainer"] },
} as const;

/** Tracking: what was asked for, else local; the project gets the chosen tracker's lock and configuration. */
export const decideTracking: Decide = ({ workload: w }) => {
  const offline = w.constraints.some((c) => c === "offline" || c === "air-gapped");
  const choice = offline && w.tracker === "wandb" ? "tensorboard" : (w.tracker ?? "tensorboard");
  const why = {
    tensorboard: "local files, no account",
    wandb: offline
      ? "sends metrics to a service"
      : "the best choice for a team that compares many runs; needs an account: say so and it is wired",
    mlflow: "right where a tracking server stands already: say so and it is wired",
  };
  return {
    name: "tracking",
    choice,
    title: TRACKERS[choice].title,
    reasons: [
      w.tracker === choice
        ? "You asked for it."
        : offline
          ? "Nothing may leave the building: runs are logged to disk."
          : "No account and no key needed for the first run.",
    ],
    refused: (["tensorboard", "wandb", "mlflow"] as const)
      .filter((t) => t !== choice)
      .map((option) => ({ option, why: why[option] })),
    flips: choice === "tensorboard" ? [{ when: "several people compare runs", to: "wandb" }] : [],
    documents: [...TRACKERS[choice].documents],
  };
};

/** Registry: versioned folders with hashes until a team needs more. */
export const decideRegistry: Decide = () => ({
  name: "registry",
  choice: "files",
  title: "Versioned folders with a model card",
  reasons: [
    "Each run writes its weights as safetensors with config, data and code hashes; a promotion gate compares it with the baseline.",
  ],
  refused: [{ option: "hub", why: "publishing is your decision: `scripts/export.py` writes a folder ready to push" }],
  flips: [{ when: "more than one team consumes the model", to: "hub" }],
  documents: ["transformers"],
});

/** Monitoring: the server's own metrics. */
export const decideMonitoring: Decide = ({ workload: w }) => ({
  name: "monitoring",
  choice: "prometheus",
  title: "Prometheus metrics, liveness apart from readiness",
  reasons: [
    w.serving
      ? "Latency, tokens, queue and refusals are exported at /metrics; alerts belong on the queue and on p95 latency."
      : "The server exports /metrics, /healthz and /readyz; training logs are structured JSON.",
  ],
  refused: [],
  flips: [],
  documents: ["fastapi-docker"],
});

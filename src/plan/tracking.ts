import type { Decide } from "./context.ts";
import type { Workload } from "./workload.ts";

type Tracker = "tensorboard" | "wandb" | "mlflow";

const TRACKERS = {
  tensorboard: { title: "TensorBoard, offline by default", documents: ["transformers-trainer"] },
  wandb: { title: "Weights & Biases, with an offline fallback", documents: ["wandb", "transformers-trainer"] },
  mlflow: { title: "MLflow, with an offline fallback", documents: ["mlflow", "transformers-trainer"] },
} as const;

const has = (w: Workload, ...constraints: Workload["constraints"]): boolean =>
  constraints.some((c) => w.constraints.includes(c));

const closed = (w: Workload): boolean => has(w, "offline", "air-gapped");

/** What was asked for, else by who reads the runs and where they may be written. */
export function trackerOf(w: Workload): { choice: Tracker; why: string } {
  if (w.tracker === "wandb" && closed(w))
    return {
      choice: "tensorboard",
      why: "Weights & Biases is asked for, which sends metrics to a service; nothing may leave the building: runs are logged to disk.",
    };
  if (w.tracker !== undefined) return { choice: w.tracker, why: "It is asked for." };
  if (has(w, "managed-mlops"))
    return {
      choice: "mlflow",
      why: "Managed MLOps platforms run MLflow for you: runs, models and their lineage are in one place.",
    };
  if (w.environments.includes("prod") && w.environments.length > 1)
    return {
      choice: "mlflow",
      why: `Models move from ${w.environments.filter((e) => e !== "prod").join(" and ")} to production: runs and registry in one self-hosted place show which run a served model came from.`,
    };
  if (closed(w)) return { choice: "tensorboard", why: "Nothing may leave the building: runs are logged to disk." };
  return { choice: "tensorboard", why: "No account and no key needed for the first run." };
}

/** Tracking: the project gets the chosen tracker's lock and configuration. */
export const decideTracking: Decide = ({ workload: w }) => {
  const { choice, why } = trackerOf(w);
  const guarded = has(w, "hipaa", "gdpr", "soc2", "no-cloud");
  const refusals: Record<Tracker, string> = {
    tensorboard: "local files: no comparison across people, no registry beside it",
    wandb: closed(w)
      ? "sends metrics to a service"
      : guarded
        ? "a hosted service: samples logged by mistake would leave your control; its self-managed server is an enterprise product"
        : "the best choice for a team that compares many runs; needs an account: say so and it is wired",
    mlflow:
      "a server to run and back up: right where one stands already or models are promoted between environments; say so and it is wired",
  };
  return {
    name: "tracking",
    choice,
    title: TRACKERS[choice].title,
    reasons: [why],
    refused: (["tensorboard", "wandb", "mlflow"] as const)
      .filter((t) => t !== choice)
      .map((option) => ({ option, why: refusals[option] })),
    flips:
      choice === "tensorboard"
        ? [
            closed(w) || guarded
              ? { when: "several people compare runs", to: "mlflow" }
              : { when: "several people compare runs", to: "wandb" },
            { when: "a tracking server stands already, or models are promoted between environments", to: "mlflow" },
          ]
        : [],
    documents: [...TRACKERS[choice].documents],
  };
};

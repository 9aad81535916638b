import type { Decide } from "./context.ts";
import type { Decision, ServingPlan } from "./plan.ts";
import { onDevice } from "./targets.ts";
import { trackerOf } from "./tracking.ts";
import type { Workload } from "./workload.ts";

/** What surrounds every model, trained or only served. */
export const aroundServing = (w: Workload, serving: ServingPlan | undefined): Decision[] => [
  registryOf(w, serving, serving?.offer?.platform),
  monitoringOf(w, serving),
  configurationOf(w),
  reproducibilityOf(w),
];

export const decideRegistry: Decide = ({ workload, serving, chosen }) =>
  registryOf(workload, serving, chosen.hardware.offer?.platform);
export const decideMonitoring: Decide = ({ workload, serving }) => monitoringOf(workload, serving);
export const decideConfiguration: Decide = ({ workload }) => configurationOf(workload);
export const decideReproducibility: Decide = ({ workload }) => reproducibilityOf(workload);

const has = (w: Workload, ...constraints: Workload["constraints"]): boolean =>
  constraints.some((c) => w.constraints.includes(c));

type Registry = "files" | "hub" | "mlflow" | "object-store";

const REGISTRIES: Record<Registry, { title: string; documents: string[] }> = {
  files: { title: "Versioned folders with a model card", documents: ["transformers"] },
  hub: { title: "Private repository on the Hugging Face Hub", documents: ["hub-models"] },
  mlflow: { title: "MLflow model registry", documents: ["mlflow"] },
  "object-store": { title: "Versioned bucket in your own cloud account", documents: ["transformers"] },
};

/** Where a promoted model lives: by where data may be, what serves it, and what stands already. */
function registryOf(w: Workload, serving: ServingPlan | undefined, platform: string | undefined): Decision {
  const home = has(w, "offline", "air-gapped", "no-cloud");
  const cloud = has(w, "existing-aws", "existing-gcp", "existing-azure") || w.ownAccount === true;
  const [choice, why]: [Registry, string] =
    trackerOf(w).choice === "mlflow"
      ? [
          "mlflow",
          "Runs are tracked there already: a served model points back to its run, its data hash and its promotion.",
        ]
      : home
        ? ["files", "Nothing may leave the building: a folder with hashes on your own storage, backed up like data."]
        : serving?.deployment === "hf-inference-endpoints" || platform === "hf-jobs"
          ? [
              "hub",
              "The endpoint or job reads and writes Hub repositories: a private one, pinned by commit, is the registry.",
            ]
          : cloud
            ? [
                "object-store",
                "You have a cloud account: a versioned bucket with its access rules and audit log is a registry that costs storage alone.",
              ]
            : [
                "files",
                `${w.phase === "serve" ? "The export holds the weights as safetensors, with the commit they came from and the hash of each file" : "Each run writes its weights as safetensors with config, data and code hashes"}: enough until a second team reads them.`,
              ];
  const refusals: Record<Registry, string> = {
    files: "one machine's disk: others cannot pull from it, and nobody else's backup covers it",
    hub: home
      ? "a service outside the building"
      : has(w, "hipaa", "soc2")
        ? "another processor to sign with; weights trained on protected data may hold some of it"
        : "publishing, even privately, is your decision: `scripts/export.py` writes a folder ready to push",
    mlflow: "a server to run: worth it with MLflow tracking",
    "object-store": home
      ? "a service outside the building"
      : cloud
        ? "a second place beside the tracker, which stands already"
        : "no cloud account was named",
  };
  return {
    name: "registry",
    choice,
    title: REGISTRIES[choice].title,
    reasons: [
      why,
      w.phase === "serve"
        ? "Another version of the model is measured on the golden set before it replaces this one."
        : "A promotion gate compares each candidate with the baseline on the golden set before it is registered.",
    ],
    refused: (Object.keys(REGISTRIES) as Registry[])
      .filter((r) => r !== choice)
      .map((option) => ({ option, why: refusals[option] })),
    flips: choice === "files" ? [{ when: "more than one team consumes the model", to: home ? "mlflow" : "hub" }] : [],
    documents: REGISTRIES[choice].documents,
  };
}

/** What is watched: by what serves. */
function monitoringOf(w: Workload, serving: ServingPlan | undefined): Decision {
  const usual = w.phase === "serve" ? "the first week's lengths" : "the training data's lengths and labels";
  const quality = `Quality is watched beside speed: a sample of answers is scored against the golden set each week, and inputs are compared with ${usual}.`;
  const prometheus = {
    option: "prometheus",
    why: onDevice(w)
      ? "there is no server to scrape"
      : "the platform measures its own containers: a scraper would be one more server to run",
  };
  const logs = { option: "logs-only", why: "nobody reads them before users complain: alerts need numbers" };
  const base = { name: "monitoring" as const, flips: [] };
  if (onDevice(w))
    return {
      ...base,
      choice: "device-telemetry",
      title: "Counters on the device, sent with consent",
      reasons: [
        "Latency, failures and the model's version are counted on the device and sent in batches with consent; never inputs.",
        quality,
      ],
      refused: [prometheus, logs],
      documents: ["onnxruntime"],
    };
  if (serving?.deployment === "hf-inference-endpoints" || serving?.deployment === "modal-functions")
    return {
      ...base,
      choice: "platform-metrics",
      title: "The platform's own metrics, with alerts",
      reasons: [
        serving.deployment === "modal-functions"
          ? "Modal shows calls, cold starts, queue and spend per function: alert on the share of cold starts and on spend."
          : "The endpoint shows requests, latency, errors and replicas: alert on pending requests and on p95 latency.",
        quality,
      ],
      refused: [prometheus, logs],
      documents: serving.deployment === "modal-functions" ? ["modal-guide"] : ["hf-inference-endpoints-autoscaling"],
    };
  return {
    ...base,
    choice: "prometheus",
    title: "Prometheus metrics, liveness apart from readiness",
    reasons: [
      serving?.deployment === "vllm"
        ? "vLLM exports waiting and running requests, time to first token, time per token and cache use at /metrics: alert on waiting requests and on p95 latency."
        : w.serving
          ? "Latency, requests in flight and refusals are exported at /metrics; alerts belong on the queue and on p95 latency."
          : "The server exports /metrics, /healthz and /readyz; training logs are structured JSON.",
      ...(w.serving ? [quality] : []),
    ],
    refused: [
      {
        option: "platform-metrics",
        why: has(w, "offline", "air-gapped", "no-cloud")
          ? "a service outside the building"
          : "knows the machine, not the model's queue and tokens",
      },
      logs,
    ],
    documents: serving?.deployment === "vllm" ? ["vllm"] : ["fastapi-docker"],
  };
}

/** How a run is told what to do. */
function configurationOf(w: Workload): Decision {
  const environments = w.environments.length > 1;
  return {
    name: "configuration",
    choice: "typed-yaml",
    title: `YAML, checked against a typed schema${environments ? `, one overlay for each of ${w.environments.join(", ")}` : ""}`,
    reasons: [
      "One base file with small overlays (train, evaluate, smoke); an unknown key is an error, so a typing mistake never trains for a night.",
      "What a run used is saved beside its weights; secrets come from the environment and are never in a file.",
      ...(environments
        ? ["Environments differ by their overlay and their secrets alone: the code and the image are the same."]
        : []),
    ],
    refused: [
      {
        option: "hydra",
        why: "composes groups of settings and sweeps over them: more machinery than one model and method need",
      },
      { option: "flags", why: "a command line is not versioned with the run, and forty flags are not reviewed" },
      { option: "python-constants", why: "code changes for every experiment, and nobody knows which one ran" },
    ],
    flips: [{ when: "you sweep over several models, data sets and methods at once", to: "hydra" }],
    documents: ["transformers-trainer"],
  };
}

/** What makes a run repeatable, and how far. */
function reproducibilityOf(w: Workload): Decision {
  const audited = has(w, "hipaa", "soc2", "gdpr") || w.environments.includes("prod");
  return {
    name: "reproducibility",
    choice: audited ? "locked-image" : "locked",
    title: audited
      ? "Hashed lock, pinned revisions, seeds, and the image by digest"
      : "Hashed lock, pinned revisions and seeds",
    reasons: [
      "Exact versions with hashes, model and data revisions by commit, one seed for data order, initialisation and dropout, and hashes of code and data in every run's record.",
      audited
        ? "Production or an audit asks which software made a model: training and serving run from images named by digest."
        : "Two runs then agree to the noise of GPU arithmetic, which is what comparing experiments needs.",
    ],
    refused: [
      {
        option: "bitwise",
        why: "deterministic kernels are slower or missing, and another card breaks it all the same: the golden set decides, not the last bit",
      },
      audited
        ? { option: "locked", why: "the system's libraries and driver interface would stay unnamed" }
        : {
            option: "locked-image",
            why: "an image to build and store for each run: worth it in production or under an audit",
          },
    ],
    flips: audited ? [] : [{ when: "the model goes to production or is audited", to: "locked-image" }],
    documents: ["docker-compose-gpu"],
  };
}

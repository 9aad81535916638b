import { vllmPassTokens } from "../estimate/serving.ts";
import { assumed } from "../plan/assumptions.ts";
import type { ServingPlan } from "../plan/plan.ts";
import { GIB } from "../units.ts";
import { choiceOf, type ProjectContext } from "./context.ts";
import { isServedByVllm, madeWeights } from "./quantised.ts";
import { servingDtype } from "./settings.ts";
import type { YamlEdit, YamlScalar } from "./yaml-edit.ts";

/** A file of the chosen deployment that the plan fills. */
export interface DeploymentFile {
  path: string;
  edits: YamlEdit[];
  /** Keys at the root that this deployment has no use for. */
  without?: readonly string[];
}

/** What the plan says to the deployment that the project has: its own files, under their own keys. */
export function deploymentSettings(context: ProjectContext): DeploymentFile[] {
  switch (choiceOf(context, "deployment")?.used?.id) {
    case "fastapi-docker":
      return kubernetes(context, "docker");
    case "vllm":
      return [engine(context), ...compressor(context), ...kubernetes(context, "vllm")];
    case "hf-inference-endpoints":
      // Its official image has none of the project's code: the platform stands where the guard does elsewhere.
      return [{ ...engine(context), without: ["middleware"] }, ...compressor(context), endpoint(context)];
    case "modal-functions":
      return [engine(context), ...compressor(context), modal(context)];
    default:
      return [];
  }
}

/** `max_concurrent_requests` → path and value; numbers in paths are places in a list. */
const edits = (values: Readonly<Record<string, YamlScalar | undefined>>): YamlEdit[] =>
  Object.entries(values).flatMap(([path, value]) => (value === undefined ? [] : [{ path: path.split("|"), value }]));

const onProcessors = (s: ServingPlan): boolean => s.accelerator.id === "cpu";

/** Weights once as they are read, and room for the process: what a container asks for of the host. */
function hostGib({ workload }: ProjectContext, s: ServingPlan): number {
  const bytesEach = onProcessors(s) ? 4 : 2;
  return Math.ceil((workload.model.architecture.parameterCount * bytesEach) / GIB) + 8;
}

/** The slow end of a cold start twice over: a start that is slow is not a start that failed. */
const startSeconds = (s: ServingPlan): number => Math.max(600, Math.ceil((2 * s.coldStartSeconds.high) / 60) * 60);

/** Whether vLLM answers; else the project's own code does. */
export const servedByVllm = (context: ProjectContext): boolean =>
  isServedByVllm(context.plan, choiceOf(context, "deployment")?.used?.id);

/** The 4-bit weights that this project makes for its engine; undefined where it serves the export. */
export const madeByProject = (context: ProjectContext): ReturnType<typeof madeWeights> =>
  choiceOf(context, "quantisation")?.used && madeWeights(context.plan, choiceOf(context, "deployment")?.used?.id);

/** How the weights are made of the export, and into which folder. */
function compressor(context: ProjectContext): DeploymentFile[] {
  const made = madeByProject(context);
  if (made === undefined) return [];
  return [{ path: "scripts/compressor/settings.yaml", edits: edits({ method: made.method, output: made.folder }) }];
}

/** vLLM's own arguments (0.33). What the plan counted on is what it gets; weights in 4 bit lie in a folder of their own. */
function engine(context: ProjectContext): DeploymentFile {
  const { serving: s } = context.plan;
  const { modality } = context.workload;
  // What answers in one pass writes no tokens, and is not vLLM's: the file's own limits stay.
  const longest = s && s.longestRequest.outputTokens > 0 ? s.longestRequest : undefined;
  const sequences = s && Math.max(1, Math.floor(s.maxConcurrentRequests));
  return {
    path: "inference/vllm/engine.yaml",
    edits: edits({
      model: madeWeights(context.plan, choiceOf(context, "deployment")?.used?.id)?.folder,
      "served-model-name": context.projectName,
      dtype: { bf16: "bfloat16", fp16: "float16", fp32: "float32" }[servingDtype(context)],
      quantization: s?.baseQuantization === "fp8" ? "fp8" : null,
      "max-model-len": longest && longest.promptTokens + longest.outputTokens,
      "max-num-seqs": sequences,
      "max-num-batched-tokens": s && Math.max(vllmPassTokens(s.accelerator), sequences!),
      "gpu-memory-utilization": assumed.memoryUtilisation.value,
      "tensor-parallel-size": s?.acceleratorCountPerReplica,
      "override-generation-config|max_new_tokens": longest?.outputTokens,
      "limit-mm-per-prompt|image": modality === "vlm" ? 1 : 0,
      "limit-mm-per-prompt|audio": modality === "audio" ? 1 : 0,
    }),
  };
}

function kubernetes(context: ProjectContext, folder: "docker" | "vllm"): DeploymentFile[] {
  const { projectName, plan, workload } = context;
  const { serving: s } = plan;
  const file = (name: string, values: Parameters<typeof edits>[0]): DeploymentFile => ({
    path: `inference/${folder}/kubernetes/${name}.yaml`,
    edits: edits(values),
  });
  const cards = s && (onProcessors(s) ? 0 : s.acceleratorCountPerReplica);
  const container = "spec|template|spec|containers|0";
  // Own cards are as many as there are: with none to spare, a new version that waits for a free one waits for ever.
  const inPlace =
    s?.owned && (s.autoscaling.minReplicas + 1) * (cards ?? 0) > (workload.hardware.acceleratorCount ?? 1);
  return [
    file("kustomization", {
      namePrefix: `${projectName}-`,
      "labels|0|pairs|app.kubernetes.io/instance": projectName,
      "images|0|newTag": folder === "docker" && cards === 0 ? "cpu" : undefined,
    }),
    file("autoscaler", {
      "spec|minReplicas": s && Math.max(1, s.autoscaling.minReplicas),
      "spec|maxReplicas": s && Math.max(1, s.autoscaling.maxReplicas),
      "spec|metrics|0|pods|target|averageValue": s && String(s.autoscaling.targetConcurrentRequests),
    }),
    file("deployment", {
      "spec|strategy|rollingUpdate|maxUnavailable": inPlace ? 1 : undefined,
      "spec|strategy|rollingUpdate|maxSurge": inPlace ? 0 : undefined,
      [`${container}|startupProbe|failureThreshold`]: s && startSeconds(s) / 10,
      [`${container}|resources|requests|memory`]: s && `${hostGib(context, s)}Gi`,
      [`${container}|resources|limits|memory`]: s && `${hostGib(context, s)}Gi`,
      [`${container}|resources|requests|nvidia.com/gpu`]: cards,
      [`${container}|resources|limits|nvidia.com/gpu`]: cards,
    }),
  ];
}

/** Regions of Inference Endpoints: huggingface.co/docs/inference-endpoints/support/faq (read 2026-11). */
const REGIONS: Readonly<Record<string, string>> = { aws: "us-east-1", gcp: "us-east4", azure: "eastus" };
const IN_EUROPE = { vendor: "aws", region: "eu-west-1" } as const;

function endpoint(context: ProjectContext): DeploymentFile {
  const { serving: s } = context.plan;
  const european = context.workload.constraints.some((c) => c === "eu-only" || c === "gdpr");
  const offer = s?.offer?.platform === "hf-inference-endpoints" ? s.offer : undefined;
  const [, type, size] = /^(.+)-(x\d+)$/.exec(offer?.instanceType ?? "") ?? [];
  const vendor = european ? IN_EUROPE.vendor : (offer?.vendor ?? "aws");
  const engineName = servedByVllm(context) ? "vllm" : "handler";
  return {
    path: "inference/endpoints/endpoint.yaml",
    edits: edits({
      name: endpointName(context.projectName),
      engine: engineName,
      vendor,
      region: european ? IN_EUROPE.region : REGIONS[vendor],
      accelerator: engineName === "handler" && s !== undefined && onProcessors(s) ? "cpu" : "gpu",
      instance_type: type,
      instance_size: size,
      usd_per_hour: offer?.usdPerHour,
      min_replica: s && Math.max(1, s.autoscaling.minReplicas),
      max_replica: s && Math.max(1, s.autoscaling.maxReplicas),
      pending_requests: s?.autoscaling.targetConcurrentRequests,
    }),
  };
}

/** At most 32 letters, digits and hyphens, as the platform wants it. */
const endpointName = (projectName: string): string =>
  projectName
    .replace(/[^a-z0-9-]+/g, "-")
    .slice(0, 32)
    .replace(/-+$/, "");

/** Values of gpu=: modal.com/docs/guide/gpu (read 2026-11); a test holds them to `catalog/launch-names.json`. */
const MODAL_CARDS: Readonly<Record<string, string>> = {
  t4: "T4",
  l4: "L4",
  a10: "A10",
  l40s: "L40S",
  "a100-40gb-sxm": "A100-40GB",
  "a100-80gb-sxm": "A100-80GB",
  "rtx-pro-6000-blackwell": "RTX-PRO-6000",
  "h100-80gb-sxm": "H100",
  "h200-141gb-sxm": "H200",
  "b200-sxm": "B200",
};

function modal(context: ProjectContext): DeploymentFile {
  const { plan, projectName } = context;
  const { serving: s } = plan;
  return {
    path: "inference/modal/modal.yaml",
    edits: edits({
      app: `${projectName}-serving`,
      engine: servedByVllm(context) ? "vllm" : "project",
      gpu: s && (onProcessors(s) ? null : (MODAL_CARDS[s.accelerator.id] ?? undefined)),
      gpu_count: s?.acceleratorCountPerReplica,
      memory_mib: s && hostGib(context, s) * 1024,
      min_containers: s?.autoscaling.minReplicas,
      max_containers: s && Math.max(1, s.autoscaling.maxReplicas),
      scaledown_window_seconds: s?.autoscaling.idleSeconds,
      max_inputs: s && Math.max(1, Math.floor(s.maxConcurrentRequests)),
      target_inputs:
        s && Math.max(1, Math.min(s.autoscaling.targetConcurrentRequests, Math.floor(s.maxConcurrentRequests))),
      startup_timeout_seconds: s && startSeconds(s),
      volume: `${projectName}-models`,
      secret_name: `${projectName}-serving`,
    }),
  };
}

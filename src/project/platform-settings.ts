import { constant } from "../estimate/constants.ts";
import type { Launch, ServingPlan } from "../plan/plan.ts";
import { choiceOf, type PlannedRun, type ProjectContext, planName } from "./context.ts";
import { diskGb } from "./machine.ts";
import { oneLine } from "./markdown.ts";
import { tracker } from "./settings.ts";
import { cutYaml, editYaml, type YamlEdit, type YamlScalar } from "./yaml-edit.ts";

/**
 * Stands where no dated fact says what the platform calls the machine. The project's code sends nothing while it is
 * there, and says where the name is found: a guessed one rents another machine or none.
 */
export const TO_CHOOSE = "to-be-chosen";

/** What a plan writes for a platform: values for keys that the file has, and what it leaves out. */
interface PlatformFile {
  path: string;
  edits: YamlEdit[];
  cut?: string[];
}

/** By the id of the part that is in the project. */
const FILES: Readonly<Record<string, (run: PlannedRun) => PlatformFile>> = {
  "hf-jobs": hfJobs,
  modal,
  lambda,
  sagemaker,
  skypilot,
};

/** The settings of the platform's part, with this plan's values: path → text. */
export function platformSettings(context: ProjectContext): Map<string, string> {
  const part = choiceOf(context, "platform")?.used;
  const file = part && FILES[part.id]?.(context);
  const text = file && context.template.files.get(file.path);
  if (file === undefined || text === undefined) return new Map();
  const edited = editYaml(file.path, text, file.edits);
  const whole = file.cut === undefined ? edited : cutYaml(file.path, edited, file.cut);
  return new Map([[file.path, `${header(context)}\n#\n${whole}`]]);
}

function header({ plan }: ProjectContext): string {
  const { name, source, asOf } = plan.launch ?? {};
  const lines = [
    `Written by ml-architect ${plan.plannerVersion} from plan ${planName(plan)}; the reasons are in PLAN.md.`,
    ...(name === undefined
      ? [`No dated fact says what the platform calls this machine: put its name where "${TO_CHOOSE}" stands.`]
      : [`The machine's name "${name}" is from ${source} (${asOf}).`]),
    "An update of the project keeps what you edit here.",
  ];
  return lines.map((line) => `# ${oneLine(line)}`).join("\n");
}

const edit = (path: string, value: YamlScalar): YamlEdit => ({ path: path.split("."), value });
const named = (launch: Launch | undefined): string => launch?.name ?? TO_CHOOSE;

/** Of one machine of the plan. */
const devicesPerNode = ({ hardware }: PlannedRun): number =>
  Math.ceil((hardware?.acceleratorCount ?? 1) / (hardware?.nodeCount ?? 1));

/** The longest the plan expects a run to take; a day where it has no time. */
const longestHours = ({ plan }: PlannedRun): number => Math.max(1, Math.ceil(plan.time?.trainHours.high ?? 24));

/** Whether a run reads a key from its environment: of a gated model, or of a tracker. */
const needsKeys = (run: PlannedRun): boolean =>
  run.workload.model.gated === true || ["wandb", "mlflow"].includes(tracker(run));

/** A project's name where a platform takes fewer characters. */
const shortened = (name: string, most: number): string => name.slice(0, most).replace(/-+$/, "");

function modal(run: PlannedRun): PlatformFile {
  const count = devicesPerNode(run);
  return {
    path: "platforms/modal/settings.yaml",
    edits: [
      edit("app", run.projectName),
      edit("gpu", named(run.plan.launch)),
      edit("gpu_count", count),
      // What the plan's price holds beside each accelerator.
      edit("cpu_cores", 4 * count),
      edit("memory_gib", Math.max(32 * count, Math.ceil(run.plan.memory?.hostGib.high ?? 0))),
      // One attempt lasts a day at most; ten more for interruptions.
      edit("max_retries", Math.ceil(longestHours(run) / 24) + 9),
      edit("secret_name", needsKeys(run) ? run.projectName : null),
    ],
  };
}

function hfJobs(run: PlannedRun): PlatformFile {
  return {
    path: "platforms/hf_jobs/settings.yaml",
    edits: [
      edit("name", shortened(run.projectName, 40)),
      edit("flavor", named(run.plan.launch)),
      // Twice the slow end of the plan: a run that takes longer is not the planned one.
      edit("timeout_hours", 2 * longestHours(run)),
    ],
  };
}

function lambda({ plan, hardware, projectName }: PlannedRun): PlatformFile {
  const offer = hardware?.offer;
  return {
    path: "platforms/lambda_cloud/settings.yaml",
    edits: [
      edit("instance_type", named(plan.launch)),
      edit("region", offer === undefined || offer.region === "any" ? null : offer.region),
      ...(offer === undefined ? [] : [edit("max_usd_per_hour", offer.usdPerHour)]),
      edit("name", shortened(projectName, 40)),
    ],
  };
}

function sagemaker(run: PlannedRun): PlatformFile {
  const { plan, hardware } = run;
  const offer = hardware?.offer;
  const serving = plan.serving?.offer?.platform === "sagemaker" ? plan.serving.offer : undefined;
  const region = [offer?.region, serving?.region].find((name) => name !== undefined && name !== "any");
  // Twice the slow end of the plan: a run that takes longer is not the planned one. SageMaker's most is 28 days.
  const hours = Math.min(672, 2 * longestHours(run));
  return {
    path: "platforms/sagemaker/settings.yaml",
    edits: [
      edit("project", shortened(run.projectName, 31)),
      edit("region", region ?? TO_CHOOSE),
      edit("training.instance_type", named(plan.launch)),
      edit("training.instance_count", hardware?.nodeCount ?? 1),
      edit("training.volume_gib", diskGb(run)),
      edit("training.max_run_hours", hours),
      edit("training.spot", offer?.pricing === "spot"),
      edit("training.max_wait_hours", 2 * hours),
      edit("training.secret_name", needsKeys(run) ? `${shortened(run.projectName, 31)}-keys` : null),
      edit("endpoint.instance_type", serving?.instanceType ?? TO_CHOOSE),
      ...endpointScaling(serving === undefined ? undefined : plan.serving),
      edit("endpoint.startup_seconds", startupSeconds(run)),
      ...(plan.serving?.accelerator.id === "cpu" ? [edit("endpoint.ami_version", null)] : []),
    ],
  };
}

/** The default for endpoints (docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-prerequisites.html). */
const AWS_COOLDOWN_SECONDS = 300;

/** How many machines of an endpoint always stand; ours scale to one at the least. */
export const leastInstances = (serving: ServingPlan): number => Math.max(1, serving.autoscaling.minReplicas);

/** Each machine runs one server, so machines are replicas; on a machine that nobody chose yet nothing is scaled. */
function endpointScaling(serving: ServingPlan | undefined): YamlEdit[] {
  if (serving === undefined) return [edit("endpoint.min_instances", 1), edit("endpoint.max_instances", 1)];
  const { maxReplicas } = serving.autoscaling;
  const least = leastInstances(serving);
  const { metric, target } = endpointTarget(serving);
  return [
    edit("endpoint.min_instances", least),
    edit("endpoint.max_instances", Math.max(least, maxReplicas)),
    edit("endpoint.scale_on", metric),
    edit("endpoint.target_per_instance", target),
    // A machine that was added takes no load before its weights are there; how long it takes to come no plan knows.
    edit(
      "endpoint.scale_out_cooldown_seconds",
      Math.max(AWS_COOLDOWN_SECONDS, Math.ceil(serving.coldStartSeconds.high)),
    ),
  ];
}

/**
 * What is in flight is the plan's target, and CloudWatch has it as a peak only (statistics Min and Max of
 * ConcurrentRequestsPerModel). A server that takes one request at a time has peaks of two at any load: there the
 * planned rate of a replica says the same as an average.
 */
function endpointTarget(s: ServingPlan): { metric: string; target: number } {
  if (s.maxConcurrentRequests > 1)
    return { metric: "concurrent_requests", target: s.autoscaling.targetConcurrentRequests };
  const perMinute = 60 * s.requestsPerSecondPerReplica.expected * constant.plannedUtilisation.value;
  return { metric: "requests_per_minute", target: Number(perMinute.toPrecision(3)) };
}

/** Twice the slow end of the plan's cold start, within what SageMaker takes. */
const startupSeconds = ({ plan }: PlannedRun): number =>
  Math.min(3600, Math.max(300, 2 * Math.ceil(plan.serving?.coldStartSeconds.high ?? 450)));

function skypilot(run: PlannedRun): PlatformFile {
  const { plan, hardware } = run;
  const reached = plan.launch?.skypilot;
  const offer = hardware?.offer;
  const spot = offer?.pricing === "spot";
  const bound = run.workload.constraints.some((c) => c === "eu-only" || c === "gdpr");
  // A cluster of Kubernetes is one place; a spot machine may be found in any region unless data is bound to one.
  const anywhere = offer === undefined || offer.region === "any" || reached?.infra === "k8s" || (spot && !bound);
  const bucketless = reached?.mountsBuckets === false;
  const infra = reached === undefined ? TO_CHOOSE : anywhere ? reached.infra : `${reached.infra}/${offer.region}`;
  return {
    path: "platforms/skypilot/task.yaml",
    edits: [
      edit("name", run.projectName),
      edit("num_nodes", hardware?.nodeCount ?? 1),
      edit("resources.infra", infra),
      edit("resources.accelerators", `${named(plan.launch)}:${offer?.acceleratorCount ?? devicesPerNode(run)}`),
      edit("resources.use_spot", spot),
      edit("resources.disk_size", diskGb(run)),
      ...(bucketless ? [edit("envs.CHECKPOINT_URL", "")] : []),
    ],
    ...(bucketless ? { cut: ["file_mounts"] } : {}),
  };
}

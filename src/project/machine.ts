import { choiceOf, command, decision, type PlannedRun, type ProjectContext } from "./context.ts";
import { cudaNeeds } from "./driver.ts";
import { code, list, page, sentence } from "./markdown.ts";
import { isStandIn } from "./parts.ts";
import { usd } from "./quantities.ts";
import { maxDevices, type TemplatePart } from "./template.ts";

/** What is said first where the plan counts on more devices than the template's training uses. */
export function fewerDevices(context: ProjectContext): string | undefined {
  const planned = context.hardware?.acceleratorCount ?? 1;
  const used = maxDevices(context.template);
  if (planned <= used) return undefined;
  return `**The plan counts on ${planned} devices, this version's training uses ${used}**: memory stays as planned, but the run takes about ${planned / used} times as long as below. Rent ${used}, or bring your own launcher.`;
}

/** What the machine must have before the first command. */
export function requirements(context: ProjectContext): string {
  const { hardware, plan, template } = context;
  const needs = cudaNeeds(template.files.get("requirements.lock") ?? "");
  const card = hardware?.accelerator ?? plan.serving?.accelerator;
  const count = hardware?.acceleratorCount ?? plan.serving?.acceleratorCountPerReplica ?? 1;
  const driver = needs
    ? `NVIDIA driver ${needs.driver} or newer (\`nvidia-smi\` shows it). PyTorch brings CUDA ${needs.cuda} with it: no CUDA toolkit has to be installed.`
    : "An NVIDIA driver that suits the pinned PyTorch (`nvidia-smi` shows it). PyTorch's wheels bring CUDA with them: no toolkit has to be installed.";
  return list([
    `Python ${template.manifest.python} on Linux (the locks were resolved for it); \`.python-version\` names it for pyenv and uv.`,
    card
      ? `${count} x ${card.name}, ${card.memoryGib} GB each${hardware && hardware.nodeCount > 1 ? `, on ${hardware.nodeCount} machines` : ""}. The checks below run on any CPU.`
      : "An accelerator as in PLAN.md. The checks below run on any CPU.",
    driver,
    `${diskGb(context)} GB of free disk for packages, the base model${context.training ? ", checkpoints and the export" : " and its export"}; a container image takes more.`,
    ...(hardware?.hostMemoryGib ? [`${hardware.hostMemoryGib} GiB of host memory (the plan counts on it).`] : []),
  ]);
}

/**
 * 10 GB of packages; the base once as downloaded and once merged at 2 bytes a parameter; two checkpoints, and the
 * third that is whole before the oldest of them goes.
 */
export function diskGb(context: PlannedRun): number {
  const weights = (2 * context.workload.model.architecture.parameterCount) / 1e9;
  // A full checkpoint holds weights and two states as they are trained; an adapter's is a few hundred megabytes.
  const trained = context.training?.dtype === "bf16" ? 1 : 2;
  const checkpoint = context.training?.method === "full" ? 3 * trained * weights : 1;
  return Math.ceil((10 + 2 * weights + 3 * checkpoint) / 5) * 5;
}

/** Where the run happens: the part for the platform, or the same project by hand on the machine that was chosen. */
export function whereItRuns(context: ProjectContext): string {
  const choice = choiceOf(context, "platform");
  const asked = decision(context.plan, "platform");
  if (choice !== undefined && isStandIn(choice))
    return byHand(context, asked?.title ?? asked?.choice ?? "the platform");
  // The project's own launcher stands below: the platform's command would be a second way.
  const reasons = (asked?.reasons ?? []).filter((reason) => !/^Launch (?:directly|through)\b/.test(reason));
  return page(
    `Chosen: **${sentence(asked?.title ?? "this machine")}**. ${reasons.map(sentence).join(" ")}`,
    launching(context),
  ).trimEnd();
}

/** The platform's part in the project: how it starts the run, and what is still to be done by a person. */
function launching(context: ProjectContext): string | undefined {
  const part = choiceOf(context, "platform")?.used;
  const launcher = launcherOf(part);
  const paths = part?.paths.filter((path) => path.startsWith("platforms/")) ?? [];
  if (launcher === undefined) return paths.length === 0 ? undefined : `See ${paths.map(code).join(", ")}.`;
  const { offer } = context.hardware ?? {};
  const { launch } = context.plan;
  return list([
    `Start it: ${code(command(context, ["launch"], launcher))} (${code(launcher)}). What it needs first, its other commands and what it costs to forget: ${code(`${paths[0]}README.md`)}.`,
    ...(offer && launch?.name === undefined
      ? [
          `**Choose the machine**: no dated fact says what this platform calls ${code(offer.instanceType)}. The launcher stops until the name stands in ${code(paths[0] ?? "")}, and says where to find it.`,
        ]
      : []),
    ...(launch?.skypilot?.mountsBuckets === false
      ? [
          "No bucket can be mounted there: an interrupted run starts from the beginning, so on-demand machines only; fetch the results before the machine ends itself.",
        ]
      : []),
    "On any other Linux machine with the driver: `scripts/launch_local.sh`.",
  ]);
}

/** The script that starts the run where the plan put it; undefined for this machine. */
export const launcherOf = (part: TemplatePart | undefined): string | undefined =>
  part?.paths.find((path) => /^scripts\/launch_\w+\.(sh|py)$/.test(path) && path !== "scripts/launch_local.sh");

/** The arguments of a run beside the main one: where it keeps its own checkpoints, baseline and measures. */
export function apart(context: ProjectContext, name: string): string {
  const kept = (folder: string) => `--set project.output_dir=${folder}/${name}`;
  switch (choiceOf(context, "platform")?.used?.id) {
    case "sagemaker":
      return `--run ${name}`;
    case "modal":
      return kept("/outputs");
    case "skypilot":
      return kept(context.plan.launch?.skypilot?.mountsBuckets === false ? "outputs" : "/checkpoints");
    default:
      return kept("outputs");
  }
}

function byHand(context: ProjectContext, title: string): string {
  const offer = context.hardware?.offer;
  const install = command(context, ["install", "setup"], "python -m pip install --require-hashes -r requirements.lock");
  const train = command(context, ["train"], "python scripts/train.py");
  const machine = offer
    ? `Rent ${code(offer.instanceType)} in ${code(offer.region)} (${offer.pricing}, ${usd(offer.usdPerHour)} an hour on ${offer.asOf}).`
    : "Rent the machine that PLAN.md names.";
  return page(
    `Chosen: **${sentence(title)}**. This version has no launcher for it, so the project runs there by hand: it is the same on every Linux machine with the driver.`,
    [
      `1. ${machine} Choose an image with the NVIDIA driver and Python ${context.template.manifest.python}.`,
      `2. Copy the project: ${code(`rsync -a --exclude .venv --exclude outputs --exclude '.env*' ./ USER@HOST:${context.projectName}/`)}. Send keys apart from it, never inside the folder.`,
      `3. On the machine: ${code(`cd ${context.projectName} && ${install}`)}, then put the keys into \`.env\` (see SECURITY.md).`,
      `4. Start the run so that it outlives your connection: ${code(`tmux new -s train '${train}'`)}. After a break it goes on from its last checkpoint.`,
      `5. Copy \`outputs/\` and \`models/\` back, then **end the machine**: it costs ${offer ? usd(offer.usdPerHour) : "money"}${offer ? " an hour" : ""} whether it works or not.`,
    ].join("\n"),
  ).trimEnd();
}

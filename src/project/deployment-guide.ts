import { growthText } from "../plan/names.ts";
import type { ServingPlan } from "../plan/plan.ts";
import { mostUsdPerHour } from "../plan/serving-cost.ts";
import type { Workload } from "../plan/workload.ts";
import { choiceOf, command, decision, type ProjectContext } from "./context.ts";
import { madeByProject } from "./deployment-settings.ts";
import { isText } from "./example.ts";
import { launcherOf } from "./machine.ts";
import { code, list, page, sentence } from "./markdown.ts";
import { isStandIn } from "./parts.ts";
import { counted, number, ranged, seconds, usd, writes } from "./quantities.ts";
import { endpointSteps, onSageMaker } from "./sagemaker-endpoint.ts";

/** README's part on serving: the way that was chosen, its steps in order, and what to expect. */
export function deploymentGuide(context: ProjectContext): string {
  const chosen = decision(context.plan, "deployment");
  const part = choiceOf(context, "deployment");
  const { serving } = context.plan;
  const most = serving && mostUsdPerHour(serving);
  const notYet =
    part && isStandIn(part)
      ? `This version has no files for **${sentence(chosen?.title ?? "it")}**: the project serves with ${part.used ? code(part.used.id) : "its own server"}, behind the same request schema; handoff/deployment-engineer.md has the numbers for the chosen way.`
      : undefined;
  return page(
    "## Deployment",
    chosen
      ? `Chosen: **${sentence(chosen.title)}**. ${chosen.reasons.map(sentence).join(" ")}`
      : "Nobody asked for serving; the project can serve all the same.",
    notYet,
    steps(context)
      .map((step, at) => `${at + 1}. ${step}`)
      .join("\n"),
    serving &&
      list([
        `Planned for ${code(serving.engine)}: ${requestLimits(context.workload, serving)}. The project's own server takes its limits from configs/serve.yaml.`,
        `Expected: ${answerTimes(serving)}, ${ranged(serving.requestsPerSecondPerReplica, number)} requests/s a replica, cold start ${ranged(serving.coldStartSeconds, seconds)}.`,
        `${counted(serving.replicas, "replica")} of ${serving.acceleratorCountPerReplica} x ${serving.accelerator.name} for what was asked.`,
        `Autoscaling: ${growthText(serving.autoscaling)}${most === undefined ? "" : `; at most ${usd(most)} an hour (COSTS.md)`}.`,
        ...serving.notes.map(sentence),
      ]),
  ).trimEnd();
}

/** What the server is planned to take: "768 tokens of prompt and answer, 16 requests at a time; the longest ...". */
export function requestLimits(workload: Workload, serving: ServingPlan): string {
  const { contextLength, longestRequest: longest } = serving;
  const atATime = `${counted(serving.maxConcurrentRequests, "request")} at a time`;
  if (!isText(workload)) return atATime;
  const typical = `${number(contextLength)} tokens${writes(serving) ? " of prompt and answer" : " a text"}, ${atATime}`;
  return longest.promptTokens + longest.outputTokens > contextLength
    ? `${typical}; the longest may bring ${number(longest.promptTokens)} tokens and be answered with ${number(longest.outputTokens)}`
    : typical;
}

/** The command that writes the weights to serve: what was trained, or the base as published. */
export function fetching(context: ProjectContext): string {
  const exporting = command(context, ["export"], "python scripts/export.py");
  if (context.training) return exporting;
  return context.targets.has("export") ? `${exporting} ARGS=--base` : `${exporting} --base`;
}

/** Whether the run is launched on another machine, and its results are fetched into a folder of their own. */
const isRented = (context: ProjectContext): boolean => launcherOf(choiceOf(context, "platform")?.used) !== undefined;

/** From the trained model to a load test, by what the project has. */
function steps(context: ProjectContext): string[] {
  const exported = context.training
    ? [
        `Export the model: ${code(fetching(context))}${isRented(context) ? '. It reads `outputs/`; after a run on a rented machine name the folder that was fetched, here and in `make register`: `ARGS="--set project.output_dir=FOLDER"`' : ""}.`,
      ]
    : [
        `Judge the model on examples of your own before anybody relies on it: ${code(command(context, ["data"], "python scripts/prepare_data.py"))}, then ${code(command(context, ["baseline"], "python scripts/evaluate.py --baseline"))} (data/README.md shows their format).`,
        `Fetch the model: ${code(fetching(context))} loads the pinned revision and writes it as it is served, with the hash of each file. Weights of your own: put their folder into serving.model_path in configs/serve.yaml instead.`,
      ];
  const loadTest = (address?: string): string[] =>
    context.targets.has("load-test")
      ? [
          `${code(address === undefined ? "make load-test" : `make load-test ARGS="--url ${address}"`)} sends the plan's load and prints what was predicted beside what is measured.`,
        ]
      : [];
  switch (choiceOf(context, "deployment")?.used?.id) {
    case "vllm":
      return [
        ...exported,
        ...quantise(context),
        "`make check-vllm` compares the weights with the engine's arguments in `inference/vllm/engine.yaml`.",
        ...endpointSteps(context),
        `${onSageMaker(context) ? "Elsewhere than on SageMaker: set" : "Set"} \`API_KEY\` in the environment; \`make image-vllm\` builds the image, and the head of \`inference/vllm/Dockerfile\` shows how to run it. vLLM has an environment of its own: nothing of it is in this project's.`,
        "Wait for readiness: `/health` answers only once the engine has loaded.",
        ...loadTest(),
        "On Kubernetes: `kubectl apply -k inference/vllm/kubernetes`; `inference/vllm/README.md` says what it needs.",
        ownServer(context),
      ];
    case "hf-inference-endpoints":
      return [
        ...exported,
        ...quantise(context),
        "Set `HF_TOKEN` in the environment (SECURITY.md says which rights it needs), look over `inference/endpoints/endpoint.yaml`.",
        "`make endpoint-push` puts the weights into a private repository; `make endpoint` creates the endpoint with exactly that commit, after it has compared machine, quota and price.",
        "`make endpoint-status` until it runs.",
        ...loadTest("ADDRESS"),
        "**Stop it when you do not need it**: `make endpoint-pause`. It bills by the hour that it stands.",
        ownServer(context),
      ];
    case "modal-functions":
      return [
        ...exported,
        ...quantise(context),
        "Log in once with `.venv/bin/modal token new`; make the secret that `inference/modal/modal.yaml` names with `API_KEY` in it (`inference/modal/README.md`).",
        "`make modal-upload` puts the weights into a volume, `make modal-deploy` deploys and prints the address.",
        ...loadTest("ADDRESS"),
        ownServer(context),
      ];
    default:
      return [
        ...exported,
        `Set \`API_KEY\` in the environment and start: ${code(command(context, ["serve"], "python -m inference"))}. On any address but loopback it does not start without the key.`,
        "Wait for readiness: liveness is true at once, readiness only after the weights are loaded.",
        ...container(context),
        ...endpointSteps(context),
        ...loadTest(),
      ];
  }
}

const ownServer = (context: ProjectContext): string =>
  `The project's own server stays the smoke test and the fallback: ${code(command(context, ["serve"], "python -m inference"))}, with the same requests.`;

/** Weights in 4 bits are made once; fp8 is made while loading. */
function quantise(context: ProjectContext): string[] {
  const made = madeByProject(context);
  if (made === undefined) return [];
  const rented = isRented(context);
  const there = `make launch ARGS="scripts/quantise.py --within-run --install${context.training ? "" : " --base"}"`;
  return [
    `Make the 4-bit ${made.method.toUpperCase()} weights that the plan serves, on a machine with a card: ${code("make quantise ARGS=--install")} writes ${code(made.folder)} and compares it with the export. Weights that lost more than \`scripts/compressor/settings.yaml\` allows, or an answer of the golden set, are not promoted.${rented ? ` On the rented card: ${code(there)}, then put its two folders into \`models/\` as \`scripts/compressor/README.md\` shows.` : ""}`,
    `${code(`make register ARGS="--model ${made.folder}${rented ? " --set project.output_dir=FOLDER" : ""}"`)} gives them their version, with that comparison.`,
  ];
}

/** How long an answer takes. */
const answerTimes = (s: ServingPlan): string =>
  writes(s)
    ? `first token after ${ranged(s.timeToFirstTokenSeconds, seconds)}, each further one ${ranged(s.timePerOutputTokenSeconds, seconds)}`
    : `an answer after ${ranged(s.timeToFirstTokenSeconds, seconds)}`;

/** The serving image has its own Dockerfile where the template keeps the two apart. */
function container(context: ProjectContext): string[] {
  const dockerfile = ["inference/docker/Dockerfile", "Dockerfile"].find((path) => context.template.files.has(path));
  if (dockerfile === undefined) return [];
  const processors = context.plan.serving?.accelerator.id === "cpu";
  const build = command(
    context,
    processors ? ["image-serve-cpu", "image"] : ["image-serve", "image"],
    `docker build -f ${dockerfile} -t ${context.projectName} .`,
  );
  return [
    `In a container: ${code(build)}. The head of ${code(dockerfile)} shows how to run it: a read-only root, no capabilities, the weights mounted and the key from the environment.`,
    ...(context.template.files.has("inference/docker/kubernetes/kustomization.yaml")
      ? [
          "On Kubernetes: `kubectl apply -k inference/docker/kubernetes`; `inference/docker/README.md` says what it needs.",
        ]
      : []),
  ];
}

import { GIB } from "../units.ts";
import { hasKey } from "./configs.ts";
import { choiceOf, command, decision, type ProjectContext } from "./context.ts";
import { deploymentGuide } from "./deployment-guide.ts";
import { LAUNCH_FILE, usesDeepSpeed } from "./launch.ts";
import { fewerDevices, launcherOf, requirements, whereItRuns } from "./machine.ts";
import { code, list, page, sentence, table } from "./markdown.ts";
import { gib, hours, number, ranged, usd } from "./quantities.ts";
import { hubId, MODEL_TO_CHOOSE, stepsOf } from "./settings.ts";
import { troubleshooting } from "./troubleshooting.ts";

/** README.md: what a person needs in the order they need it, with this plan's numbers and the template's real commands. */
export function readme(context: ProjectContext): string {
  const { plan, projectName } = context;
  return page(
    `# ${projectName}`,
    sentence(plan.headline),
    fewerDevices(context),
    atAGlance(context),
    page("## What you need", requirements(context), ...before(context)).trimEnd(),
    quickstart(context),
    training(context),
    page("## Where it runs", whereItRuns(context)).trimEnd(),
    deploymentGuide(context),
    troubleshooting(context),
    costAndResources(context),
    page(
      "## Commands",
      table(
        ["Command", "What it does"],
        [...context.targets].map(([name, help]) => [code(`make ${name}`), sentence(help) || "see the Makefile"]),
      ),
    ).trimEnd(),
    layout(context),
  );
}

function atAGlance(context: ProjectContext): string {
  const { plan, hardware } = context;
  const title = (name: "framework" | "method" | "platform" | "deployment" | "tracking"): string[][] => {
    const d = decision(plan, name);
    return d ? [[name[0]?.toUpperCase() + name.slice(1), sentence(d.title)]] : [];
  };
  return table(
    ["", ""],
    [
      ["Model", hubId(context) === MODEL_TO_CHOOSE ? "to be chosen (see below)" : code(hubId(context))],
      ...title("framework"),
      ...title("method"),
      ...title("platform"),
      ...(hardware ? [["Hardware", `${hardware.acceleratorCount} x ${hardware.accelerator.name}`]] : []),
      ...(plan.memory
        ? [["Memory needed a device", `${ranged(plan.memory.neededGib, gib)} of ${gib(plan.memory.usableGib)} usable`]]
        : []),
      ...(plan.time ? [["Training time", ranged(plan.time.trainHours, hours)]] : []),
      ...(plan.cost && hardware
        ? [["Training cost", hardware.owned ? "nothing to rent" : ranged(plan.cost.trainUsd, usd)]]
        : []),
      ...title("deployment"),
      ...title("tracking"),
    ],
  );
}

/** What a person has to do or decide that no command can do for them. */
function before(context: ProjectContext): string[] {
  const { plan, workload } = context;
  const open = [
    ...(hubId(context) === MODEL_TO_CHOOSE
      ? [
          `**Choose the model.** The plan knows only its size: put a hub id into model.id in configs/base.yaml in place of ${code(MODEL_TO_CHOOSE)}.`,
        ]
      : []),
    ...(workload.model.gated
      ? ["**Ask for access to the model** on its hub page, and set HF_TOKEN: it is gated."]
      : []),
    `**Pin the model**: ${code(command(context, ["pin-revision"], "git ls-remote https://huggingface.co/MODEL_ID HEAD"))} puts the commit of the base model into model.revision in configs/base.yaml; until then two runs may load different weights.`,
    // The project brings the trainer: there is nothing left to decide about it.
    ...plan.assumptions
      .filter((a) => !a.field.startsWith("trainer"))
      .map(
        (a) =>
          `Assumed: ${code(a.field)} is ${code(typeof a.value === "object" ? JSON.stringify(a.value) : a.value)} (${sentence(a.why)}). If it is not so, make the plan again.`,
      ),
  ];
  return ["Before the first real run:", list(open)];
}

function quickstart(context: ProjectContext): string {
  const install = command(
    context,
    ["install", "setup"],
    "python -m venv .venv && . .venv/bin/activate && pip install --require-hashes -r requirements.lock",
  );
  const sample = ["sample", "smoke"].find((name) => context.targets.has(name));
  const smoke =
    sample && `make ${sample}     # the whole way on sample data with a tiny model, on any CPU, without the network`;
  const lines = [
    `${install}    # .venv with the locked packages`,
    `${command(context, ["check", "test"], "python -m pytest")}      # lint, types, tests: no GPU and no download needed`,
    ...(smoke ? [smoke] : []),
    "cp .env.example .env && chmod 600 .env    # then put your keys there",
    "set -a; . ./.env; set +a    # in each shell that needs them: nothing reads the file by itself",
  ];
  return page(
    "## Quickstart",
    `\`\`\`sh\n${lines.join("\n")}\n\`\`\``,
    context.training
      ? `Then put your data into \`data/raw\`${hasKey(context, "data.media_path") ? ", the files that its rows name into `data/media`" : ""} (data/README.md shows the format), and go on with the training guide.`
      : "Then go on with the deployment guide. This plan trains nothing. The project can all the same: its training configuration holds the template's defaults, which no plan has chosen, so make a plan with your data before you rent for it.",
  ).trimEnd();
}

function training(context: ProjectContext): string | undefined {
  const t = context.training;
  if (t === undefined) return undefined;
  const { plan, hardware } = context;
  const step = (names: string[], otherwise: string): string => code(command(context, names, otherwise));
  const globalBatch = t.microBatchSize * t.gradientAccumulationSteps * (hardware?.acceleratorCount ?? 1);
  return page(
    "## Training guide",
    [
      `1. **Data**: ${step(["data", "prepare", "prepare-data"], "python scripts/prepare_data.py")} cleans, splits and checks it; errors name the file and the row.`,
      `2. **Baseline**: ${step(["baseline"], "python scripts/evaluate.py --baseline")} measures the base model, so that you know what training gains.`,
      `3. **Memory**: ${step(["probe", "probe-memory"], "python scripts/probe_memory.py")} runs two steps and one evaluation and prints what they take. Far from the plan? \`ml-architect calibrate --plan plan.json --measured outputs/probe.json\`.`,
      `4. **Train**: ${startCommands(context)}. The same command goes on after a break.`,
      `5. **Evaluate**: ${step(["evaluate", "eval"], "python scripts/evaluate.py")} compares with the baseline and says whether the model is promoted.`,
      `6. **Export**: ${step(["export"], "python scripts/export.py")} writes merged safetensors, ready to serve.`,
    ].join("\n"),
    launcherOf(choiceOf(context, "platform")?.used) === undefined
      ? undefined
      : '`make launch ARGS=scripts/probe_memory.py` is step 3 where the card is, and `make launch ARGS=--evaluate` goes on to steps 2 and 5 there; `probe.json` and `evaluation.json` are fetched with the results. The other steps run where you call them: step 6 in host memory where there is no card, over the fetched folder that the platform\'s README names (`make export ARGS="--set project.output_dir=FOLDER"`).',
    `One optimizer step sees ${number(globalBatch)} examples (${t.microBatchSize} a device x ${t.gradientAccumulationSteps} accumulation x ${hardware?.acceleratorCount ?? 1} device(s))${plan.time ? `; the run has ${number(stepsOf(context))} steps over what is not held out for validation` : ""}. Learning rate ${t.learningRate}, ${t.epochs} ${t.epochs === 1 ? "epoch" : "epochs"}, seed ${t.seed}.`,
    severalDevices(context),
    "Settings live in `configs/`: `base.yaml` (what, on what), `train.yaml`, `evaluate.yaml`, `serve.yaml`; `smoke.yaml` is laid over them by the checks. One setting for one run: `--set training.learning_rate=1.0e-4`. An unknown key is an error.",
    "Reproducing a run: the seed and the configuration are stored with every checkpoint, packages are locked by hash, the model by model.revision. Bit-equal runs also need project.deterministic: true and the same card.",
  ).trimEnd();
}

/** How the run is started where it is more than one process. */
function severalDevices({ training: t, template }: ProjectContext): string | undefined {
  if (t === undefined || !template.files.has(LAUNCH_FILE) || (t.acceleratorCount === 1 && !usesDeepSpeed(t)))
    return undefined;
  const spread = `${t.acceleratorCount} ${t.acceleratorCount === 1 ? "process" : "processes"}, one a device, as ${code(LAUNCH_FILE)} says`;
  const start =
    t.nodeCount === 1
      ? "`make train` and `make probe` start all of them."
      : `Start the same command on each of the ${t.nodeCount} machines, with a folder for project.output_dir that they share: \`NODE_RANK=0 MASTER_ADDR=<the first machine> scripts/launch.sh\`, and \`NODE_RANK=1\` and so on for the others.`;
  const package_ = usesDeepSpeed(t)
    ? " DeepSpeed is installed from `distributed/deepspeed/`; **we have not run it**: it needs GPUs, and ours is checked against its own configuration classes only."
    : "";
  return `It trains in ${spread}. ${start} A checkpoint goes on with the number of processes it was made by; everything after training runs in one. distributed/README.md tells more.${package_}`;
}

/** Where the plan put the run, and on a machine of one's own. */
function startCommands(context: ProjectContext): string {
  const launcher = launcherOf(choiceOf(context, "platform")?.used);
  const here = code(command(context, ["train"], "python scripts/train.py"));
  return launcher === undefined ? here : `${code(command(context, ["launch"], launcher))}, or ${here} on this machine`;
}

function costAndResources(context: ProjectContext): string {
  const { plan, hardware, workload } = context;
  return page(
    "## Cost and resources",
    list([
      ...(plan.time
        ? [
            `Training: ${ranged(plan.time.trainHours, hours)} on ${hardware?.acceleratorCount ?? 1} x ${hardware?.accelerator.name ?? "the device"}${hardware?.owned ? ", nothing to rent" : plan.cost ? `, ${ranged(plan.cost.trainUsd, usd)}` : ""}.`,
          ]
        : []),
      ...(plan.memory
        ? [
            `Host memory ${hardware ? "in training" : "in serving"}: ${ranged(plan.memory.hostGib, gib)}. Writing the export holds the whole model in 16 bits: ${gib((workload.model.architecture.parameterCount * 2) / GIB)} of host memory where no card holds it.`,
          ]
        : []),
      ...(plan.cost?.servingUsdPerMonth
        ? [
            `Serving: ${plan.serving?.owned ? "nothing to rent" : `${ranged(plan.cost.servingUsdPerMonth, usd)} a month`}.`,
          ]
        : []),
      "Formulas, price dates and what is not included: COSTS.md.",
    ]),
  ).trimEnd();
}

function layout(context: ProjectContext): string {
  const has = (folder: string): boolean => [...context.template.files.keys()].some((path) => path.startsWith(folder));
  const folders: [string, string][] = [
    ["PLAN.md, plan.json", "the decisions with reasons, refusals and numbers; the value an update starts from"],
    ["COSTS.md, SECURITY.md, CHECKLIST.md", "cost, keys and safety, and what `ml-architect verify .` found"],
    ["handoff/", "briefs for data engineer, training, deployment and security"],
    ["configs/", "all settings, checked against a schema"],
    ["distributed/", "training on several devices and machines"],
    ["data/", "raw and processed data (not in git), samples that the checks use"],
    ["src/pipeline/", "the package: configuration, data, model, training, evaluation"],
    ["scripts/", "what the commands run"],
    ["inference/", "the server"],
    ["platforms/", "starting the run where the plan put it"],
    ["models/", "exports (not in git) and the model card"],
    ["notebooks/", "a first look at the data"],
    ["tests/", "data, configuration, model, two training steps, resume, serving"],
  ];
  const rows = folders.filter(
    ([path]) => !/^(data|distributed|src|scripts|inference|platforms|notebooks|tests)\//.test(path) || has(path),
  );
  return page(
    "## Where things are",
    table(
      ["", ""],
      rows.map(([path, what]) => [path.split(", ").map(code).join(", "), what]),
    ),
    "Made by ml-architect. `ml-architect new . --plan FILE` with another plan updates this folder: files you did not touch are replaced, files you edited stay, with the new text beside them as `FILE.new`, and files you deleted are written again.",
  ).trimEnd();
}

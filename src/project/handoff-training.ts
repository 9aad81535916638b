import type { Workload } from "../plan/workload.ts";
import { choiceOf, command, decision, type TrainingContext } from "./context.ts";
import { assumed, type Brief, configured, questionsAbout } from "./handoff-brief.ts";
import { LAUNCH_FILE } from "./launch.ts";
import { apart, launcherOf } from "./machine.ts";
import { code, sentence } from "./markdown.ts";
import { gib, hours, number, ranged, usd } from "./quantities.ts";
import { hubId, stepsOf } from "./settings.ts";

/** What else a model of the task has to beat, where no prompt would do it. */
function otherBaseline({ task, modality }: Workload): string {
  if (task === "classification" && modality === "vision") return "; it is the commonest class, always";
  if (task === "classification")
    return "; it is the commonest class, always, and a linear model on words is a baseline too";
  if (modality === "embedding") return "; search by words (BM25) is a baseline too";
  return modality === "llm" || modality === "vlm" ? "; a prompt with examples is a baseline too" : "";
}

/** The brief for whoever trains. */
export function trainingSpecialist(context: TrainingContext): Brief {
  const { plan, training, hardware, workload } = context;
  const TRAIN = /batch|epoch|method|optimizer|rank|learning|dtype|accelerator|budget|deadline|sequence/i;
  const probe = command(context, ["probe", "probe-memory"], "python scripts/probe_memory.py");
  const launcher = launcherOf(choiceOf(context, "platform")?.used);
  const train = launcher
    ? command(context, ["launch"], launcher)
    : command(context, ["train"], "python scripts/train.py");
  const evaluate = command(context, ["evaluate", "eval"], "python scripts/evaluate.py");
  const device = plan.memory?.perDevice;
  const tenth = Math.max(1, Math.round(workload.exampleCount / 10));
  const gate = configured(context, "evaluation.min_improvement");
  return {
    role: "training specialist",
    goal: `Train ${code(hubId(context))} so that it beats its baseline, on the hardware and in the time of the plan.`,
    context: [
      "The data engineer gives you checked files, you give the deployment engineer an exported model that the gate promoted. Settings are in configs/, not in code; an unknown key is an error, and one setting is tried with `ARGS='--set training.learning_rate=1.0e-4'`.",
    ],
    inputs: [
      ["`data/processed/`", "checked training and validation files", "data engineer"],
      ["`data/golden/`", "examples that judge", "data engineer"],
      ["`configs/`", "every setting, as the plan decided it", "the project"],
      [
        code(hubId(context)),
        `base model${workload.model.gated ? ", gated: ask for access and set HF_TOKEN" : ""}; ${code(command(context, ["pin-revision"], "git ls-remote https://huggingface.co/MODEL_ID HEAD"))} fixes its commit`,
        "the hub",
      ],
    ],
    outputs: [
      ["`outputs/probe.json`", "memory and speed as measured", code(probe)],
      [
        "`outputs/baseline.json`",
        "the base model's measures",
        code(command(context, ["baseline"], "python scripts/evaluate.py --baseline")),
      ],
      ["`outputs/final/`", "the trained adapter or model, with `outputs/manifest.json` of what made it", code(train)],
      ["`outputs/evaluation.json`", "base beside trained, and the gate's word", code(evaluate)],
      ["`models/export/`", "weights to serve", code(command(context, ["export"], "python scripts/export.py"))],
      [
        "`models/versions.jsonl`",
        "the version with the hash of every file",
        code(command(context, ["register"], "python scripts/register.py")),
      ],
      ["`models/MODEL_CARD.md`", "its marked places filled in", "by hand"],
    ],
    decided: ["framework", "method", "distributed", "platform", "tracking", "reproducibility"],
    facts: [
      ["Method", sentence(decision(plan, "method")?.title ?? training.method)],
      ...(hardware ? [["Hardware", `${hardware.acceleratorCount} x ${hardware.accelerator.name}`]] : []),
      [
        "Batch",
        `${training.microBatchSize} a device x ${training.gradientAccumulationSteps} accumulation x ${hardware?.acceleratorCount ?? 1} device(s) = ${training.microBatchSize * training.gradientAccumulationSteps * (hardware?.acceleratorCount ?? 1)} examples a step`,
      ],
      ...(decision(plan, "distributed") && training.acceleratorCount > 1
        ? [["Spread", sentence(decision(plan, "distributed")?.title ?? "")]]
        : []),
      [
        "Optimisation",
        `${training.optimizer}, learning rate ${training.learningRate}, ${training.epochs} ${training.epochs === 1 ? "epoch" : "epochs"}, ${training.dtype}, seed ${training.seed}`,
      ],
      ...(plan.memory && device
        ? [
            [
              "Memory a device",
              `${ranged(device.deviceGib, gib)} of ${gib(plan.memory.usableGib)} (${plan.memory.status}); the ${plan.memory.peakMoment} is the peak, ${code(plan.memory.bindingTerm)} the largest part to cut`,
            ],
            [
              "Speed a device",
              `${ranged(plan.memory.throughput.tokensPerSecondPerDevice, number)} tokens/s, MFU ${number(plan.memory.throughput.mfu)}`,
            ],
            ["What stands behind it", plan.memory.calibration],
          ]
        : []),
      ...(plan.time ? [["Time", `${ranged(plan.time.trainHours, hours)}, ${number(stepsOf(context))} steps`]] : []),
      ...(gate === undefined
        ? []
        : [["The gate", `${number(100 * Number(gate))} % better than the baseline (evaluation.min_improvement)`]]),
      ...(plan.cost ? [["Cost", hardware?.owned ? "nothing to rent" : ranged(plan.cost.trainUsd, usd)]] : []),
    ],
    work: [
      `Run ${code(probe)} first, and give its result back: \`ml-architect calibrate --plan plan.json --measured outputs/probe.json\` makes the plan again from measured numbers.`,
      `Measure the baseline before any training${otherBaseline(workload)}.`,
      `Run ${code(train)} on a tenth of the data (${code(`--set data.max_rows=${tenth} ${apart(context, "tenth")}`)}), look at the curves, then on all of it.`,
      `Try two more learning rates (a third and three times the planned one) on the tenth, each in a folder of its own (${code(apart(context, "NAME"))}; ${launcher ? "evaluate there, with `scripts/evaluate.py` before the same ones" : "evaluate with the same settings"}): the planned one is a usual value, not a tuned one. A folder's checkpoints belong to one run, and another is refused there.`,
      `Compare with ${code(evaluate)}; promote only what the gate promotes.`,
    ],
    questions: [
      ...questionsAbout(context, TRAIN),
      ...assumed(context, TRAIN),
      "Which improvement makes the work worth it to the product? The gate's default is in configs/evaluate.yaml.",
    ],
    acceptance: [
      ...(device
        ? [
            `Measured device memory lies between ${gib(device.deviceGib.low)} and ${gib(device.deviceGib.high)}, or the plan was calibrated`,
          ]
        : []),
      ...(plan.time ? [`The run ends within ${hours(plan.time.trainHours.high)}`] : []),
      "A run that was killed goes on from its last checkpoint to the same loss",
      ...(training.acceleratorCount > 1
        ? [
            "Two devices lower the loss as one with twice the micro batch does (`make test-full` shows it on a CPU; on the cards look at the first twenty steps)",
          ]
        : []),
      "Two runs with one seed agree within noise, and the noise is written down",
      "The gate promotes the model, and the model card has its numbers",
    ],
    risks: {
      ofPlan:
        /memory|budget|train|price|spot|examples|context|tokens|adapter|architecture|parts|accelerator|measurement/i,
      standing: [
        `Out of memory ends with exit code 71 and names the keys to change (medium): ${code("README.md")}, Troubleshooting, has the plan's own repairs in their order.`,
        "A loss that falls on training and rises on validation is too many epochs (medium): the last checkpoint is kept as it is; with `training.early_stopping_patience: 3` the run ends after three evaluations without a gain and keeps the best checkpoint (`training.save_steps` must be a multiple of `training.eval_steps`), and the gate compares that one.",
        "A result that is not measured against the baseline is an anecdote (high): measure it before the first training.",
      ],
    },
    files: [
      "PLAN.md",
      "configs/train.yaml",
      ...(context.template.files.has(LAUNCH_FILE) ? [LAUNCH_FILE] : []),
      "configs/base.yaml",
      ...(workload.phase === "train" ? [] : ["configs/serve.yaml"]),
    ],
  };
}

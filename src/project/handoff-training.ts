import { command, decision, type ProjectContext } from "./context.ts";
import { assumed, type Brief, questionsAbout } from "./handoff-brief.ts";
import { code, sentence } from "./markdown.ts";
import { gib, hours, number, ranged, usd } from "./quantities.ts";
import { hubId } from "./settings.ts";

/** What else a model of the task has to beat, where no prompt would do it. */
const BASELINES: Readonly<Record<string, string>> = {
  classification: "; it is the commonest class, always, and a linear model on words is a baseline too",
  embedding: "; search by words (BM25) is a baseline too",
};

/** The brief for whoever trains. */
export function trainingSpecialist(context: ProjectContext): Brief {
  const { plan, training, hardware, workload } = context;
  const TRAIN = /batch|epoch|method|optimizer|rank|learning|dtype|accelerator|budget|deadline|sequence/i;
  const probe = command(context, ["probe", "probe-memory"], "python scripts/probe_memory.py");
  const train = command(context, ["train"], "python scripts/train.py");
  const evaluate = command(context, ["evaluate", "eval"], "python scripts/evaluate.py");
  const device = plan.memory?.perDevice;
  return {
    role: "training specialist",
    goal: `Train ${code(hubId(context))} so that it beats its baseline, on the hardware and in the time of the plan.`,
    facts: [
      ["Method", sentence(decision(plan, "method")?.title ?? training?.method ?? "none: this plan serves only")],
      ...(hardware ? [["Hardware", `${hardware.acceleratorCount} x ${hardware.accelerator.name}`]] : []),
      ...(training
        ? [
            [
              "Batch",
              `${training.microBatchSize} a device x ${training.gradientAccumulationSteps} accumulation x ${hardware?.acceleratorCount ?? 1} device(s) = ${training.microBatchSize * training.gradientAccumulationSteps * (hardware?.acceleratorCount ?? 1)} examples a step`,
            ],
            [
              "Optimisation",
              `${training.optimizer}, learning rate ${training.learningRate}, ${training.epochs} epochs, ${training.dtype}, seed ${training.seed}`,
            ],
          ]
        : []),
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
      ...(plan.time
        ? [["Time", `${ranged(plan.time.trainHours, hours)}, ${number(plan.time.optimizerSteps)} steps`]]
        : []),
      ...(plan.cost ? [["Cost", hardware?.owned ? "nothing to rent" : ranged(plan.cost.trainUsd, usd)]] : []),
    ],
    work: [
      `Run ${code(probe)} first, and give its result back: \`ml-architect calibrate --plan plan.json --measured outputs/probe.json\` makes the plan again from measured numbers.`,
      `Measure the baseline before any training${BASELINES[workload.task] ?? "; a prompt with examples is a baseline too"}.`,
      `Run ${code(train)} on a tenth of the data, look at the curves, then on all of it.`,
      "Try two more learning rates (a third and three times the planned one) on the tenth: the planned one is a usual value, not a tuned one.",
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
      "Two runs with one seed agree within noise, and the noise is written down",
      "The gate promotes the model, and the model card has its numbers",
    ],
    files: [
      "PLAN.md",
      "configs/train.yaml",
      "configs/base.yaml",
      ...(workload.phase === "train" ? [] : ["configs/serve.yaml"]),
    ],
  };
}

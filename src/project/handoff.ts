import { command, decision, type ProjectContext, planName } from "./context.ts";
import { code, list, page, sentence, table } from "./markdown.ts";
import { gib, hours, number, ranged, seconds, usd } from "./quantities.ts";
import { servicesOf } from "./services.ts";
import { asConfiguration, hubId } from "./settings.ts";

interface Brief {
  role: string;
  goal: string;
  facts: string[][];
  work: string[];
  questions: string[];
  acceptance: string[];
  files: string[];
}

/** handoff/*.md: what each specialist has to know, to answer and to show. Path → text. */
export function handoff(context: ProjectContext): Map<string, string> {
  const briefs: [string, Brief][] = [
    ["data-engineer", dataEngineer(context)],
    ["training-specialist", trainingSpecialist(context)],
    ["deployment-engineer", deploymentEngineer(context)],
    ["security-specialist", securitySpecialist(context)],
  ];
  return new Map(briefs.map(([name, brief]) => [`handoff/${name}.md`, written(context, brief)]));
}

function written(context: ProjectContext, brief: Brief): string {
  return page(
    `# Brief: ${brief.role}`,
    brief.goal,
    page(
      "## What the plan counts on",
      `Plan ${code(planName(context.plan))} of ${context.plan.today}.`,
      table(["", ""], brief.facts),
    ).trimEnd(),
    page("## Work", brief.work.map((item, at) => `${at + 1}. ${item}`).join("\n")).trimEnd(),
    page("## Open questions", list(brief.questions, "None from the planner.")).trimEnd(),
    page("## Done when", brief.acceptance.map((item) => `- [ ] ${item}`).join("\n")).trimEnd(),
    `Where to look: ${brief.files.map(code).join(", ")}.`,
  );
}

/** The planner's questions whose id or words belong to a specialist. */
const questionsAbout = (context: ProjectContext, subject: RegExp): string[] =>
  context.plan.questions
    .filter((q) => subject.test(q.id))
    .map((q) => `${sentence(q.text)} Taken for now: ${code(q.default)} (${sentence(q.why)}).`);

/** Guesses that stand in the plan for want of an answer. */
const assumed = (context: ProjectContext, fields: RegExp): string[] =>
  context.plan.assumptions
    .filter((a) => fields.test(a.field))
    .map(
      (a) =>
        `Assumed ${code(a.field)} = ${code(typeof a.value === "object" ? JSON.stringify(a.value) : a.value)}: ${sentence(a.why)}. Is it so?`,
    );

function dataEngineer(context: ProjectContext): Brief {
  const { workload, plan } = context;
  const DATA = /example|averageTokens|tokenCount|sequence|data|epoch/i;
  const prepare = command(context, ["data", "prepare", "prepare-data"], "python scripts/prepare_data.py");
  const longestShare = workload.sequenceLength / workload.averageTokens;
  return {
    role: "data engineer",
    goal: `Deliver checked training data for ${code(hubId(context))}, task ${code(workload.task)}.`,
    facts: [
      ["Examples", number(workload.exampleCount)],
      ["Average example", `${number(workload.averageTokens)} tokens (time and cost are computed from it)`],
      [
        "Longest example",
        `${number(workload.sequenceLength)} tokens (memory is computed from it; longer ones are cut)`,
      ],
      ["Tokens a pass", number(workload.exampleCount * workload.averageTokens)],
      ["State", code(plan.brief.dataStatus?.value ?? "not said")],
      ["Where", plan.brief.dataLocation ? code(plan.brief.dataLocation.value) : "not said"],
    ],
    work: [
      `Put JSON Lines into \`data/raw\` in the format of data/README.md and run ${code(prepare)}.`,
      `Measure the length in tokens with the model's own tokenizer: average, 95th percentile, longest. The plan counts on a longest of ${number(longestShare)} times the average.`,
      "Remove duplicates, near duplicates and leaks between training and validation; hold out whole conversations or users, not rows.",
      "Write at least 50 golden examples by hand with an owner of the product; they are never trained on.",
      "Fill in the data's origin, licence and personal data on the card.",
    ],
    questions: [
      ...questionsAbout(context, DATA),
      ...assumed(context, DATA),
      ...(plan.brief.dataStatus?.value === "have"
        ? []
        : [
            "Does the data exist, or has it to be collected or labelled? Neither time nor cost of that is in the plan.",
          ]),
      "Under which licence may it be trained on, and does it hold personal data?",
    ],
    acceptance: [
      `${code(prepare)} ends without an error and its report shows no duplicate and no leak`,
      `At least ${number(Math.round(workload.exampleCount * 0.9))} examples are left after cleaning, or the plan is made again with the real number`,
      `The measured average is within a fifth of ${number(workload.averageTokens)} tokens, or the plan is made again`,
      `At most one example in a hundred is cut at ${number(workload.sequenceLength)} tokens`,
      "The exact files of a run can be named by a hash",
    ],
    files: ["data/README.md", "configs/base.yaml", "scripts/prepare_data.py"],
  };
}

function trainingSpecialist(context: ProjectContext): Brief {
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
      "Measure the baseline before any training; a prompt with examples is a baseline too.",
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

function deploymentEngineer(context: ProjectContext): Brief {
  const { plan, workload } = context;
  const { serving } = plan;
  const SERVE = /latency|request|concurr|serving|deploy|context|output/i;
  const chosen = decision(plan, "deployment");
  const asked = workload.serving;
  return {
    role: "deployment engineer",
    goal: `Put the promoted model behind ${sentence(chosen?.title ?? "an HTTP server")} for ${code(workload.deploymentTarget)}.`,
    facts: [
      [
        "Serving by",
        chosen
          ? `${sentence(chosen.title)}: ${chosen.reasons.map(sentence).join(" ")}`
          : "not decided: nobody asked for serving",
      ],
      ...(asked
        ? [
            [
              "Asked for",
              `${number(asked.requestsPerSecond)} requests/s, ${number(asked.promptTokens)} tokens in, ${number(asked.outputTokens)} out${asked.latencyMs ? `, within ${seconds(asked.latencyMs / 1000)}` : ""}`,
            ],
          ]
        : []),
      ...(serving
        ? [
            [
              "Hardware",
              `${serving.replicas} replica(s) of ${serving.acceleratorCountPerReplica} x ${serving.accelerator.name}, engine ${code(serving.engine)}`,
            ],
            [
              "Limits",
              `${number(serving.contextLength)} tokens of prompt and answer, ${number(serving.maxConcurrentRequests)} requests at a time`,
            ],
            ["First token", ranged(serving.timeToFirstTokenSeconds, seconds)],
            ["Each further token", ranged(serving.timePerOutputTokenSeconds, seconds)],
            ["Requests/s a replica", ranged(serving.requestsPerSecondPerReplica, number)],
            ["Cold start", ranged(serving.coldStartSeconds, seconds)],
            ["Memory a device", ranged(serving.estimate.perDevice.deviceGib, gib)],
          ]
        : []),
      ...(plan.cost?.servingUsdPerMonth && !serving?.owned
        ? [["Cost a month", ranged(plan.cost.servingUsdPerMonth, usd)]]
        : []),
    ],
    work: [
      `Export the promoted model (${code(command(context, ["export"], "python scripts/export.py"))}) and serve it on the real hardware; the smoke server of the checks is a tiny model.`,
      "Run the load test and put measured beside predicted.",
      "Wire liveness, readiness and the startup probe apart: readiness is true only after the weights are loaded, and a cold start takes as long as the table says.",
      "Set alerts on error rate, waiting requests, time to first token and device memory.",
      "Practise going back: the previous model must serve again within one cold start.",
    ],
    questions: [
      ...questionsAbout(context, SERVE),
      ...assumed(context, SERVE),
      ...(serving?.notes ?? []).map(sentence),
      ...(asked?.latencyMs === undefined ? ["How long may an answer take? Nobody said."] : []),
      "What may callers see when all replicas are busy: an error at once, or a queue?",
    ],
    acceptance: [
      ...(asked
        ? [
            `${number(asked.requestsPerSecond)} requests/s for ten minutes without an error${asked.latencyMs ? `, 95 in 100 within ${seconds(asked.latencyMs / 1000)}` : ""}`,
          ]
        : ["The load test's result is written down"]),
      "Without its key, or with a wrong one, the server answers 401; without the variable it does not start outside loopback",
      "A request above each limit is refused with the documented status",
      "A SIGTERM lets running requests end",
      "The container runs as a user without rights, with a read-only root",
    ],
    files: ["configs/serve.yaml", "inference/", "Dockerfile", "SECURITY.md"],
  };
}

function securitySpecialist(context: ProjectContext): Brief {
  const { plan, workload } = context;
  const { model } = workload;
  const rules = workload.constraints.filter((c) =>
    /hipaa|gdpr|soc2|eu-only|air-gapped|offline|no-cloud|licence|weights/.test(c),
  );
  const offer = context.hardware?.offer;
  return {
    role: "security specialist",
    goal: "Show that keys, data, model and server are handled as SECURITY.md promises, before anything reaches production.",
    facts: [
      ["Constraints named", rules.length > 0 ? rules.map(code).join(", ") : "none"],
      [
        "Licence of the base",
        `${model.licence ? code(model.licence) : "unknown"}, ${model.licenceVerified ? "verified" : "not verified"}${model.gated ? ", gated" : ""}`,
      ],
      ["Where training runs", offer ? `${code(offer.platform)}, ${code(offer.region)}` : "hardware of your own"],
      ["Where it serves", code(workload.deploymentTarget)],
      ["Environments", workload.environments.length > 0 ? workload.environments.map(code).join(", ") : "one"],
      [
        "Services with keys",
        servicesOf(context)
          .map((s) => s.title)
          .join(", "),
      ],
    ],
    work: [
      "Read the licence of the base model for this use, and the terms of every service in the list.",
      "Decide where keys live in each environment (a secret store, not files), who may read them and how often they change.",
      "Check the data for personal data and keys before training; test the trained model for repeating it.",
      "Test the server: without a key, with an old key, with oversized and malformed requests, with prompts meant to break out.",
      "Scan the container images and the locked packages for known faults, and again every week.",
    ],
    questions: [
      ...plan.conflicts.map((c) => sentence(c.text)),
      ...(model.licenceVerified
        ? []
        : ["The licence of the base was not verified by the planner: may it be used for this?"]),
      ...(rules.some((r) => r === "hipaa" || r === "gdpr") && offer
        ? ["Is there an agreement with the provider that the named rules ask for?"]
        : []),
      "Who answers when a key leaks on a Sunday?",
    ],
    acceptance: [
      "The scan for keys over files and history finds nothing",
      "model.revision is pinned to a commit, and weights are safetensors only",
      "Every key in the list has an owner, a place and a date of change",
      "No prompt or answer is in any log unless somebody decided so in writing",
      ...(rules.length > 0 ? [`For each of ${rules.map(code).join(", ")}: the evidence and who signed it`] : []),
    ],
    files: ["SECURITY.md", ".env.example", "configs/serve.yaml", "Dockerfile"],
  };
}

/** Repairs as configuration, the cheapest first: used by the README's troubleshooting. */
export const repairLines = (context: ProjectContext): string[] =>
  (context.plan.memory?.repairs ?? []).map(
    (r) =>
      `${code(asConfiguration(r.change))}: ${gib(r.deviceGib)} expected, ${number(r.timeFactor)} times the time. ${sentence(r.cost)}`,
  );

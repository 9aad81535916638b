import { stringify } from "yaml";
import { command, decision, type ProjectContext, planName } from "./context.ts";
import { exampleRows, exampleSentence, isText, workSentence } from "./example.ts";
import { code, list, page, sentence, table } from "./markdown.ts";
import { gib, number, ranged } from "./quantities.ts";
import { hubId, MODEL_TO_CHOOSE, QUANTIZATION_TITLES, stepsOf } from "./settings.ts";

/** models/MODEL_CARD.md: what is known before training, and marked places for what only training can tell. */
export function modelCard(context: ProjectContext): string {
  const { workload, training, plan, projectName } = context;
  const { model } = workload;
  const base = hubId(context);
  const front = stringify({
    ...(base === MODEL_TO_CHOOSE ? {} : { base_model: base }),
    ...(model.licence ? { license: model.licence } : {}),
    library_name: libraryOf(context),
    tags: [workload.task, ...(training ? [training.method] : []), "ml-architect"],
  });
  return page(
    `---\n${front}---`,
    `# Model card: ${projectName}`,
    `Filled in from plan ${code(planName(plan))} of ${plan.today}. What is marked **to fill in** is known only ${training ? "after training" : "to you"}.`,
    page(
      "## Model",
      table(
        ["", ""],
        [
          [
            "Base",
            base === MODEL_TO_CHOOSE
              ? `to be chosen: a model of about ${number(model.architecture.parameterCount)} parameters`
              : code(base),
          ],
          ["Parameters", number(model.architecture.parameterCount)],
          [
            "Licence of the base",
            `${model.licence ? code(model.licence) : "unknown"}${model.licenceVerified ? "" : " (not verified: read it before you publish)"}${model.gated ? "; access must be asked for on its page" : ""}`,
          ],
          [
            "Revision of the base",
            `**to fill in**: model.revision in configs/base.yaml${context.targets.has("pin-revision") ? ", which `make pin-revision` writes" : ""}`,
          ],
          ...(training ? trainingRows(context) : []),
        ],
      ),
    ).trimEnd(),
    page(
      "## Intended use",
      `Task: ${code(workload.task)}. **To fill in**: who uses it, for what, and what it must not be used for.`,
    ).trimEnd(),
    training &&
      page(
        "## Data",
        `${number(workload.exampleCount)} ${exampleSentence(workload)}. **To fill in**: origin, licence, ${isText(workload) ? "languages" : "what they show or say"}, personal data (see the data engineer's brief in handoff/).`,
      ).trimEnd(),
    evaluation(context),
    page(
      "## Limits and risks",
      list(
        plan.risks.map((risk) => `${sentence(risk.text)} (${risk.severity}): ${sentence(risk.mitigation)}`),
        "None were found by the planner; **to fill in**: what the model does badly.",
      ),
    ).trimEnd(),
    page("## Resources", resources(context)).trimEnd(),
  );
}

function evaluation(context: ProjectContext): string {
  const measures = [...measuresOf(context.workload), "Golden set passed"];
  const evaluate = command(context, ["evaluate", "eval"], "python scripts/evaluate.py");
  const baseline = command(context, ["baseline"], "python scripts/evaluate.py --baseline");
  return (
    context.training
      ? page(
          "## Evaluation",
          `${code(evaluate)} measures the base model and the trained one on the same examples and writes the comparison; a model that does not improve is not promoted. **To fill in** from its report:`,
          table(
            ["Measure", "Base", "Trained"],
            measures.map((name) => [name, "to fill in", "to fill in"]),
          ),
        )
      : page(
          "## Evaluation",
          `${code(baseline)} measures the model on your examples (data/README.md shows their format). **To fill in** from its report:`,
          table(
            ["Measure", "Value"],
            measures.map((name) => [name, "to fill in"]),
          ),
        )
  ).trimEnd();
}

/** What the template of a modality or a task measures, the deciding one first. */
const MEASURES: Readonly<Record<string, readonly string[]>> = {
  vision: ["Macro-F1", "Accuracy"],
  audio: ["Word error rate", "Character error rate"],
  dpo: ["Preference accuracy", "Margin a token"],
  preference: ["Preference accuracy", "Margin a token"],
  classification: ["Macro-F1", "Accuracy", "Calibration error"],
  embedding: ["nDCG@10", "Recall@10", "MRR@10"],
};
const measuresOf = ({ modality, task }: ProjectContext["workload"]): readonly string[] =>
  MEASURES[modality] ?? MEASURES[task] ?? ["Validation loss"];

/** What loads the result, under the hub's names. */
function libraryOf({ workload, training }: ProjectContext): string {
  if (workload.task === "embedding") return "sentence-transformers";
  return training && training.method !== "full" ? "peft" : "transformers";
}

function trainingRows(context: ProjectContext): string[][] {
  const t = context.training;
  if (t === undefined) return [];
  const title = decision(context.plan, "method")?.title ?? t.method;
  return [
    [
      "Method",
      `${sentence(title)}${t.method === "full" || t.method === "freeze" ? "" : `, rank ${t.loraRank ?? 16}, alpha ${t.loraAlpha ?? 32}, on ${t.loraTargets ?? "all-linear"}`}`,
    ],
    [
      "Base held in",
      t.method === "full" && t.dtype.endsWith("-mixed")
        ? "fp32, with products in 16 bits"
        : QUANTIZATION_TITLES[t.baseQuantization],
    ],
    ["Optimizer", `${t.optimizer}, learning rate ${t.learningRate}, ${t.dtype}`],
    [
      "Batch",
      `${t.microBatchSize} x ${t.gradientAccumulationSteps} accumulation x ${context.hardware?.acceleratorCount ?? 1} device(s)`,
    ],
    ["Epochs, seed", `${t.epochs}, ${t.seed}`],
  ];
}

function resources(context: ProjectContext): string {
  const { plan, hardware } = context;
  return list([
    ...(hardware ? [`Trained on ${hardware.acceleratorCount} x ${hardware.accelerator.name}.`] : []),
    ...(plan.memory
      ? [`Memory a device, predicted: ${ranged(plan.memory.perDevice.deviceGib, gib)}; measured: **to fill in**.`]
      : []),
    ...(plan.time ? [`${workSentence(context.workload)} in ${number(stepsOf(context))} steps.`] : []),
  ]);
}

/** data/DATA_CARD.md: what the plan counts on, and what the data's owner has to say. */
export function dataCard(context: ProjectContext): string {
  const { workload, plan } = context;
  const personal = workload.constraints.filter((c) => c === "hipaa" || c === "gdpr" || c === "eu-only");
  const location = plan.brief.dataLocation?.value;
  return page(
    `# Data card: ${context.projectName}`,
    `What the plan of ${plan.today} counts on; the rest is **to fill in** by whoever owns the data.`,
    table(
      ["", ""],
      [
        ["Examples", number(workload.exampleCount)],
        ...exampleRows(workload),
        ["Where it is", location === undefined ? "to fill in" : code(location)],
        ["State", code(plan.brief.dataStatus?.value ?? "to fill in")],
        ["Rules that apply", personal.length > 0 ? personal.map(code).join(", ") : "none were named"],
      ],
    ),
    page(
      "## To fill in",
      list([
        "Origin, and the right to train on it",
        "Licence",
        "Languages and domains",
        "Personal data: which, why, how it is removed or protected",
        "Known gaps and biases",
        "Version: a hash or a date for the exact files of each training run",
      ]),
    ).trimEnd(),
  );
}

import { choiceOf, command, decision, type ProjectContext } from "./context.ts";
import { type Brief, configured } from "./handoff-brief.ts";
import { code, sentence } from "./markdown.ts";
import { gib, ranged } from "./quantities.ts";
import { hubId } from "./settings.ts";

/** What a plan without training leaves for those who prepare data and train: examples that judge, and a first judgement. */
export const untrained = (context: ProjectContext): { data: Brief; training: Brief } => ({
  data: data(context),
  training: training(context),
});

const goldenPath = (context: ProjectContext): string =>
  configured(context, "evaluation.golden_path") ?? "data/golden/golden.jsonl";
const prepared = (context: ProjectContext): string =>
  command(context, ["data", "prepare", "prepare-data"], "python scripts/prepare_data.py");
const measured = (context: ProjectContext): string =>
  command(context, ["baseline"], "python scripts/evaluate.py --baseline");

function data(context: ProjectContext): Brief {
  const golden = goldenPath(context);
  return {
    role: "data engineer",
    goal: `Deliver examples that judge ${code(hubId(context))} before it serves, task ${code(context.workload.task)}. Nothing is trained.`,
    context: [
      "Without examples nobody knows whether the model is good enough, nor notices when another version is worse. The same format would train one later.",
    ],
    inputs: [
      ["not said", "real requests, or what comes nearest to them", "the product's owner"],
      ["`data/README.md`", "the format of a row, and what every check does", "the project"],
      ["`data/sample/`", "rows in that format which the checks run on", "the project"],
    ],
    outputs: [
      [code(configured(context, "data.raw_path") ?? "data/raw"), "your files, never edited, not in git", "copied"],
      ["`outputs/data_report.json`", "faults by file and row, lengths, SHA-256 of each file", code(prepared(context))],
      [code(golden), "examples with the answer that is wanted", "by hand"],
      ["`data/DATA_CARD.md`", "origin, licence, personal data, gaps", "by hand"],
    ],
    decided: ["data"],
    facts: [],
    work: [
      `Write at least 50 golden examples by hand with an owner of the product, the hard and the rare ones among them: ${code(golden)}.`,
      `Put some hundred real requests with good answers into \`data/raw\` in the format of data/README.md, and run ${code(prepared(context))}.`,
      "Measure their length in tokens: the limits of configs/serve.yaml and the plan's rate rest on an assumed one.",
      "Fill in origin, licence and personal data on the card.",
    ],
    questions: ["Who may see requests of real people, and how long are they kept?"],
    acceptance: [
      `${code(prepared(context))} ends without an error`,
      `${code(golden)} holds no example of the sample any more`,
      "The measured length of prompts and answers is within a fifth of the plan's, or the plan is made again",
    ],
    risks: {
      ofPlan: /licence|personal|data/i,
      standing: [
        "Examples that are easier than real requests promise too much (medium): draw them from the real ones.",
      ],
    },
    files: ["data/README.md", "PLAN.md"],
  };
}

function training(context: ProjectContext): Brief {
  const { plan, workload } = context;
  const pin = command(context, ["pin-revision"], "git ls-remote https://huggingface.co/MODEL_ID HEAD");
  return {
    role: "training specialist",
    goal: `Say whether ${code(hubId(context))} is good enough as it was published. This plan trains nothing; ${code("configs/train.yaml")} holds the template's defaults, which no plan has chosen.`,
    context: ["The data engineer gives you examples, you give the deployment engineer a word on the model."],
    inputs: [
      [code(goldenPath(context)), "examples that judge", "data engineer"],
      [
        code(hubId(context)),
        `the model${workload.model.gated ? ", gated: ask for access and set HF_TOKEN" : ""}; ${code(pin)} fixes its commit`,
        "the hub",
      ],
    ],
    outputs: [
      ["`outputs/baseline.json`", "the model's measures", code(measured(context))],
      ["`models/MODEL_CARD.md`", "its marked places filled in", "by hand"],
    ],
    decided: ["platform", "reproducibility"],
    facts: [
      ["Model", code(hubId(context))],
      ["Served by", sentence(decision(plan, "deployment")?.title ?? choiceOf(context, "deployment")?.used?.id ?? "it")],
      ...(plan.memory
        ? [["Memory needed a device", `${ranged(plan.memory.neededGib, gib)} of ${gib(plan.memory.usableGib)} usable`]]
        : []),
    ],
    work: [
      `Fix the model's commit: ${code(pin)}.`,
      `Measure it with ${code(measured(context))}, and read twenty answers.`,
      "Try a better prompt before anything else: it is changed in minutes, and needs no card.",
      "Where it is not good enough, have a plan made with your examples (`ml-architect plan`): it says what training would need and cost.",
    ],
    questions: ["Which measure makes the model good enough for the product, and who says so?"],
    acceptance: [
      "The model card has its measures and what it does badly",
      "model.revision in configs/base.yaml is a commit",
    ],
    risks: {
      ofPlan: /licence|gated|quantis/i,
      standing: ["A model that nobody measured is trusted by its name (high): measure it on your own examples."],
    },
    files: ["PLAN.md", "configs/base.yaml", "configs/evaluate.yaml", "configs/serve.yaml"],
  };
}

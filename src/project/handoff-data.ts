import { imagePositions } from "../plan/sample.ts";
import { command, type TrainingContext } from "./context.ts";
import { exampleRows, isText } from "./example.ts";
import { assumed, type Brief, configured, questionsAbout } from "./handoff-brief.ts";
import { code } from "./markdown.ts";
import { number } from "./quantities.ts";
import { heldOut, hubId } from "./settings.ts";

/** What near copies come from: it lies on one side of the split as a whole. */
const WHOLE: Readonly<Record<string, string>> = {
  vision: "objects, scenes or patients",
  audio: "speakers or recordings",
  vlm: "documents or scenes",
};

/** The brief for whoever prepares the data. */
export function dataEngineer(context: TrainingContext): Brief {
  const { workload, plan, training } = context;
  const DATA = /example|averageTokens|tokenCount|sequence|data|epoch/i;
  const prepare = command(context, ["data", "prepare", "prepare-data"], "python scripts/prepare_data.py");
  const longestShare = workload.sequenceLength / workload.averageTokens;
  const raw = configured(context, "data.raw_path") ?? "data/raw";
  const media = configured(context, "data.media_path");
  const [train, validation, golden] = ["data.train_path", "data.validation_path", "evaluation.golden_path"].map((key) =>
    configured(context, key),
  );
  const share = heldOut(context, training.epochs);
  return {
    role: "data engineer",
    goal: `Deliver checked training data for ${code(hubId(context))}, task ${code(workload.task)}.`,
    context: [
      `You are first: the training specialist waits for the checked files, and cost and time are computed from the lengths that you measure. Labelling and collecting are in no figure of the plan.`,
    ],
    inputs: [
      [
        plan.brief.dataLocation ? code(plan.brief.dataLocation.value) : "not said",
        "the data as it is",
        `the product's owner${plan.brief.dataStatus ? `; state: ${code(plan.brief.dataStatus.value)}` : ""}`,
      ],
      ["`data/README.md`", "the format of a row, and what every check does", "the project"],
      ["`data/sample/`", "rows in that format which the checks run on", "the project"],
    ],
    outputs: [
      [code(raw), "your files, never edited, not in git", "copied"],
      ...(media === undefined ? [] : [[code(media), "the files that rows name, not in git", "copied"]]),
      ...[train, validation].flatMap((path) =>
        path === undefined ? [] : [[code(path), "cleaned, split and checked", code(prepare)]],
      ),
      ["`outputs/data_report.json`", "faults by file and row, lengths, SHA-256 of each file", code(prepare)],
      ...(golden === undefined ? [] : [[code(golden), "examples that judge and never train", "by hand"]]),
      ["`data/DATA_CARD.md`", "origin, licence, personal data, gaps", "by hand"],
    ],
    decided: ["data", "framework"],
    facts: [
      ["Examples", number(workload.exampleCount)],
      ...exampleRows(workload),
      ...(isText(workload)
        ? ([["Tokens a pass", number(workload.exampleCount * workload.averageTokens)]] as [string, string][])
        : []),
      ...(share === undefined
        ? []
        : [["Held out", `${number(100 * Number(share))} % for validation (data.validation_fraction)`]]),
    ],
    work: [
      `Put JSON Lines into \`data/raw\` in the format of data/README.md and run ${code(prepare)}.`,
      ...(isText(workload)
        ? [
            `Measure the length in tokens with the model's own tokenizer: average, 95th percentile, longest. The plan counts on a longest of ${number(longestShare)} times the average.`,
          ]
        : ["Look at the histogram of sizes in outputs/data_report.json, and at examples of each bin."]),
      `Remove duplicates, near duplicates and leaks between training and validation; hold out whole ${WHOLE[workload.modality] ?? "conversations or users"}, not rows.`,
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
      ...(isText(workload)
        ? [
            `The measured average is within a fifth of ${number(workload.averageTokens)} tokens, or the plan is made again`,
            `At most one example in a hundred is longer than ${number(workload.sequenceLength + imagePositions(workload))} tokens`,
          ]
        : []),
      "The exact files of a run can be named by a hash",
    ],
    risks: {
      ofPlan: /example|data|token|personal|label/i,
      standing: [
        "An example that is in training and in validation makes every measure too good (high): the split goes by prompt, and the check refuses equal ones; near copies are yours to find.",
        "The longest examples decide memory (medium): one outlier of the planned length costs the same card as a thousand. Look at what is cut before you raise model.max_length.",
        "Personal data is learned and repeated (high): remove it before training; afterwards only a new run helps.",
      ],
    },
    files: ["data/README.md", "configs/base.yaml", "scripts/prepare_data.py"],
  };
}

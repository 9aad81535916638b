import type { ActionsBlock, KnownBlock } from "@slack/types";
import type { Question } from "../../src/index.ts";
import { batches } from "./cut.ts";
import { LIMITS } from "./limits.ts";
import { button, type Stage } from "./stage.ts";
import { sections } from "./text.ts";

/** A question with a button for each answer, what each leads to, and ways not to choose among them. */
export function questionBlocks(number: number, question: Question, stage: Stage): KnownBlock[] {
  const { id, text, options, why } = question;
  const taken = options.find((option) => option.value === question.default);
  // Each answer says what it leads to; that the outcomes differ goes without saying then.
  const leads = options.flatMap(({ label, leadsTo }) => (leadsTo ? [`• ${label}: ${leadsTo}`] : []));
  const answers = [
    ...options.map((option) =>
      button(stage, { type: "answer", question: id, value: option.value }, option.label, {
        says: `${text} ${option.label}`,
      }),
    ),
    button(stage, { type: "words", question: id }, "In my own words…", { says: `Answer in words: ${text}` }),
    button(stage, { type: "judgement", question: id }, "Use your judgement"),
  ];
  return [
    ...sections([`**Question ${number}: ${text}**${leads.length > 0 ? "" : ` ${why}`}`, ...leads], stage.hosts),
    ...(taken ? sections([`_Until you say: ${taken.label}._`], stage.hosts) : []),
    ...batches(answers, LIMITS.actionsElements).map((elements): ActionsBlock => ({ type: "actions", elements })),
  ];
}

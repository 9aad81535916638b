import type { ModalView } from "@slack/types";
import { type BriefField, type Plan, type Question, shownValue } from "../../src/index.ts";
import { shortened } from "../blocks/cut.ts";
import { plain } from "../blocks/escape.ts";
import { LIMITS } from "../blocks/limits.ts";
import { type Stage, signed } from "../blocks/stage.ts";
import { sections } from "../blocks/text.ts";

/** Corrects one assumption. What was assumed stands in the field, and why above it. */
export function changeView(field: BriefField, plan: Plan, stage: Stage): ModalView {
  const assumed = plan.assumptions.find((a) => a.field === field);
  const value = assumed?.value ?? plan.brief[field]?.value;
  return modal("change", "Change an assumption", "Plan again", signed(stage, { type: "change", field }), [
    ...sections(
      [
        `\`${field}\` is ${value === undefined ? "open" : `**${shownValue(value)}**`}${assumed ? `: ${assumed.why}` : "."}`,
      ],
      stage.hosts,
    ),
    {
      type: "input",
      block_id: field,
      label: plain(shortened(`${field} is`, LIMITS.textCharacters)),
      hint: plain("A value, or your own words."),
      element: {
        type: "plain_text_input",
        action_id: "value",
        max_length: 200,
        ...(typeof value === "string" || typeof value === "number"
          ? { initial_value: shortened(String(value), 200) }
          : {}),
      },
    },
  ]);
}

/** Answers one question in words. */
export const wordsView = (question: Question, stage: Stage): ModalView =>
  modal("words", "Answer in your words", "Answer", signed(stage, { type: "words", question: question.id }), [
    ...sections([`**${question.text}** ${question.why}`], stage.hosts),
    {
      type: "input",
      block_id: question.id,
      label: plain("Your answer"),
      element: { type: "plain_text_input", action_id: "value", multiline: true, max_length: 1000 },
    },
  ]);

const modal = (
  callback: string,
  title: string,
  submit: string,
  metadata: string,
  blocks: ModalView["blocks"],
): ModalView => ({
  type: "modal",
  callback_id: callback,
  private_metadata: metadata,
  title: plain(title),
  submit: plain(submit),
  close: plain("Cancel"),
  blocks,
});

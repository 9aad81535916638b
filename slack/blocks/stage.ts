import type { Button, ConfirmationDialog } from "@slack/types";
import { type Action, actionId, type SlackEffect } from "../actions.ts";
import type { Sign } from "../values.ts";
import { shortened } from "./cut.ts";
import { plain } from "./escape.ts";
import { LIMITS } from "./limits.ts";

/** Where a reply is shown, and what may be done there. */
export interface Stage {
  run: string;
  /** The revision that buttons act on. */
  revision: number;
  sign: Sign;
  /** What this channel may start from the plan as it stands: nothing where no plan fits. */
  effects: readonly SlackEffect[];
  /** The change that is shown and not yet taken, by its hash. */
  proposal?: string;
  /** Where a pull request would go. Absent: a person picks the repository first. */
  pullRequest?: { repository: string; branch: string };
  /** Files of the project, once it has been counted. */
  fileCount?: number;
  /** Hosts that links may lead to. */
  hosts: readonly string[];
}

/** The signed value of an action on this stage. */
export const signed = ({ sign, run, revision }: Stage, action: Action): string =>
  sign(actionId(action), { run, revision });

interface Look {
  style?: "primary" | "danger";
  confirm?: ConfirmationDialog;
  /** What a screen reader says where the label alone is not enough. */
  says?: string;
}

export function button(stage: Stage, action: Action, label: string, { style, confirm, says }: Look = {}): Button {
  return {
    type: "button",
    action_id: actionId(action),
    text: plain(shortened(label, LIMITS.buttonTextCharacters)),
    value: signed(stage, action),
    ...(style ? { style } : {}),
    ...(confirm ? { confirm } : {}),
    ...(says ? { accessibility_label: shortened(says, LIMITS.buttonTextCharacters) } : {}),
  };
}

/** The question before an effect: the person who clicks sees what will be done, and where. */
export const confirmation = (title: string, text: string, confirm: string): ConfirmationDialog => ({
  title: plain(shortened(title, LIMITS.confirmTitleCharacters)),
  text: plain(shortened(text, LIMITS.confirmTextCharacters)),
  confirm: plain(shortened(confirm, LIMITS.confirmButtonCharacters)),
  deny: plain("Not now"),
});

import type { ActionsBlock, Button, ContextActionsBlock, KnownBlock } from "@slack/types";
import type { SlackEffect } from "../actions.ts";
import { plain } from "./escape.ts";
import { button, confirmation, type Stage, signed } from "./stage.ts";

/** What may be done with a plan: effects first, each behind a dialog that names what it does; then asking on. */
export function planActions(stage: Stage): KnownBlock[] {
  const effects = stage.effects.map((effect) => effectButton(stage, effect));
  const asking = [
    button(stage, { type: "verb", verb: "show" }, "Whole plan"),
    button(stage, { type: "verb", verb: "alternatives" }, "Alternatives"),
    button(stage, { type: "wish", wish: "cheaper" }, "Cheaper?"),
    button(stage, { type: "stop" }, "Stop", { confirm: stopping }),
  ];
  return [...(effects.length > 0 ? [row(effects)] : []), row(asking), feedback(stage)];
}

const row = (elements: Button[]): ActionsBlock => ({ type: "actions", elements });

const stopping = confirmation(
  "Stop this run?",
  "Nothing is deleted: say what you want in this thread to go on.",
  "Stop",
);

const files = ({ fileCount }: Stage): string => (fileCount === undefined ? "its files" : `${fileCount} files`);

/** One effect on the stage's revision. */
export function effectButton(stage: Stage, effect: SlackEffect): Button {
  const act = { type: "effect", effect } as const;
  switch (effect) {
    case "pull-request": {
      const { pullRequest: to } = stage;
      // Without a repository the click opens a modal that asks for one and names the rest.
      return to
        ? button(stage, act, "Open pull request", {
            style: "primary",
            confirm: confirmation(
              "Open a draft pull request?",
              `Repository ${to.repository}, branch ${to.branch}, at most ${files(stage)}. Files that are there are never overwritten.`,
              "Open it",
            ),
          })
        : button(stage, act, "Open pull request…", { style: "primary" });
    }
    case "zip":
      return button(stage, act, "Download zip", {
        confirm: confirmation(
          "Put the project here as a zip?",
          `${files(stage)}, for everybody in this thread.`,
          "Yes",
        ),
      });
    case "cells":
      return button(stage, act, "Open in notebook", {
        confirm: confirmation(
          "Put a notebook here?",
          "An .ipynb with the configuration and the smoke test's cells, for everybody in this thread.",
          "Yes",
        ),
      });
    case "hand-off":
      return button(stage, act, "Hand off", {
        confirm: confirmation(
          "Hand this plan off?",
          "Briefs for data, training, deployment and security are posted in this thread.",
          "Post them",
        ),
      });
    default:
      return effect satisfies never;
  }
}

function feedback(stage: Stage): ContextActionsBlock {
  const good = { type: "feedback", verdict: "good" } as const;
  const bad = { type: "feedback", verdict: "bad" } as const;
  return {
    type: "context_actions",
    elements: [
      {
        type: "feedback_buttons",
        // Both buttons share one action; the values tell them apart.
        action_id: "feedback",
        positive_button: { text: plain("Good answer"), value: signed(stage, good) },
        negative_button: { text: plain("Bad answer"), value: signed(stage, bad) },
      },
    ],
  };
}

import { BRIEF_FIELDS, type BriefField } from "../src/index.ts";

/** Effects that a button in Slack can start. "cells" is Open in notebook. */
export const EFFECTS = ["pull-request", "zip", "cells", "hand-off"] as const;
export type SlackEffect = (typeof EFFECTS)[number];

const VERBS = ["show", "alternatives", "config", "questions", "undo"] as const;
const WISHES = ["cheaper", "faster", "simplest", "private"] as const;
const VERDICTS = ["good", "bad"] as const;
type Verb = (typeof VERBS)[number];
type Wish = (typeof WISHES)[number];

/** Everything that can be clicked. */
export type Action =
  | { type: "answer"; question: string; value: string | number | boolean }
  /** Without a question: all that are asked. */
  | { type: "judgement"; question?: string }
  /** Opens the modal for an answer in words. */
  | { type: "words"; question: string }
  /** Opens the modal that corrects an assumption. */
  | { type: "change"; field: BriefField }
  | { type: "effect"; effect: SlackEffect }
  | { type: "verb"; verb: Verb }
  | { type: "wish"; wish: Wish }
  /** Takes the change that was shown last, as long as it is this one. */
  | { type: "keep"; proposal: string }
  | { type: "feedback"; verdict: (typeof VERDICTS)[number] }
  | { type: "stop" }
  /** Opens the form. */
  | { type: "new" };

/** An action as Slack's `action_id`: the name before the first colon, what it is about behind it. */
export function actionId(action: Action): string {
  switch (action.type) {
    case "answer":
      return `answer:${action.question}:${JSON.stringify(action.value)}`;
    case "judgement":
      return action.question === undefined ? "judgement" : `judgement:${action.question}`;
    case "words":
      return `words:${action.question}`;
    case "change":
      return `change:${action.field}`;
    case "effect":
      return `effect:${action.effect}`;
    case "verb":
      return `verb:${action.verb}`;
    case "wish":
      return `wish:${action.wish}`;
    case "keep":
      return `keep:${action.proposal}`;
    case "feedback":
      return `feedback:${action.verdict}`;
    case "stop":
    case "new":
      return action.type;
    default:
      return action satisfies never;
  }
}

/** The action behind an `action_id`; undefined for one that this version does not know. */
export function actionOf(id: string): Action | undefined {
  const [, type = "", about] = /^([a-z-]+)(?::(.*))?$/s.exec(id) ?? [];
  switch (type) {
    case "answer": {
      const [, question, value] = /^([^:]+):(.+)$/s.exec(about ?? "") ?? [];
      return question === undefined || value === undefined ? undefined : answerOf(question, value);
    }
    case "judgement":
      return about === undefined ? { type } : { type, question: about };
    case "words":
      return about === undefined ? undefined : { type, question: about };
    case "change":
      return known(BRIEF_FIELDS, about, (field) => ({ type, field }));
    case "effect":
      return known(EFFECTS, about, (effect) => ({ type, effect }));
    case "verb":
      return known(VERBS, about, (verb) => ({ type, verb }));
    case "wish":
      return known(WISHES, about, (wish) => ({ type, wish }));
    case "keep":
      return about !== undefined && /^[0-9a-f]{12}$/.test(about) ? { type, proposal: about } : undefined;
    case "feedback":
      return known(VERDICTS, about, (verdict) => ({ type, verdict }));
    case "stop":
    case "new":
      return about === undefined ? { type } : undefined;
    default:
      return undefined;
  }
}

function answerOf(question: string, json: string): Action | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return ["string", "number", "boolean"].includes(typeof value)
      ? { type: "answer", question, value: value as string | number | boolean }
      : undefined;
  } catch {
    return undefined;
  }
}

const known = <T extends string>(all: readonly T[], name: string | undefined, to: (found: T) => Action) => {
  const found = all.find((each) => each === name);
  return found === undefined ? undefined : to(found);
};

import type { Brief, BriefField } from "../brief/brief.ts";
import { briefFromValues } from "../brief/values.ts";
import { AdvisorError } from "../error.ts";
import { answered } from "../plan/ask.ts";
import type { Plan } from "../plan/plan.ts";
import { why } from "../plan/why.ts";
import { redactSecrets, secretNotices } from "../secrets.ts";
import { withTeam } from "../team/apply.ts";
import { act, offer } from "./act.ts";
import { fieldsThatChanged, withField, withWords } from "./change.ts";
import { configOf } from "./config.ts";
import {
  type Command,
  type Conversation,
  current,
  type Event,
  emptyConversation,
  type Reply,
  type Setting,
  type Turn,
} from "./conversation.ts";
import { keep, propose, wish } from "./propose.ts";
import { differenceOf, nothingRead, planOf, questions, revise, say, shown, started } from "./revise.ts";
import { type Answer, meaningOf } from "./understand.ts";

/**
 * One step of the conversation: `(state, event) → (state, replies, effects)`. Nothing is read, written or remembered
 * outside the state, so every front end that says the same words gets the same plan. What a person cannot have meant is
 * an error reply and leaves the state as it was.
 */
export function consult(state: Conversation, event: Event, setting: Setting): Turn {
  try {
    return turn(state, event, setting);
  } catch (error) {
    if (!(error instanceof AdvisorError)) throw error;
    return say(state, { kind: "error", message: error.message, hint: error.hint });
  }
}

function turn(state: Conversation, event: Event, setting: Setting): Turn {
  switch (event.type) {
    case "said":
      return said(state, event.text, setting);
    case "answered":
      return answer(state, [{ question: event.question, value: event.value }], setting);
    case "judgement": {
      const asked = event.question === undefined ? state.asked : state.asked.filter((q) => q.id === event.question);
      return answer(
        state,
        asked.map((q) => ({ question: q.id, judgement: true as const })),
        setting,
      );
    }
    case "changed": {
      const change = withField(current(state)?.brief ?? {}, briefFromValues({ [event.field]: event.value }, "stated"));
      return revise(state, change, `${event.field} = ${JSON.stringify(event.value)}`, setting);
    }
    case "command":
      return obey(state, event.command, setting);
    case "opened": {
      const { conflicts, calibration, headline } = event.plan;
      const change = withField({}, briefFromValues(valuesOf(event.plan.brief), "stated"));
      const notices = calibration
        ? ["The plan was measured; here it is estimated again: `calibrate` puts the measurement back."]
        : [];
      // Numbers are never given twice, also not to another plan in this conversation.
      return revise({ ...emptyConversation(), next: state.next }, { ...change, conflicts, notices }, headline, setting);
    }
    case "project":
      return existing(state, event, setting);
    case "effectDone":
      return {
        state: { ...state, effects: state.effects.filter((e) => e.id !== event.id) },
        replies: [event.ok ? { kind: "done", text: event.text } : { kind: "error", message: event.text, hint: "" }],
        effects: [],
      };
    default:
      return event satisfies never;
  }
}

const valuesOf = (brief: Brief): Record<string, unknown> =>
  Object.fromEntries(Object.entries(brief).map(([field, { value }]) => [field, value]));

function said(state: Conversation, given: string, setting: Setting): Turn {
  const { text, found } = redactSecrets(given);
  const rotate = secretNotices(found).map((notice): Reply => ({ kind: "notice", text: notice }));
  const next = understood(state, text, setting);
  return { ...next, replies: [...rotate, ...next.replies] };
}

function understood(state: Conversation, text: string, setting: Setting): Turn {
  const meaning = meaningOf(text, state);
  switch (meaning.type) {
    case "command":
      return obey(state, meaning.command, setting);
    case "answers":
      return answer(state, meaning.answers, setting);
    case "action":
      return offer(state, meaning.effect, meaning.target, setting);
    case "words": {
      const revision = current(state);
      const change = withWords(revision?.brief ?? {}, text, setting.catalog, setting.today);
      if (!revision && setting.standing) change.brief = withTeam(change.brief, setting.standing);
      if (change.fields.length > 0) return revise(state, change, text, setting);
      throw nothingRead(text, Object.keys(change.brief).length > 0);
    }
    default:
      return meaning satisfies never;
  }
}

/** Words overrule a project that was read, the project what a team always says and what was only inferred. */
function existing(state: Conversation, event: Extract<Event, { type: "project" }>, setting: Setting): Turn {
  const { name, notices, text } = event;
  const before = current(state)?.brief ?? setting.standing ?? {};
  const isSaid = ({ from }: { from: string }): boolean => from === "stated" || from === "measured";
  const part = (keep: boolean): Brief =>
    Object.fromEntries(Object.entries(before).filter(([, value]) => isSaid(value) === keep));
  const filled = withTeam(part(true), withTeam(event.brief, part(false)));
  const said = text === "" ? undefined : withWords(filled, text, setting.catalog, setting.today);
  const brief = said?.brief ?? filled;
  const fields = fieldsThatChanged(before, brief).map((field) => ({ ...field, words: name }));
  if (fields.length === 0)
    return say(state, { kind: "done", text: `${name} was read: it says nothing that would change the plan.` });
  const change = { brief, fields, conflicts: said?.conflicts ?? [], notices: [...notices, ...(said?.notices ?? [])] };
  return revise(state, change, text === "" ? name : `${name}: ${text}`, setting);
}

/** Answers and judgements in the order given. Each is an answer to a question as it stood when it was asked. */
function answer(state: Conversation, answers: readonly Answer[], setting: Setting): Turn {
  const revision = started(state);
  let { brief } = revision;
  const settled = new Set(revision.settled);
  for (const each of answers) {
    const question = state.asked.find((q) => q.id === each.question);
    if (!question)
      throw new AdvisorError("unknown-name", `"${each.question}" is not asked now`, "Say the value in words instead.");
    if ("judgement" in each) settled.add(each.question);
    else {
      const next = answered(brief, each.question, each.value, setting.catalog);
      // "No deadline" leaves the brief as it was: it is settled all the same.
      if (next === brief || JSON.stringify(valuesOf(next)) === JSON.stringify(valuesOf(brief)))
        settled.add(each.question);
      brief = next;
    }
  }
  const change = withField(revision.brief, differing(revision.brief, brief));
  const because = answers.map((a) =>
    "judgement" in a ? `${a.question}: your judgement` : `${a.question}: ${String(a.value)}`,
  );
  return revise(state, change, because.join(", "), setting, [...settled]);
}

/** The fields of a brief that another one has not, or has otherwise. */
const differing = (before: Brief, after: Brief): Brief =>
  Object.fromEntries(Object.entries(after).filter(([field, value]) => before[field as BriefField] !== value)) as Brief;

function obey(state: Conversation, command: Command, setting: Setting): Turn {
  if (command.verb === "help") return say(state, { kind: "help" });
  if (command.verb === "start-over")
    return say(
      { ...emptyConversation(), next: state.next },
      { kind: "done", text: "Forgotten. What do you want to train or serve?" },
    );
  const revision = started(state);
  const plan = (): Plan => planOf(revision, setting);
  switch (command.verb) {
    case "show":
      return say(state, { kind: "plan", revision: revision.number, plan: plan(), whole: true });
    case "config":
      return say(state, { kind: "config", yaml: configOf(plan()) });
    case "questions":
      return state.asked.length > 0
        ? say(state, ...shown(state.asked))
        : say(state, { kind: "done", text: "No answer would change the plan: there is nothing left to ask." });
    case "alternatives":
      return say(state, { kind: "alternatives", plan: plan() });
    case "why":
      return reasoned(state, command.about, plan(), setting);
    case "what-if":
      return propose(state, command.change, setting);
    case "wish":
      return wish(state, command.wish, setting);
    case "keep":
      return keep(state, setting);
    case "undo":
      return undo(state, setting);
    case "compare": {
      const other = command.revision ?? state.revisions.at(-2)?.number;
      const found = state.revisions.find((r) => r.number === other);
      if (!found)
        throw new AdvisorError(
          "invalid-input",
          "There is no earlier plan to compare with",
          'Ask "what if …" to compare with another set-up.',
        );
      return say(state, differenceOf(planOf(found, setting), plan(), `revision ${found.number}`, revision.number));
    }
    case "write-project":
    case "save-plan":
    case "zip":
    case "pull-request":
    case "cells":
    case "hand-off":
      return act(state, command, setting);
    default:
      return command satisfies never;
  }
}

/** Out of the plan's record; what the plan never looked at ("why not an A100") is tried instead. */
function reasoned(state: Conversation, about: string, plan: Plan, setting: Setting): Turn {
  try {
    return say(state, { kind: "reasons", reasons: why(plan, about) });
  } catch (error) {
    if (!(error instanceof AdvisorError) || !changes(state, about, setting)) throw error;
    return propose(state, about, setting);
  }
}

const changes = (state: Conversation, text: string, setting: Setting): boolean =>
  withWords(started(state).brief, text, setting.catalog, setting.today).fields.length > 0;

function undo(state: Conversation, setting: Setting): Turn {
  const revisions = state.revisions.slice(0, -1);
  const before = revisions.at(-1);
  if (!before) throw new AdvisorError("invalid-input", "There is nothing to undo", 'Say "start over" to begin again.');
  const plan = planOf(before, setting);
  const asked = questions(before, setting);
  const { proposal: _, ...rest } = state;
  const undone = planOf(started(state), setting);
  return say({ ...rest, revisions, asked }, differenceOf(undone, plan, "undo", before.number), ...shown(asked));
}

import { AdvisorError } from "../error.ts";
import { fieldsThatChanged, withWords } from "./change.ts";
import type { Conversation, Setting, Turn, Wish } from "./conversation.ts";
import { planned } from "./remember.ts";
import { differenceOf, nothingRead, planOf, revise, say, started } from "./revise.ts";
import { grant } from "./wish.ts";

/** A change that is shown, not taken. */
export function propose(state: Conversation, text: string, setting: Setting): Turn {
  const revision = started(state);
  const change = withWords(revision.brief, text, setting.catalog, setting.today);
  if (change.fields.length === 0) throw nothingRead(text, true);
  const plan = planned(change, setting.catalog, setting.today);
  return say(
    { ...state, proposal: { brief: change.brief, because: text } },
    { kind: "understood", fields: change.fields },
    differenceOf(planOf(revision, setting), plan, text),
  );
}

export function wish(state: Conversation, wanted: Wish, setting: Setting): Turn {
  const plan = planOf(started(state), setting);
  const granted = grant(wanted, plan, setting.catalog, setting.today);
  if (!granted) {
    const near = plan.repairs.map((r) => r.summary);
    return say(state, {
      kind: "done",
      text: [`Nothing that was tried is ${WISHES[wanted]} than this plan within what is asked.`, ...near].join("\n\n"),
    });
  }
  return say(
    { ...state, proposal: { brief: granted.brief, because: wanted } },
    { kind: "understood", fields: fieldsThatChanged(plan.brief, granted.brief) },
    differenceOf(plan, granted, wanted),
  );
}

const WISHES: Record<Wish, string> = {
  cheaper: "cheaper",
  faster: "faster",
  simplest: "simpler",
  private: "more private",
};

export function keep(state: Conversation, setting: Setting): Turn {
  if (!state.proposal)
    throw new AdvisorError("invalid-input", "There is nothing to keep", 'Ask "what if …" or "cheaper" first.');
  const { brief, because } = state.proposal;
  const fields = fieldsThatChanged(started(state).brief, brief);
  const taken = revise(state, { brief, conflicts: [], notices: [], fields }, because, setting);
  const replies = taken.replies
    .filter((reply) => reply.kind !== "understood")
    .map((reply) => (reply.kind === "difference" ? { ...reply, seen: true as const } : reply));
  return { ...taken, replies };
}

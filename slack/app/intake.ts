import { setTimeout as pause } from "node:timers/promises";
import { AdvisorError } from "../../src/index.ts";
import { type Action, actionId, actionOf } from "../actions.ts";
import { escaped } from "../blocks/escape.ts";
import { type Incoming, said, type Where } from "../incoming.ts";
import { cancelWaiting } from "../store/cancel.ts";
import type { Database } from "../store/database.ts";
import { deleteTeam } from "../store/deletion.ts";
import { type Delivery, isKept, newThread, receive } from "../store/inbox.ts";
import { EDITED, forget, reword } from "../store/reword.ts";
import { findRun, isBeginning, latestRun, type Run, runOfThread } from "../store/runs.ts";
import { settingsOf } from "../store/settings.ts";
import type { Values } from "../values.ts";
import { formWords } from "../views/form.ts";
import { repositoryLabel } from "../views/repository.ts";
import type { Admission } from "./admission.ts";
import type { Heard } from "./heard.ts";
import { orderOf } from "./order.ts";
import { isToSomebodyElse, typedWords } from "./words.ts";

/** What became of a delivery before Slack was answered; the listener that Bolt calls next tells the person. */
export type Outcome =
  /** In the inbox, and so not lost. */
  | { type: "kept"; run: string }
  /** It was there already, or it is not for us. */
  | { type: "nothing" }
  /** A person did something that they may not do, or that is over. */
  | { type: "refused"; why: string }
  /** A click that opens a modal: nothing happened yet. */
  | { type: "clicked"; run: Run; revision: number; action: Action }
  /** A word that is answered to the one who said it. */
  | { type: "asked" };

export interface IntakeSetting {
  db: Database;
  values: Values;
  /** Our own user, whose mention is left out of what was said. */
  bot: string;
  admission: Admission;
  /** Repositories that a channel may open pull requests in, in the order that the modal shows. */
  repositoriesOf(channel: string): Promise<readonly string[]>;
  now(): Date;
}

export type Intake = (heard: Heard) => Promise<Outcome>;

/** Together less than the three seconds that Slack waits. */
const BEGINNING_MS = [100, 200, 400, 800, 800];

/** Slack sends what nobody took for six minutes; what was said after it may come before it as long. */
const OVERTAKEN_SECONDS = 600;

const NOTHING: Outcome = { type: "nothing" };
const refused = (why: string): Outcome => ({ type: "refused", why });

/** Turns deliveries into rows of the inbox. It runs before Slack is answered: what it throws, Slack sends again. */
export function intake(setting: IntakeSetting): Intake {
  const { db, bot, admission, now } = setting;

  /** Keeps what a person is allowed to say, once. */
  const keep = async (delivery: Delivery): Promise<Outcome> => {
    if (await isKept(db, delivery)) return NOTHING;
    const why = await admission.spend(delivery.where.team, delivery.person, now());
    if (why !== undefined) return refused(why);
    const { run, fresh } = await receive(db, delivery, now());
    return fresh ? { type: "kept", run } : NOTHING;
  };

  /**
   * The run of a thread. One that we have just begun may not be known as ours: Slack shows its first message before it
   * tells us where that is. Then we wait, and in the end leave it to Slack to send the message again.
   */
  const runAt = async (
    where: Where,
    { person, parent }: { person: string; parent?: string },
  ): Promise<Run | undefined> => {
    for (const waitMs of BEGINNING_MS) {
      const mayBeOurs =
        (parent === undefined || parent === bot) && (await isBeginning(db, where.team, where.channel, person));
      const run = await runOfThread(db, where);
      if (run || !mayBeOurs) return run;
      await pause(waitMs);
    }
    throw new Error("A thread of ours is not known yet: Slack sends this again");
  };

  const message = async (heard: Extract<Heard, { type: "message" }>): Promise<Outcome> => {
    const { id, team, person, channel, ts, kind } = heard;
    const where = { team, channel, thread: heard.thread ?? ts };
    if (kind === "overheard") {
      // Where we are mentioned, the mention brings it. Elsewhere it is for us only in a thread of ours.
      if (heard.thread === undefined || heard.text.includes(`<@${bot}`) || isToSomebodyElse(heard.text, bot))
        return NOTHING;
      if (!(await runAt(where, heard))) return NOTHING;
      if ((await settingsOf(db, team, channel)).threadReplies === "mention") return NOTHING;
    }
    const why = admission.refusal({ team, channel, person, isDirect: kind === "direct", isExternal: heard.isExternal });
    // Who did not speak to us is not told that they may not.
    if (why !== undefined) return kind === "overheard" ? NOTHING : refused(why);
    if (kind !== "overheard" && heard.thread !== undefined) await runAt(where, heard);
    const words = typedWords(heard.text, bot);
    const incoming: Incoming = {
      ...said(words === "" && !heard.files ? "help" : words),
      ...(kind === "overheard" ? { overheard: true } : {}),
      ...(heard.files ? { files: heard.files } : {}),
    };
    return keep({ id, message: messageKey(heard), where, person, incoming });
  };

  const edited = async (heard: Extract<Heard, { type: "edited" }>): Promise<Outcome> => {
    const { id, team, person, channel, ts, text, isDirect } = heard;
    // An edit that comes again may find its own words answered.
    if (await isKept(db, { id })) return NOTHING;
    const words = typedWords(text, bot);
    const before = await reword(db, { id, message: messageKey(heard), said: said(words) });
    // Not answered yet: it is as if it had been said so.
    if (before === "waiting" || words === "") return NOTHING;
    if (before === "answered") {
      const where = { team, channel, thread: heard.thread ?? ts };
      const anew = `${messageKey(heard)}${EDITED}${id}`;
      return keep({ id, message: anew, where, person, incoming: { ...said(words), overheard: true } });
    }
    // It may have come before the message itself, which then finds its place taken. Never ours: it stays so.
    if (now().getTime() / 1000 - Number(ts) > OVERTAKEN_SECONDS) return NOTHING;
    const kind = isDirect ? "direct" : text.includes(`<@${bot}`) ? "mention" : "overheard";
    const outcome = await message({ ...heard, type: "message", kind });
    // In between, the message came after all.
    const isThere = outcome.type === "nothing" && (await isKept(db, { id, message: messageKey(heard) }));
    return isThere ? edited(heard) : outcome;
  };

  const command = async (heard: Extract<Heard, { type: "command" }>): Promise<Outcome> => {
    const { id, team, channel, person } = heard;
    const why = admission.refusal({ team, channel, person, isDirect: channel.startsWith("D"), isExternal: false });
    if (why !== undefined) return refused(why);
    const order = orderOf(heard.text);
    if (order.type === "design") return begin(id, { team, channel }, person, order.words);
    if (order.type !== "cancel") return { type: "asked" };
    const run = await latestRun(db, team, person, channel);
    if (!run || run.state === "stopped") return refused("You have no run here that could be stopped.");
    return stop(id, run, person);
  };

  /** Stops a run: what it has not begun to do outside is not done. */
  const stop = async (id: string, run: Run, person: string): Promise<Outcome> => {
    const incoming: Incoming = { type: "pressed", action: { type: "stop" }, revision: run.revision };
    const outcome = await keep({ id, where: run.where, person, incoming });
    if (outcome.type === "kept") await cancelWaiting(db, run.id, person, now());
    return outcome;
  };

  /** Begins a run in a thread that we post ourselves. */
  const begin = (
    id: string,
    at: { team: string; channel: string },
    person: string,
    words: string,
  ): Promise<Outcome> => {
    const incoming = said(words);
    const opening = `<@${person}> asks: ${escaped(incoming.text)}`;
    return keep({ id, where: { ...at, thread: newThread(id) }, person, incoming, opening });
  };

  const shortcut = async (heard: Extract<Heard, { type: "shortcut" }>): Promise<Outcome> => {
    const { id, team, channel, person, thread, ts } = heard;
    const why = admission.refusal({ team, channel, person, isDirect: channel.startsWith("D"), isExternal: false });
    if (why !== undefined) return refused(why);
    const words = typedWords(heard.text, bot);
    if (words === "") return refused("That message has no words that I could design from.");
    const opening = `<@${person}> asks me to design from ${ts === thread ? "this message" : "a message of this thread"}.`;
    return keep({ id, where: { team, channel, thread }, person, incoming: said(words), opening });
  };

  /** Checks a click or a modal against the run that its value names. */
  const verified = async (
    { team, person }: { team: string; person: string },
    action: Action,
    value: string,
    place: { channel?: string; thread?: string } | undefined,
  ): Promise<{ run: Run; revision: number } | string> => {
    let pressed: { run: string; revision: number };
    try {
      pressed = setting.values.open(actionId(action), value);
    } catch (error) {
      if (error instanceof AdvisorError) return `${error.message}. ${error.hint}`;
      throw error;
    }
    const run = await findRun(db, pressed.run);
    const at = run?.where;
    const elsewhere = place && (place.channel !== at?.channel || (place.thread ?? at?.thread) !== at?.thread);
    if (!run || at?.team !== team || elsewhere)
      return "This button does not belong here: its run is gone, or elsewhere.";
    const isDirect = run.where.channel.startsWith("D");
    const why = admission.refusal({ ...run.where, person, isDirect, isExternal: false });
    return why ?? { run, revision: pressed.revision };
  };

  const pressed = async (heard: Extract<Heard, { type: "pressed" }>): Promise<Outcome> => {
    const { id, person, action: name, value } = heard;
    const action = actionOf(name === "feedback" ? feedbackOf(setting.values, value) : name);
    if (!action) return refused("This button is of another version of me. Say “show the plan” for fresh ones.");
    if (action.type === "new") return { type: "asked" };
    const found = await verified(heard, action, value, heard);
    if (typeof found === "string") return refused(found);
    const { run, revision } = found;
    if (await opensModal(run, action))
      return revision === run.revision || action.type === "words"
        ? { type: "clicked", run, revision, action }
        : refused(
            `That button belongs to revision ${revision}; the plan is at revision ${run.revision} now. Use the newest buttons.`,
          );
    if (action.type === "stop") return stop(id, run, person);
    return keep({ id, where: run.where, person, incoming: { type: "pressed", action, revision } });
  };

  const opensModal = async ({ where }: Run, action: Action): Promise<boolean> => {
    if (action.type === "words" || action.type === "change") return true;
    if (action.type !== "effect" || action.effect !== "pull-request") return false;
    return (await setting.repositoriesOf(where.channel)).length > 1;
  };

  const submitted = async (heard: Extract<Heard, { type: "submitted" }>): Promise<Outcome> => {
    const { id, team, person, callback, target, values } = heard;
    if (callback === "form") {
      const channel = formChannel(setting.values, { team, person }, target);
      if (channel === undefined) return refused("This form was not made by me, or my secret has changed since.");
      const isDirect = !channel.startsWith("C") && !channel.startsWith("G");
      const why = admission.refusal({ team, channel, person, isDirect, isExternal: false });
      if (why !== undefined) return refused(why);
      const words = formWords(values);
      return words === ""
        ? refused("Say what you want to train or serve.")
        : begin(id, { team, channel }, person, words);
    }
    const [block, entry] = Object.entries(values)[0] ?? [];
    if (block === undefined || entry === undefined) return refused("Nothing was entered.");
    const about = callback === "repository" ? "effect:pull-request" : `${callback}:${block}`;
    const action = actionOf(about);
    if (!action) return refused("This form is of another version of me.");
    const found = await verified(heard, action, target, undefined);
    if (typeof found === "string") return refused(found);
    const { run, revision } = found;
    if (action.type === "effect") {
      const repository = (await setting.repositoriesOf(run.where.channel))[Number(entry)];
      // The list may have changed since it was shown: what the person read is what they confirmed.
      if (repository === undefined || repositoryLabel(repository) !== heard.labels[block])
        return refused("That repository may not be used from here any more.");
      return keep({ id, where: run.where, person, incoming: { type: "pressed", action, revision, repository } });
    }
    if (action.type !== "change" && action.type !== "words") return refused("This form is of another version of me.");
    return keep({
      id,
      where: run.where,
      person,
      incoming: { type: "wrote", about: action, text: said(entry).text, revision },
    });
  };

  return async (heard) => {
    switch (heard.type) {
      case "message":
        return message(heard);
      case "edited":
        return edited(heard);
      case "deleted":
        await forget(db, messageKey(heard));
        return NOTHING;
      case "command":
        return command(heard);
      case "shortcut":
        return shortcut(heard);
      case "pressed":
        return pressed(heard);
      case "submitted":
        return submitted(heard);
      case "stopped": {
        const run = await runOfThread(db, heard);
        if (!run || run.state === "stopped") return NOTHING;
        return stop(heard.id, run, heard.person);
      }
      case "home":
        return { type: "asked" };
      case "gone":
        await deleteTeam(db, heard.team);
        return NOTHING;
      case "nothing":
        return NOTHING;
      default:
        return heard satisfies never;
    }
  };
}

/** A message's name: what tells its two events, its edits and its deletion. */
const messageKey = ({ team, channel, ts }: { team: string; channel: string; ts: string }): string =>
  `${team}:${channel}:${ts}`;

/** Both buttons of feedback share one action; their values are signed apart. */
function feedbackOf(values: Values, value: string): string {
  for (const verdict of ["good", "bad"] as const) {
    const id = actionId({ type: "feedback", verdict });
    try {
      values.open(id, value);
      return id;
    } catch {
      // It is the other one, or none: then the check of the value says so.
    }
  }
  return "feedback:good";
}

/** Where a form's answer goes, bound to the person who opened it: it travels through their client. */
const formAction = ({ team, person }: { team: string; person: string }): string => `form:${team}:${person}`;
export const formTarget = (values: Values, who: { team: string; person: string }, channel: string): string =>
  values.sign(formAction(who), { run: channel, revision: 0 });
function formChannel(values: Values, who: { team: string; person: string }, target: string): string | undefined {
  try {
    return values.open(formAction(who), target).run;
  } catch {
    return undefined;
  }
}

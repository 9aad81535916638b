import type { WebClient } from "@slack/web-api";
import { withWords } from "../../src/consult.ts";
import { type Catalog, shownValue } from "../../src/index.ts";
import { EFFECTS, type SlackEffect } from "../actions.ts";
import type { Database } from "../store/database.ts";
import { beginLive, endLive } from "../store/live.ts";
import type { Run } from "../store/runs.ts";
import type { Answer } from "../work/answer.ts";
import type { Doing, Live } from "../work/live.ts";
import type { Sent } from "../work/worker.ts";
import type { Presence } from "./presence.ts";
import { Progress, type Task } from "./progress.ts";

export interface LiveSetting {
  db: Database;
  client: WebClient;
  catalog: Catalog;
  presence: Presence;
  failed(error: unknown): void;
  now(): Date;
  heartbeatMs?: number;
}

/** Live as a bot has it: it can be told to pause. */
export interface Shown extends Live {
  /** The process ends: what is open says so, and is taken up by the next one. */
  pause(): Promise<void>;
}

const EFFECT_TITLES: Record<SlackEffect, string> = {
  "pull-request": "Opening a draft pull request",
  zip: "Packing the project",
  cells: "Writing the notebook",
  "hand-off": "Writing the hand-offs",
};

const NOTHING_SHOWN: Doing<unknown> = { end: async () => {} };

/** Shows a first plan and the longer effects step by step; everything else by the status of its thread. */
export function liveOfBot({ db, client, catalog, presence, failed, now, heartbeatMs }: LiveSetting): Shown {
  const open = new Map<Progress, Task>();

  const begin = (run: Run, person: string, title: string, ...tasks: Task[]): Progress => {
    const { where, liveTs } = run;
    const progress = new Progress({ client, where, person, title, begun: liveTs ?? undefined, heartbeatMs });
    open.set(progress, tasks.find(({ status }) => status === "in_progress")!);
    progress.show(...tasks);
    // Who resumes after us goes on with this message.
    const kept = progress.ts().then((ts) => (ts === undefined ? undefined : beginLive(db, run.id, ts)));
    void kept.catch(failed);
    return progress;
  };

  const end = async (run: Run, progress: Progress, ...tasks: Task[]): Promise<void> => {
    if (!open.delete(progress)) return;
    await progress.end(...tasks);
    // What waits is taken up again.
    if (tasks.every(({ status }) => status !== "pending")) await endLive(db, run.id).catch(failed);
  };

  return {
    thinking(run, person, incoming) {
      const { where } = run;
      presence.set(where, "processing");
      const today = now().toISOString().slice(0, 10);
      const isFirst = run.revision === 0 && incoming.type === "said";
      const fields = isFirst ? withWords({}, incoming.text, catalog, today).fields : [];
      const rest = (found?: Answer): void => presence.set(where, restOf(found));
      if (fields.length === 0) return { end: async (found) => rest(found) };
      const read = fields.map((f) => `${f.field} ${shownValue(f.value)}`).join(", ");
      const progress = begin(
        run,
        person,
        "Designing",
        { id: "read", title: "Read what you said", status: "complete", details: read },
        { id: "plan", title: "Weighing machines, methods, memory, time and cost", status: "in_progress" },
        { id: "ask", title: "Looking for questions that would change the answer", status: "pending" },
      );
      return {
        async end(found) {
          await end(run, progress, ...planned(found));
          rest(found);
        },
      };
    },
    doing(run, outgoing) {
      const effect = outgoing.type === "effect" && EFFECTS.find((each) => each === outgoing.effect.kind);
      if (!effect || outgoing.type !== "effect") return NOTHING_SHOWN;
      presence.set(run.where, "processing");
      const task: Task = { id: "do", title: EFFECT_TITLES[effect], status: "in_progress" };
      const progress = begin(run, outgoing.person, EFFECT_TITLES[effect], task);
      return {
        async end(sent?: Sent) {
          const status =
            sent === undefined || sent.type === "later" ? "pending" : sent.type === "sent" ? "complete" : "error";
          const details = status === "pending" ? "It has to wait, and goes on by itself." : undefined;
          await end(run, progress, { ...task, status, details });
          presence.set(run.where, "active");
        },
      };
    },
    async pause() {
      await Promise.all(
        [...open].map(([progress, task]) =>
          progress.end({ ...task, status: "pending", details: "Paused, will resume" }),
        ),
      );
      open.clear();
    },
  };
}

/** Suspended is Slack's word for waiting for a person. */
const restOf = (found: Answer | undefined): "suspended" | "active" =>
  found && !found.stepped.stopped && found.stepped.conversation.asked.length > 0 ? "suspended" : "active";

function planned(found: Answer | undefined): Task[] {
  const plan = { id: "plan", title: "Weighing machines, methods, memory, time and cost" };
  const ask = { id: "ask", title: "Looking for questions that would change the answer" };
  if (!found) return [{ ...plan, status: "pending", details: "It did not work; I try again." }];
  const count = found.stepped.conversation.asked.length;
  const questions = count === 0 ? "none: the plan stands" : count === 1 ? "one question" : `${count} questions`;
  return [
    { ...plan, status: found.headline === undefined ? "error" : "complete", details: found.headline },
    { ...ask, status: "complete", details: questions },
  ];
}

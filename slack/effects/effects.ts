import type { WebClient } from "@slack/web-api";
import { deadline } from "../../src/adapters/deadline.ts";
import type { Effect } from "../../src/consult.ts";
import { AdvisorError, type Catalog, type Plan } from "../../src/index.ts";
import type { Github } from "../github/client.ts";
import { openPullRequest } from "../github/pull-request.ts";
import { readRepository } from "../github/read.ts";
import { troubleOf } from "../github/trouble.ts";
import type { Incoming, Where } from "../incoming.ts";
import type { Database } from "../store/database.ts";
import { doneBefore, type Key, type Outgoing } from "../store/outbox.ts";
import { findRun } from "../store/runs.ts";
import { LaterError } from "../work/later.ts";
import type { Planner } from "../work/planner.ts";
import { findFile } from "../work/posting.ts";
import { projectOf } from "../work/project.ts";
import type { Outside, Sent } from "../work/worker.ts";
import { artefactOf, isUpload, namesOf } from "./artefacts.ts";
import { saysOf } from "./opened.ts";
import { upload } from "./upload.ts";

export interface EffectsSetting {
  db: Database;
  catalog: Catalog;
  planner: Planner;
  /** With `retries: 0` and `rejectRateLimitedCalls`, as for posting. */
  client: WebClient;
  /** Absent: GitHub is off. */
  github: Github | undefined;
  now(): Date;
  /** Hears what failed in a way that no person is told. */
  failed(error: unknown): void;
}

/** What is sent and is no message. */
type Act = Extract<Outgoing, { type: "effect" | "read" }>;
type Performing = Extract<Act, { type: "effect" }>;

/** Shorter than a job of the queue lasts: a GitHub that hangs holds a thread up, not for long. */
const LONGEST_MS = 60_000;

/** How an effect ended, as the outbox keeps it. */
interface Ended {
  ok: boolean;
  text: string;
}

/**
 * Performs what people asked for with a click. Each is idempotent by run and revision, and each ends in something that
 * the conversation hears; nothing here takes words of a model.
 */
export function effects(setting: EffectsSetting): Outside {
  const { client, github, catalog, failed } = setting;
  return {
    async send(where, outgoing, key) {
      const act = actOf(outgoing);
      try {
        if (act.type === "effect") return ended(act, { ok: true, text: await performed(where, act, key, setting) });
        const found = await reading(github, act.repository, (on, signal) =>
          readRepository(on, act.repository, where.channel, catalog, signal),
        );
        return heard(act, { ...found, failed: undefined });
      } catch (error) {
        const trouble = troubleOf(error, act.type === "read" ? act.repository : act.effect.target, setting.now());
        if (trouble instanceof LaterError) return { type: "later", seconds: trouble.seconds };
        if (!(trouble instanceof AdvisorError)) {
          failed(trouble);
          throw trouble;
        }
        const text = `${trouble.message.replace(/\.?$/, ".")} ${trouble.hint}`;
        return act.type === "effect"
          ? ended(act, { ok: false, text })
          : heard(act, { fields: {}, notices: [], failed: text });
      }
    },
    /** Whether files were put there before a process died. A pull request finds out itself what there is of it. */
    async find(where, outgoing, key, after) {
      const act = actOf(outgoing);
      if (act.type === "read" || !isUpload(act.effect.kind)) return { type: "absent" };
      const [name] = namesOf(act.effect.kind, { run: key.run, revision: act.effect.revision });
      const found = await findFile(client, where, name, after);
      if (found.type !== "found") return found;
      const answer: Ended = { ok: true, text: `${act.effect.kind} of revision ${act.effect.revision}: above.` };
      return { type: "found", answer, heard: { type: "ended", effect: act.effect.id, ...answer } };
    },
  };
}

function actOf(outgoing: Outgoing): Act {
  if (outgoing.type === "effect" || outgoing.type === "read") return outgoing;
  throw new Error(`"${outgoing.type}" is no effect: whoever posts messages sends it`);
}

const ended = ({ effect }: Performing, answer: Ended): Sent => ({
  type: "sent",
  answer,
  heard: { type: "ended", effect: effect.id, ...answer },
});

type Read = Extract<Incoming, { type: "read" }>;
const heard = (
  { repository, words }: Extract<Act, { type: "read" }>,
  { fields, notices, failed }: Pick<Read, "fields" | "notices" | "failed">,
): Sent => ({
  type: "sent",
  answer: { ok: failed === undefined },
  heard: { type: "read", repository, words, fields, notices, ...(failed === undefined ? {} : { failed }) },
});

/** Does it, and gives what to say. */
async function performed(where: Where, { effect }: Performing, key: Key, setting: EffectsSetting): Promise<string> {
  const { db, client, github } = setting;
  const plan = await planFor(effect, key.run, setting);
  if (effect.kind === "pull-request") {
    const { target: repository, revision } = effect;
    const files = await projectOf(plan);
    const opened = await reading(github, repository, (on, signal) =>
      openPullRequest(on, { repository, channel: where.channel, run: key.run, revision, plan, files }, signal),
    );
    return saysOf(opened, repository);
  }
  if (!isUpload(effect.kind))
    throw new AdvisorError("not-available", `Slack has nothing that does "${effect.kind}"`, "Take the zip instead.");
  if (await doneBefore(db, key.run, effect.id))
    return `That is in this thread already, further up: nothing of revision ${effect.revision} has changed since.`;
  const { files, says } = await artefactOf(effect.kind, plan, { run: key.run, revision: effect.revision });
  await upload(client, where, files);
  return says;
}

/** The plan that the person saw when they clicked: computed again, and only if it is still the same. */
async function planFor(effect: Effect, id: string, { db, planner }: EffectsSetting): Promise<Plan> {
  const run = await findRun(db, id);
  const revision = run?.conversation.revisions.find(({ number }) => number === effect.revision);
  const plan = revision && (await planner.planOf(revision));
  if (plan?.planHash === effect.planHash) return plan;
  throw new AdvisorError(
    "not-available",
    `Revision ${effect.revision} is not what it was when you clicked: the plan or the facts behind it have changed`,
    'Say "show the plan" for the plan as it stands, with fresh buttons.',
  );
}

function reading<T>(
  github: Github | undefined,
  repository: string,
  doing: (github: Github, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (github) return doing(github, deadline(LONGEST_MS));
  throw new AdvisorError(
    "not-available",
    `This bot does not use GitHub, and so not ${repository || "a repository"}`,
    "Whoever runs it sets GITHUB_REPOSITORIES and a GitHub App or a token. The zip holds the same files.",
  );
}

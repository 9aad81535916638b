import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Message } from "../../../slack/local/world.ts";
import { type Database, openDatabase } from "../../../slack/store/database.ts";
import type { Outgoing } from "../../../slack/store/outbox.ts";
import { dump } from "./dump.ts";
import { answersTo, type Played } from "./round.ts";

interface Sent {
  run: string;
  revision: number;
  step: number;
  state: "new" | "sending" | "sent" | "failed";
  payload: Outgoing;
  answer: { ok?: boolean; why?: string } | null;
}

/** What slack.md promises of delivery, held against the data, the workspace and the repository that a round left behind. */
export async function expectPromises(played: Played): Promise<void> {
  const db = await openDatabase({ folder: join(played.data, "database") });
  try {
    await expectAnswered(db, played);
    await expectOnce(db, played);
    await expectSilence(db, played);
  } finally {
    await db.close();
  }
  // The bytes as well: what was deleted or written ahead is still there.
  for (const file of readdirSync(played.data, { recursive: true, withFileTypes: true }))
    if (file.isFile()) {
      const bytes = readFileSync(join(file.parentPath, file.name));
      for (const secret of played.secrets) expect(bytes.includes(secret), file.name).toBe(false);
    }
}

/** No message is lost: each is in the inbox once, and answered, in the order in which it came. */
async function expectAnswered(db: Database, { slack, said, roots }: Played): Promise<void> {
  expect(slack.lostEvents).toEqual([]);
  const inbox = await db.query<{ run: string; state: string; message: string | null; text: string | null }>(
    "select run_id as run, state, message, payload ->> 'text' as text from slack.inbox order by id",
  );
  expect(inbox.filter(({ state }) => state !== "done")).toEqual([]);
  for (const [thread, root] of roots.entries()) {
    const here = said.filter((each) => each.thread === thread);
    const { run } = inbox.find(({ text }) => text?.includes(here[0]!.words))!;
    const came = inbox.filter((row) => row.run === run).map(({ text }) => text ?? "");
    const order = here.map(({ words }) => came.filter((text) => text.includes(words)).length);
    expect(order, `${came.join(" | ")}`).toEqual(here.map(() => 1));
    const at = (words: string): number => came.findIndex((text) => text.includes(words));
    const times = here
      .toSorted((a, b) => at(a.words) - at(b.words))
      .map(({ words, answer }) => {
        const found = answersTo(slack, root, answer);
        // A copy of it, where there may be one, has the same place in the outbox.
        expect(new Set(found.map(({ metadata }) => JSON.stringify(metadata))).size, `answers to ${words}`).toBe(1);
        return found[0]!.ts;
      });
    expect(times, `answers in the order of ${came.join(" | ")}`).toEqual(times.toSorted());
  }
}

/** Nothing is done twice where its end was known or could be looked up; else there is one too many at most. */
async function expectOnce(db: Database, { slack, github, mayLook }: Played): Promise<void> {
  const outbox = await db.query<Sent>(
    "select run_id as run, revision, step, state, payload, answer from slack.outbox order by run_id, step",
  );
  // Whoever presses Stop wants what had not begun not to begin.
  const undone = outbox.filter(({ state, answer }) => state !== "sent" && answer?.why !== "stopped");
  expect(undone.map(({ payload, state, answer }) => `${payload.type} ${state} ${answer?.why}`)).toEqual([]);
  const messages = [...slack.world.channels.values()].flatMap((channel) => channel.messages);
  for (const run of new Set(outbox.map((row) => row.run))) {
    const rows = outbox.filter((row) => row.run === run);
    const firsts: string[] = [];
    for (const { step, revision } of rows.filter(({ payload: { type } }) => type === "post" || type === "root")) {
      const copies = messages.filter((message) => isAt(message, run, revision, step));
      expect(copies.length, `copies of step ${step}`).toBeGreaterThanOrEqual(1);
      expect(copies.length, `copies of step ${step}`).toBeLessThanOrEqual(mayLook ? 1 : 2);
      firsts.push(copies[0]!.ts);
    }
    expect(firsts, "posts in the order of their steps").toEqual(firsts.toSorted());
    for (const ending of ["zip", "png"]) {
      const shared = messages.filter(({ files }) =>
        files.some(({ name }) => name.includes(run.slice(0, 8)) && name.endsWith(ending)),
      );
      const names = shared.map(({ files }) => files[0]!.name);
      const most = mayLook ? 1 : 2;
      for (const name of new Set(names))
        expect(names.filter((each) => each === name).length, name).toBeLessThanOrEqual(most);
    }
    const zips = rows.filter(({ payload: p, answer }) => p.type === "effect" && p.effect.kind === "zip" && answer?.ok);
    for (const { revision } of zips)
      expect(
        messages.some(({ files }) => files.some(({ name }) => name.endsWith(`${run.slice(0, 8)}-r${revision}.zip`))),
      ).toBe(true);
  }
  const opened = outbox.filter(
    ({ payload: p, answer }) => p.type === "effect" && p.effect.kind === "pull-request" && answer?.ok,
  );
  const heads = github.repository("acme/tickets")!.pulls.map(({ head }) => head);
  expect(new Set(heads).size, heads.join()).toBe(heads.length);
  expect(new Set(heads)).toEqual(
    new Set(opened.map(({ run, revision }) => `ml-architect/${run.slice(0, 8)}-r${revision}`)),
  );
}

const isAt = ({ metadata }: Message, run: string, revision: number, step: number): boolean => {
  const at = (metadata as { event_payload?: Record<string, unknown> } | undefined)?.event_payload;
  return at?.run === run && at.revision === revision && at.step === step;
};

/** No token is in a log, a message or a row. */
async function expectSilence(db: Database, { slack, logs, secrets }: Played): Promise<void> {
  const said = [...slack.world.channels.values()]
    .flatMap(({ messages }) => messages.filter(({ isFromApp }) => isFromApp).map((message) => JSON.stringify(message)))
    .join("\n");
  const kept = await dump(db);
  for (const secret of secrets) for (const text of [logs, said, kept]) expect(text.includes(secret)).toBe(false);
}

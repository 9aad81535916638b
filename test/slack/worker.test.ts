import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EFFECTS } from "../../slack/actions.ts";
import { type Incoming, said, type Where } from "../../slack/incoming.ts";
import { receive } from "../../slack/store/inbox.ts";
import { releaseLease, takeLease } from "../../slack/store/lease.ts";
import type { Key, Outgoing } from "../../slack/store/outbox.ts";
import { findRun } from "../../slack/store/runs.ts";
import { fileCountOf, projectOf } from "../../slack/work/project.ts";
import { openQueue } from "../../slack/work/queue.ts";
import { type Found, type Left, type Outside, type Sent, type WorkerSetting, work } from "../../slack/work/worker.ts";
import { planOf } from "../../src/consult.ts";
import { catalog } from "../../src/index.ts";
import { DATABASES, type Opened } from "./databases.ts";
import { values } from "./stage.ts";

const NOW = new Date("2026-11-20T10:00:00Z");
const WITHIN = { timeout: 120_000 };
const keyOf = ({ run, revision, step }: Key): string => `${run}:${revision}:${step}`;

/** A Slack that keeps what arrived, and fails as it is told. */
class Recorder implements Outside {
  readonly arrived: { key: string; where: Where; outgoing: Outgoing }[] = [];
  readonly fails: ((outgoing: Outgoing) => Sent | "lost before" | "lost after" | undefined)[] = [];

  async send(where: Where, outgoing: Outgoing, key: Key): Promise<Sent> {
    const fault = this.fails.shift()?.(outgoing);
    if (fault === "lost before") throw new Error("socket hang up");
    if (typeof fault === "object") return fault;
    this.arrived.push({ key: keyOf(key), where, outgoing });
    if (fault === "lost after") throw new Error("502");
    return { type: "sent", answer: { ts: String(this.arrived.length) } };
  }

  async find(_: Where, __: Outgoing, key: Key): Promise<Found> {
    const at = this.arrived.findIndex((each) => each.key === keyOf(key));
    return at < 0 ? { type: "absent" } : { type: "found", answer: { ts: String(at + 1) } };
  }

  texts(): string[] {
    return this.arrived.map(({ outgoing }) => (outgoing.type === "post" ? outgoing.message.text : outgoing.type));
  }
}

describe.each(DATABASES.filter((d) => !d.leftOut))("a thread is worked off on $name", ({ open }) => {
  let opened: Opened;
  let outside: Recorder;
  let clock: Date;
  let count = 0;
  beforeAll(async () => {
    opened = await open();
  });
  afterAll(() => opened.close());

  const setting = (over: Partial<WorkerSetting> = {}): WorkerSetting => ({
    db: opened.db,
    catalog,
    outside,
    sign: values.sign,
    fileCountOf,
    policyOf: async () => ({ effects: EFFECTS, hosts: [], repository: "team/models" }),
    now: () => clock,
    leaseSeconds: 60,
    ...over,
  });
  const begin = (): void => {
    outside = new Recorder();
    clock = NOW;
  };
  const tell = async (thread: string, incoming: Incoming | string): Promise<string> => {
    count += 1;
    const { run } = await receive(
      opened.db,
      {
        id: `d${count}`,
        where: { team: "T", channel: "C", thread },
        person: "U1",
        incoming: typeof incoming === "string" ? said(incoming) : incoming,
      },
      clock,
    );
    return run;
  };

  /** The job that a wait makes is there. */
  const waitsForLater = (run: string): Promise<unknown> =>
    vi.waitFor(async () => {
      const jobs = "select 1 from pgboss.job where singleton_key = $1 and state = 'created'";
      expect(await opened.db.query(jobs, [`${run}, later`])).toHaveLength(1);
    }, WITHIN);

  test("words become a plan and questions, once, however often it is worked on", async () => {
    begin();
    const run = await tell("plan", "Fine-tune Llama 3.1 8B on 50k support tickets, budget $500");
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect(outside.arrived.length).toBeGreaterThanOrEqual(2);
    expect(outside.texts()[0]).toContain("Llama-3.1-8B");
    expect(new Set(outside.arrived.map(({ key }) => key)).size).toBe(outside.arrived.length);
    expect(await findRun(opened.db, run)).toMatchObject({ revision: 1, step: outside.arrived.length });
  });

  test("messages that come while others are answered are answered in their order", async () => {
    begin();
    const run = await tell("order", "Fine-tune Llama 3.1 8B on 50k tickets");
    await tell("order", "actually 100k examples");
    await tell("order", "what if two 4090s");
    // Two workers at once, of one process or of two: one works, the other leaves it.
    const both = await Promise.all([work(run, setting()), work(run, setting())]);
    expect(both.map(({ type }) => type).sort()).toEqual(["nothing", "wait"]);
    const steps = outside.arrived.map(({ key }) => Number(key.split(":")[2]));
    expect(steps).toEqual(steps.map((_, i) => i));
    const said = outside.texts().join("\n");
    expect(said.indexOf("100k")).toBeGreaterThan(0);
    expect(said.indexOf("two 4090s")).toBeGreaterThan(said.indexOf("100k"));
    expect((await findRun(opened.db, run))?.conversation.next).toBe(3);
  });

  test("where Slack did not answer and the message is there, it is not sent again", async () => {
    begin();
    outside.fails.push(() => "lost after");
    const run = await tell("lost-after", "help");
    expect((await work(run, setting())).type).toBe("wait");
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect(outside.arrived).toHaveLength(1);
  });

  test("where Slack did not answer and nothing arrived, it is sent again", async () => {
    begin();
    outside.fails.push(() => "lost before");
    const run = await tell("lost-before", "help");
    expect((await work(run, setting())).type).toBe("wait");
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect(outside.arrived).toHaveLength(1);
  });

  test("a rate limit is waited for, and what stands behind it keeps its place", async () => {
    begin();
    outside.fails.push(() => ({ type: "later", seconds: 30 }));
    const run = await tell("limit", "help");
    await tell("limit", "what can I say");
    expect(await work(run, setting())).toEqual({ type: "wait", seconds: 30 });
    expect(await work(run, setting())).toEqual({ type: "wait", seconds: 30 });
    expect(outside.arrived).toHaveLength(0);
    clock = new Date(NOW.getTime() + 31_000);
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect(outside.arrived).toHaveLength(2);
  });

  test("what Slack refuses for good does not hold the thread up", async () => {
    begin();
    outside.fails.push(() => ({ type: "refused", why: "channel_is_archived" }));
    const run = await tell("refused", "help");
    await tell("refused", "what can I say");
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect(outside.arrived).toHaveLength(1);
  });

  test("a process that dies in the middle leaves everything to the next, which waits only for the lease", async () => {
    begin();
    const run = await tell("crash", "Fine-tune Llama 3.1 8B on 50k tickets");
    await takeLease(opened.db, run, "dead", 60);
    expect(await work(run, setting())).toEqual({ type: "wait", seconds: 60 });
    await takeLease(opened.db, run, "dead", 0.001);
    await pause(20);
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect(outside.arrived.length).toBeGreaterThan(0);
  });

  test("a worker that lost its lease while it thought throws its answer away", async () => {
    begin();
    const run = await tell("overtaken", "Fine-tune Llama 3.1 8B on 50k tickets");
    const slow = setting({
      leaseSeconds: 0.05,
      policyOf: async () => {
        await pause(120);
        await takeLease(opened.db, run, "there", 60);
        return { effects: EFFECTS, hosts: [], repository: "" };
      },
    });
    await expect(work(run, slow)).rejects.toThrow("Another worker");
    expect(outside.arrived).toHaveLength(0);
    expect((await findRun(opened.db, run))?.revision).toBe(0);
    await releaseLease(opened.db, run, "there");
    expect(await work(run, setting())).toEqual({ type: "nothing" });
    expect((await findRun(opened.db, run))?.revision).toBe(1);
  });

  test("a message that makes us fail three times is answered with an apology, and the next one is heard", async () => {
    begin();
    const broken = new Proxy(catalog, {
      get() {
        throw new Error("broken catalog");
      },
    });
    const run = await tell("poison", "Fine-tune Llama 3.1 8B on 50k tickets");
    for (const _ of [1, 2]) await expect(work(run, setting({ catalog: broken }))).rejects.toThrow("broken catalog");
    expect(await work(run, setting({ catalog: broken }))).toEqual({ type: "nothing" });
    expect(outside.texts()).toEqual([expect.stringContaining("I could not answer that")]);
    expect(JSON.stringify(outside.arrived)).not.toContain("broken catalog");
    await tell("poison", "help");
    await work(run, setting());
    expect(outside.arrived).toHaveLength(2);
  });

  test("a click on Open pull request is handed out with the revision and the person, and written down", async () => {
    begin();
    const run = await tell("act", "Fine-tune Llama 3.1 8B on 50k support tickets, budget $500");
    await tell("act", { type: "pressed", action: { type: "effect", effect: "pull-request" }, revision: 1 });
    await work(run, setting());
    expect(outside.arrived.at(-1)?.outgoing).toMatchObject({
      type: "effect",
      person: "U1",
      effect: { kind: "pull-request", revision: 1, target: "team/models" },
    });
    expect(
      await opened.db.query("select person, what, target, revision from slack.audit where run_id = $1", [run]),
    ).toEqual([{ person: "U1", what: "pull-request", target: "team/models", revision: 1 }]);
  });

  test("the dialog of a plan's pull request counts the files that it would hold", async () => {
    begin();
    const run = await tell("files", "Fine-tune Llama 3.1 8B on 50k support tickets, budget $500");
    await work(run, setting());
    const [counted] = /branch ml-architect\/[0-9a-f]{8}-r1, at most (\d+) files/
      .exec(JSON.stringify(outside.arrived))!
      .slice(1);
    const { conversation } = (await findRun(opened.db, run))!;
    const plan = planOf(conversation.revisions[0]!, { catalog });
    expect(Number(counted)).toBe((await projectOf(plan)).size);
  });

  test.each([
    { what: "somebody says something in it", name: "brought-forward", waits: [60] },
    { what: "the worker whose lease it waits for has less to wait for", name: "less-to-wait", waits: [60, 1] },
  ])("a thread that waits for later is worked on earlier when $what", async ({ name, waits }) => {
    begin();
    const run = await tell(name, "help");
    let worked = 0;
    const until = async (times: number): Promise<void> => {
      await vi.waitFor(() => expect(worked).toBeGreaterThanOrEqual(times), WITHIN);
    };
    const queue = await openQueue({
      db: opened.db,
      concurrency: 1,
      pollSeconds: 0.5,
      failed: () => {},
      work: async () => {
        const seconds = waits[worked];
        worked += 1;
        return seconds === undefined ? { type: "nothing" } : { type: "wait", seconds };
      },
    });
    await until(1);
    // Before anybody speaks.
    await waitsForLater(run);
    await queue.wake(run);
    await until(waits.length + 1);
    await queue.stop(60_000);
    expect(worked).toBe(waits.length + 1);
    await work(run, setting());
  });

  test("a thread that waits for the lease of a process that died is worked on as soon as the next one starts", async () => {
    begin();
    const run = await tell("waits-for-the-dead", "help");
    let worked = 0;
    const life = async (left: Left): Promise<void> => {
      const before = worked;
      const work = async (): Promise<Left> => {
        worked += 1;
        return left;
      };
      const queue = await openQueue({ db: opened.db, concurrency: 1, pollSeconds: 0.5, failed: () => {}, work });
      await vi.waitFor(() => expect(worked).toBe(before + 1), WITHIN);
      if (left.type === "wait") await waitsForLater(run);
      await queue.stop(60_000);
    };
    await life({ type: "wait", seconds: 60 });
    await life({ type: "nothing" });
    expect(worked).toBe(2);
    await work(run, setting());
  });

  test("the queue works many threads off, one step of each at a time, and takes up what a crash left", async () => {
    begin();
    const left = await tell("queue-left", "help");
    const atWork = new Map<string, number>();
    let most = 0;
    const failed: unknown[] = [];
    const queue = await openQueue({
      db: opened.db,
      concurrency: 4,
      pollSeconds: 0.5,
      failed: (error) => failed.push(error),
      work: async (run) => {
        const watched: Outside = {
          find: (where, outgoing, key) => outside.find(where, outgoing, key),
          async send(...given) {
            atWork.set(run, (atWork.get(run) ?? 0) + 1);
            most = Math.max(most, atWork.get(run)!);
            await pause(20);
            atWork.set(run, atWork.get(run)! - 1);
            return outside.send(...given);
          },
        };
        return work(run, setting({ outside: watched, leaseSeconds: 60 }));
      },
    });
    const threads = Array.from({ length: 6 }, (_, i) => `queue-${i}`);
    for (const text of ["help", "what can you do", "?"])
      for (const thread of threads) await queue.wake(await tell(thread, text));
    await vi.waitFor(() => expect(outside.arrived.length).toBeGreaterThanOrEqual(19), WITHIN);
    await queue.stop(60_000);
    expect(failed).toEqual([]);
    expect(outside.arrived).toHaveLength(19);
    expect(outside.arrived.some(({ key }) => key.startsWith(left))).toBe(true);
    expect(most).toBe(1);
  });
});

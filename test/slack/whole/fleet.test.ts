import { expect, onTestFinished, test } from "vitest";
import type { Message } from "../../../slack/local/world.ts";
import { openDatabase } from "../../../slack/store/database.ts";
import { postgresFiles, startPostgres } from "../../doubles/postgres.ts";
import { answered, wordsOf } from "../app/bots.ts";
import { type Life, spawnBot } from "../app/processes.ts";
import { startSlack } from "../local/apps.ts";
import { SECRET } from "../stage.ts";
import { dump } from "./dump.ts";

const files = postgresFiles();
/** Each in the shape of its issuer; none was ever valid. */
const PASTED = [
  `ghp_${"1a".repeat(18)}`,
  `hf_${"Zk9".repeat(12)}`,
  `sk-ant-api03-${"b7C".repeat(20)}`,
  `AKIA${"Q7R2".repeat(4)}`,
  "xoxb-1234567890-abcdefghij",
];
const THREADS = 4;

test.skipIf(files === undefined && process.env.CI !== "true")(
  "two replicas on one PostgreSQL share the threads; one is killed, the other answers what it left, and no key is kept",
  async () => {
    const server = await startPostgres(files!);
    onTestFinished(() => server.stop());
    // Slack's own retries come after a minute and after five: here as soon as the other replica is asked.
    // A machine that also runs other tests is slow to acknowledge; what is tested here is who answers.
    const slack = await startSlack({
      retryDelaysMs: [500, 2_000, 5_000, 10_000, 20_000, 40_000, 60_000],
      acknowledgeMs: 15_000,
    });
    const replica = async (): Promise<Life> => {
      const life = spawnBot(slack, { DATABASE_URL: server.url, ML_ARCHITECT_SECRET: SECRET });
      onTestFinished(() => void life.child.kill("SIGKILL"));
      if (!(await life.started)) throw new Error(`ended before it started: ${life.log()}`);
      return life;
    };
    const [one, two] = await Promise.all([replica(), replica()]);
    const db = await openDatabase({ url: server.url });
    onTestFinished(() => db.close());
    const ada = slack.person("ada");
    const ml = slack.channel("ml", [ada]);

    const roots: Message[] = [];
    for (let i = 0; i < THREADS; i += 1) {
      const words = `Fine-tune Llama 3.1 8B on ${20 + i}k tickets, budget $500, our key is ${PASTED[i]}`;
      expect((await ada.command(ml, "/ml-architect", words)).ok).toBe(true);
      const isRoot = (m: Message): boolean => m.isFromApp && m.threadTs === undefined && m.text.includes(`${20 + i}k`);
      roots.push(await slack.until("a root", () => ada.sees(ml).find(isRoot)));
    }
    for (const root of roots) await answered(slack, () => ada.seesThread(root), /Understood: model/);
    const shares = [one, two].map((life) => acknowledged(life));
    expect((await Promise.all(shares)).every((count) => count > 0)).toBe(true);

    for (const [i, root] of roots.entries())
      ada.say(ml, `actually ${70 + i}k examples ${i === 0 ? PASTED[4] : ""}`, { thread: root });
    // In the middle of it, holding threads that only their lease's end sets free.
    await slack.until("work", () => roots.some((root) => isSaid(ada.seesThread(root), "“7")));
    one.child.kill("SIGKILL");
    await one.ended;
    for (const [i, root] of roots.entries()) {
      await answered(slack, () => ada.seesThread(root), `“${70 + i}k examples”`, 150_000);
      const posts = ada.seesThread(root).filter((m) => m.metadata !== undefined);
      expect(new Set(posts.map((m) => JSON.stringify(m.metadata))).size).toBe(posts.length);
    }
    two.child.kill("SIGTERM");
    expect(await two.ended).toEqual({ code: 0, signal: null });

    // Everything that is kept, printed or shown, against every key there was.
    const kept = await dump(db);
    expect(kept).toContain("slack.inbox");
    const printed = one.log() + two.log();
    const shown = ml.messages
      .filter((m) => m.isFromApp)
      .map(wordsOf)
      .join("\n");
    const secrets = [...PASTED, slack.tokens.bot, slack.tokens.app, SECRET, server.url];
    for (const secret of secrets) for (const text of [kept, printed, shown]) expect(text.includes(secret)).toBe(false);
  },
  900_000,
);

const isSaid = (seen: readonly Message[], words: string): boolean =>
  seen.some((m) => m.metadata !== undefined && wordsOf(m).includes(words));

/** Deliveries that a replica has acknowledged. */
async function acknowledged({ healthPort }: Life): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${healthPort()}/metrics`)).text();
  const counts = text.matchAll(/^ml_architect_acknowledgement_seconds_count\S* (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

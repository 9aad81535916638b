import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { elementsOf } from "../../../slack/local/block-ids.ts";
import type { Chances } from "../../../slack/local/faults.ts";
import { LocalSlack } from "../../../slack/local/local-slack.ts";
import type { Person } from "../../../slack/local/person.ts";
import type { Channel, Message } from "../../../slack/local/world.ts";
import { LocalGithub } from "../../../slack/github-local/local-github.ts";
import { freePort, type Life, spawnBot } from "../app/processes.ts";
import { MANIFEST } from "../local/apps.ts";
import { random } from "../seeds.ts";

/** Something that a person did and that has to be answered. */
export interface Said {
  thread: number;
  /** In the answer to it and in no other. */
  mark: string;
}

/** What is left when a round is over and every process has ended. */
export interface Played {
  slack: LocalSlack;
  github: LocalGithub;
  /** Where the data is. */
  data: string;
  said: readonly Said[];
  roots: readonly Message[];
  /** Everything that any life of the bot printed. */
  logs: string;
  kills: number;
  isHttp: boolean;
  /** Whether the bot may look for what it may have posted. */
  mayLook: boolean;
  /** Tokens and secrets that were in use. */
  secrets: readonly string[];
  close(): Promise<void>;
}

const REPOSITORY = "acme/tickets";
/** As Slack's: at once, later, much later; here as long as a process takes to come back. */
const RETRIES_MS = [100, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
const SETTLED_MS = 180_000;

/** One round: people talk, Slack and GitHub fail, the process is killed and started again, until all is answered. */
export async function playRound(seed: number): Promise<Played> {
  const next = random(seed);
  const upTo = (most: number): number => Math.floor(next() * most);
  const home = mkdtempSync(join(tmpdir(), "round-"));
  const isHttp = next() < 0.3;
  const mayLook = next() < 0.8;
  const slack = await LocalSlack.start({
    manifest: MANIFEST,
    settings: { retryDelaysMs: RETRIES_MS, rateLimits: "off", optionalScopes: mayLook },
  });
  const github = await LocalGithub.start({ folder: join(home, "github") });
  await github.addRepository(REPOSITORY, { files: { "README.md": "# Tickets\n" } });
  const token = github.token([REPOSITORY]);
  const data = join(home, "data");
  const port = await freePort();
  const env = {
    ML_ARCHITECT_DATA: data,
    ML_ARCHITECT_BURST: "1000",
    ML_ARCHITECT_PER_HOUR: "10000",
    GITHUB_API_URL: github.apiUrl,
    GITHUB_REPOSITORIES: REPOSITORY,
    GITHUB_TOKEN: token,
    ...(isHttp
      ? {
          ML_ARCHITECT_TRANSPORT: "http",
          ML_ARCHITECT_HOST: "127.0.0.1",
          ML_ARCHITECT_PORT: String(port),
          SLACK_SIGNING_SECRET: slack.signingSecret,
        }
      : {}),
  };
  const chances = (): Chances => ({
    serverError: next() * 0.1,
    lostAnswer: next() * 0.1,
    rateLimited: next() * 0.05,
    slow: next() * 0.2,
    duplicateEvent: next() * 0.3,
    lateEvent: next() * 0.3,
    droppedSocket: isHttp ? 0 : next() * 0.05,
  });

  const lives: Life[] = [];
  let kills = 0;
  let isOver = false;
  /** Starts the bot whenever there is none, as what watches over processes does; ends it when its time has come. */
  const keepAlive = async (killsMs: number[]): Promise<void> => {
    while (!isOver) {
      const life = await spawnBot(slack, env);
      lives.push(life);
      if (isHttp && lives.length === 1 && (await life.started)) await slack.deliverTo(`http://127.0.0.1:${port}/slack/events`);
      const afterMs = killsMs.shift();
      const clock = afterMs === undefined ? undefined : setTimeout(() => life.child.kill("SIGKILL"), afterMs);
      const { signal } = await life.ended;
      clearTimeout(clock);
      if (signal === "SIGKILL") kills += 1;
    }
  };
  const close = async (): Promise<void> => {
    isOver = true;
    lives.at(-1)?.child.kill("SIGKILL");
    await Promise.all(lives.map(({ ended }) => ended));
    await slack.close();
    await github.close();
    rmSync(home, { recursive: true, force: true });
  };
  try {
    // The first comes up in peace: nobody is lost who was never heard.
    const alive = keepAlive([3_000 + upTo(4_000), ...Array.from({ length: 1 + upTo(3) }, () => 500 + upTo(6_000))]);
    await within("the first start", 60_000, async () => (await lives[0]?.started) === true && (!isHttp || isReached(slack)));
    slack.faults.random(seed, chances());
    github.faults.random(seed + 1, { ...chances(), duplicateEvent: 0, lateEvent: 0, droppedSocket: 0 });

    const said: Said[] = [];
    const roots: Message[] = [];
    const people = ["ada", "bob", "cleo"].map((name) => slack.person(name));
    const ml = slack.channel("ml", people);
    const talks = Array.from({ length: 3 + upTo(2) }, (_, thread) => talkIn(thread));
    await Promise.all(talks);
    slack.faults.clear();
    github.faults.clear();
    await within(`answers to all of ${said.length}`, SETTLED_MS, async () => {
      const all = said.every(({ thread, mark }) => answersTo(people[0]!, roots[thread]!, mark).length > 0);
      return all && (await isIdle(lives.at(-1)!));
    }).catch((error: unknown) => {
      const missing = said.filter(({ thread, mark }) => answersTo(people[0]!, roots[thread]!, mark).length === 0);
      const log = lives.map((life) => life.log()).join("---\n");
      throw new Error(`${error}; no answer has ${missing.map(({ mark }) => mark).join(", ")}\n${log.slice(-6_000)}`);
    });
    isOver = true;
    lives.at(-1)!.child.kill("SIGTERM");
    await alive;
    const secrets = [token, slack.tokens.bot, slack.tokens.app, slack.signingSecret];
    const logs = lives.map((life) => life.log()).join("---\n");
    return { slack, github, data, said, roots, logs, kills, isHttp, mayLook, secrets, close };

    /** One thread: begun by a command, a mention or a direct message, then gone on with by two people. */
    async function talkIn(thread: number): Promise<void> {
      const dice = random(seed + 1_000 * (thread + 1));
      const roll = (most: number): number => Math.floor(dice() * most);
      const person = people[thread % people.length]!;
      const kind = (["command", "mention", "direct"] as const)[roll(3)]!;
      const place = kind === "direct" ? person.directMessage : ml;
      const examples = 20_000 + 1_000 * thread + roll(900);
      const words = `Fine-tune Llama 3.1 8B on ${examples} support tickets on one 24 GB GPU, budget $500`;
      roots[thread] = await begun(kind, person, place, words);
      said.push({ thread, mark: `exampleCount.{1,20}${examples}` });
      // Who goes on has seen that something answers.
      await within("a first answer", SETTLED_MS, async () => fromApp(person, roots[thread]!).length > 0);
      for (let turn = 0; turn < 2 + roll(3); turn += 1) {
        await pause(roll(2_000));
        const speaker = kind === "direct" ? person : people[roll(people.length)]!;
        const budget = 600 + 100 * thread + 10 * turn + roll(9);
        const [text, mark] = [
          [`actually ${budget}k examples`, `Changed: actually ${budget}k examples`],
          [`what if the budget is $${budget}`, `What if: what if the budget is \\$${budget}`],
        ][roll(2)] as [string, string];
        // Without the optional scopes nothing is heard that does not mention us.
        const at = kind === "direct" || mayLook ? "" : `<@${slack.world.bot.id}> `;
        speaker.say(place, at + text, { thread: roots[thread]! });
        said.push({ thread, mark });
        if (roll(3) === 0) await clicked(person, roots[thread]!, ["zip", "pull-request"][roll(2)]!, roll(2) === 0);
      }
    }

    /** Slack does not send a command again: who sees that it failed types it again. */
    async function begun(kind: string, person: Person, place: Channel, words: string): Promise<Message> {
      if (kind === "direct") return person.say(place, words);
      if (kind === "mention") return person.say(place, `<@${slack.world.bot.id}> ${words}`);
      await within("a command that is taken", SETTLED_MS, async () => (await person.command(place, "/ml-architect", words)).ok);
      let root: Message | undefined;
      await within("a root", SETTLED_MS, async () => {
        root = person.sees(place).find((m) => m.isFromApp && m.threadTs === undefined && m.text.includes(words.slice(0, 40)));
        return root !== undefined;
      });
      return root!;
    }

    async function clicked(person: Person, root: Message, effect: string, isTwice: boolean): Promise<void> {
      const find = (): Message | undefined =>
        fromApp(person, root).findLast(({ blocks }) => JSON.stringify(blocks).includes(`"effect:${effect}"`));
      await within(`a button for ${effect}`, SETTLED_MS, async () => find() !== undefined);
      for (let click = 0; click < (isTwice ? 2 : 1); click += 1)
        await within("a click that is taken", SETTLED_MS, async () => {
          const message = find()!;
          const { element } = elementsOf(message.blocks).find(({ element: e }) => e.action_id === `effect:${effect}`)!;
          return (await person.click(message, String(element.action_id))).ok;
        });
    }
  } catch (error) {
    await close();
    throw error;
  }
}

const fromApp = (person: Person, root: Message): Message[] =>
  person.seesThread(root).filter((m) => m.isFromApp && m.visibleTo === undefined && m.ts !== root.ts);

/** The messages of a thread that answer what has this mark. */
export const answersTo = (person: Person, root: Message, mark: string): Message[] =>
  fromApp(person, root).filter((m) => new RegExp(mark, "s").test(`${m.text}\n${JSON.stringify(m.blocks)}`));

const isReached = (slack: LocalSlack): boolean => slack.calls.length > 0;

/** Whether nothing waits in the boxes of this life. */
async function isIdle({ healthPort }: Life): Promise<boolean> {
  const text = await fetch(`http://127.0.0.1:${healthPort}/metrics`).then(
    (response) => response.text(),
    () => "",
  );
  return ["inbox", "outbox"].every((box) => text.includes(`ml_architect_waiting{box="${box}"} 0`));
}

async function within(what: string, longestMs: number, holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + longestMs; !(await holds()); await pause(100))
    if (Date.now() > until) throw new Error(`not within ${longestMs / 1000} s: ${what}`);
}

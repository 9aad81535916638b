import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { LocalGithub } from "../../../slack/github-local/local-github.ts";
import { elementsOf } from "../../../slack/local/block-ids.ts";
import type { Chances } from "../../../slack/local/faults.ts";
import { LocalSlack } from "../../../slack/local/local-slack.ts";
import type { Person } from "../../../slack/local/person.ts";
import type { Channel, Message } from "../../../slack/local/world.ts";
import { openDatabase } from "../../../slack/store/database.ts";
import { freePort } from "../../doubles/port.ts";
import { type Life, spawnBot } from "../app/processes.ts";
import { emptyDatabase } from "../empty-database.ts";
import { MANIFEST } from "../local/apps.ts";
import { random } from "../seeds.ts";

/** Something that a person did and that has to be answered. */
interface Said {
  thread: number;
  /** In these words and in no others of the thread. */
  words: string;
  /** In the answer to them and in no other. */
  answer: string;
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

/** A key as people paste it; it was never valid. */
const PASTED = `ghp_${"0a1B".repeat(9)}`;
const REPOSITORY = "acme/tickets";
/** As Slack's: at once, later, much later; here as long as a process takes to come back. */
const RETRIES_MS = [100, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000];
const SETTLED_MS = 240_000;

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
  await emptyDatabase(join(data, "database"));
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
    serverError: next() * 0.06,
    lostAnswer: next() * 0.06,
    rateLimited: next() * 0.05,
    slow: next() * 0.2,
    duplicateEvent: next() * 0.3,
    lateEvent: next() * 0.3,
    droppedSocket: isHttp ? 0 : next() * 0.05,
  });

  const said: Said[] = [];
  const roots: Message[] = [];
  const lives: Life[] = [];
  let kills = 0;
  let hasStarted = false;
  let isOver = false;
  /** Starts the bot whenever there is none, as what watches over processes does; ends it when its time has come. */
  const keepAlive = async (plan: Death[]): Promise<void> => {
    while (!isOver) {
      const life = spawnBot(slack, env);
      lives.push(life);
      void life.started.then((isStarted) => {
        hasStarted ||= isStarted;
      });
      const death = plan.shift();
      if (death) void kill(life, death);
      const { signal } = await life.ended;
      if (signal === "SIGKILL") kills += 1;
    }
  };
  const end = async (): Promise<void> => {
    isOver = true;
    lives.at(-1)?.child.kill("SIGKILL");
    await Promise.all(lives.map(({ ended }) => ended));
  };
  const close = async (): Promise<void> => {
    await end();
    await slack.close();
    await github.close();
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  };
  const isAnswered = ({ thread, answer }: Said): boolean => answersTo(slack, roots[thread]!, answer).length > 0;
  try {
    // The first comes up in peace: nobody is lost who was never heard.
    const deaths = Array.from({ length: upTo(3) }, () => ({ isEarly: next() < 0.25, afterMs: upTo(2_500) }));
    const alive = keepAlive([{ isEarly: false, afterMs: 500 + upTo(2_500) }, ...deaths]);
    await within("a start", SETTLED_MS, async () => hasStarted);
    // It may have died since: who enters its address tries again.
    const enter = (): Promise<boolean> =>
      slack.deliverTo(`http://127.0.0.1:${port}/slack/events`).then(
        () => true,
        () => false,
      );
    if (isHttp) await within("an address that answers", SETTLED_MS, enter);
    slack.faults.random(seed, chances());
    github.faults.random(seed + 1, { ...chances(), duplicateEvent: 0, lateEvent: 0, droppedSocket: 0 });

    const people = ["ada", "bob", "cleo"].map((name) => slack.person(name));
    const ml = slack.channel("ml", people);
    const talks = Array.from({ length: 2 + upTo(2) }, (_, thread) => talkIn(thread));
    await Promise.all(talks);
    // On a quick machine all may be said before the first process dies: it dies all the same.
    await within("a death", SETTLED_MS, async () => kills > 0);
    slack.faults.clear();
    github.faults.clear();
    await within("answers to all", SETTLED_MS, async () => said.every(isAnswered) && isIdle(lives.at(-1)!));
    isOver = true;
    lives.at(-1)!.child.kill("SIGTERM");
    await alive;
    const secrets = [PASTED, token, slack.tokens.bot, slack.tokens.app, slack.signingSecret];
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
      said.push({ thread, words: `${examples}`, answer: `exampleCount ${examples.toLocaleString("en-US")},` });
      // Who goes on has seen that something answers. A root whose confirmation was lost stands there twice where the bot
      // may not look for it: people go on where the answer is.
      await within("a first answer", SETTLED_MS, async () => {
        roots[thread] = rootsIn(person, place, words).find((each) => fromApp(slack, each).length > 0) ?? roots[thread]!;
        return fromApp(slack, roots[thread]!).length > 0;
      });
      for (let turn = 0; turn < 1 + roll(3); turn += 1) {
        await pause(roll(800));
        const speaker = kind === "direct" ? person : people[roll(people.length)]!;
        const number = 600 + 100 * thread + 10 * turn + roll(9);
        const words = [`${number}k examples`, `$${number}`][roll(2)]!;
        const text = words.startsWith("$") ? `what if the budget is ${words}` : `actually ${words}`;
        // Without the optional scopes nothing is heard that does not mention us.
        const at = kind === "direct" || mayLook ? "" : `<@${slack.world.bot.id}> `;
        const inModal = roll(4) === 0 && (await wrote(speaker, roots[thread]!, text));
        if (!inModal) {
          const key = roll(4) === 0 ? PASTED : "";
          // An edit is no mention: who does not hear the rest of the channel does not hear of it.
          const isEdited = roll(4) === 0 && at === "";
          const first = isEdited ? `${at}perhaps ${text.replace(String(number), "1")}` : `${at}${text} ${key}`;
          const message = speaker.say(place, first, { thread: roots[thread]! });
          if (isEdited) {
            await pause(roll(400));
            speaker.edit(message, `${at}${text} ${key}`);
          }
        }
        said.push({ thread, words, answer: `${words}”` });
        if (roll(3) === 0) await clicked(person, roots[thread]!, ["zip", "pull-request"][roll(2)]!, roll(2) === 0);
        if (roll(6) === 0) speaker.stop(roots[thread]!);
      }
    }

    /** Answers a question of the thread in words of one's own, in its modal; false where none is asked. */
    async function wrote(person: Person, root: Message, text: string): Promise<boolean> {
      const isWords = (id: unknown): boolean => String(id).startsWith("words:");
      const asks = (message: Message): boolean => elementsOf(message.blocks).some((e) => isWords(e.element.action_id));
      if (!fromApp(slack, root).some(asks)) return false;
      await within("a modal", SETTLED_MS, async () => {
        const message = fromApp(slack, root).findLast(asks)!;
        const { element } = elementsOf(message.blocks).find((each) => isWords(each.element.action_id))!;
        await person.click(message, String(element.action_id));
        // What opens it may fail, or its process end: who sees nothing clicks again.
        for (let look = 0; look < 10 && !person.modal; look += 1) await pause(100);
        return person.modal !== undefined;
      });
      await within("a form that is taken", SETTLED_MS, async () => (await person.submit({ value: text })).ok);
      return true;
    }

    /** Slack does not send a command again: who sees that it failed types it again. */
    async function begun(kind: string, person: Person, place: Channel, words: string): Promise<Message> {
      if (kind === "direct") return person.say(place, words);
      if (kind === "mention") return person.say(place, `<@${slack.world.bot.id}> ${words}`);
      await within(
        "a command that is taken",
        SETTLED_MS,
        async () => (await person.command(place, "/ml-architect", words)).ok,
      );
      let root: Message | undefined;
      await within("a root", SETTLED_MS, async () => {
        root = rootsIn(person, place, words)[0];
        return root !== undefined;
      });
      return root!;
    }

    async function clicked(person: Person, root: Message, effect: string, isTwice: boolean): Promise<void> {
      const find = (): Message | undefined =>
        fromApp(slack, root).findLast(({ blocks }) => JSON.stringify(blocks).includes(`"effect:${effect}"`));
      await within(`a button for ${effect}`, SETTLED_MS, async () => find() !== undefined);
      for (let click = 0; click < (isTwice ? 2 : 1); click += 1)
        await within("a click that is taken", SETTLED_MS, async () => {
          const message = find()!;
          const { element } = elementsOf(message.blocks).find(({ element: e }) => e.action_id === `effect:${effect}`)!;
          return (await person.click(message, String(element.action_id))).ok;
        });
    }
  } catch (error) {
    await end();
    const missing = said.filter((each) => !isAnswered(each)).map(({ words }) => words);
    const about = `Slack gave up ${slack.lostEvents.length} events; no answer to ${missing.join(", ")}\n${await openRows(data)}\n${lives.at(-1)?.log().slice(-3_000)}`;
    await close();
    throw new Error(`${error}; ${about}`, { cause: error });
  }
}

/** When a life ends: early is counted from its birth and not from when it was ready. */
interface Death {
  isEarly: boolean;
  afterMs: number;
}

async function kill({ child, started }: Life, { isEarly, afterMs }: Death): Promise<void> {
  if (!isEarly) await started;
  await pause(afterMs);
  child.kill("SIGKILL");
}

/** The messages that threads of these words were begun with, by the bot. */
const rootsIn = (person: Person, place: Channel, words: string): Message[] =>
  person.sees(place).filter((m) => m.isFromApp && m.threadTs === undefined && m.text.includes(words.slice(0, 40)));

/** What the bot said in a thread, for everybody to see. */
const fromApp = ({ world }: LocalSlack, { channel, ts }: Message): Message[] =>
  world.channels.get(channel)!.messages.filter((m) => m.threadTs === ts && m.isFromApp && m.visibleTo === undefined);

/** The messages of a thread that say this; what is shown live of the work is none. */
export const answersTo = (slack: LocalSlack, root: Message, answer: string): Message[] =>
  fromApp(slack, root).filter(
    (m) => m.metadata !== undefined && `${m.text}\n${JSON.stringify(m.blocks)}`.includes(answer),
  );

/** Whether nothing waits in the boxes of this life. */
async function isIdle({ healthPort }: Life): Promise<boolean> {
  const text = await fetch(`http://127.0.0.1:${healthPort()}/metrics`).then(
    (response) => response.text(),
    () => "",
  );
  return ["inbox", "outbox"].every((box) => text.includes(`ml_architect_waiting{box="${box}"} 0`));
}

async function within(what: string, longestMs: number, holds: () => Promise<boolean>): Promise<void> {
  for (const until = Date.now() + longestMs; !(await holds()); await pause(100))
    if (Date.now() > until) throw new Error(`not within ${longestMs / 1000} s: ${what}`);
}

/** What was not done, for whoever looks for the reason. */
async function openRows(data: string): Promise<string> {
  const db = await openDatabase({ folder: join(data, "database") });
  const rows = [
    ...(await db.query("select id, thread, step, lease_owner, lease_until from slack.run")),
    ...(await db.query(
      "select run_id, id, state, attempts, payload ->> 'type' as type from slack.inbox where state <> 'done'",
    )),
    ...(await db.query(
      "select run_id, step, state, attempts, not_before, payload ->> 'type' as type from slack.outbox where state <> 'sent'",
    )),
    ...(await db.query(
      "select state, singleton_key, start_after, started_on, retry_count, created_on from pgboss.job where state < 'completed'",
    )),
  ];
  await db.close();
  return rows.map((row) => JSON.stringify(row)).join("\n");
}

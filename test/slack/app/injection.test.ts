import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { effects } from "../../../slack/effects/effects.ts";
import { repositoriesIn } from "../../../slack/github/setting.ts";
import { LocalGithub } from "../../../slack/github-local/local-github.ts";
import { elementsOf } from "../../../slack/local/block-ids.ts";
import { LocalSlack } from "../../../slack/local/local-slack.ts";
import type { Person } from "../../../slack/local/person.ts";
import { pingsOf } from "../../../slack/local/pings.ts";
import type { Channel, Message } from "../../../slack/local/world.ts";
import { advise, catalog, readText } from "../../../src/index.ts";
import { connect } from "../github/githubs.ts";
import { MANIFEST, QUICK } from "../local/apps.ts";
import { answered, bring, button, type Running, wordsOf } from "./bots.ts";

const REQUEST = "fine-tune llama 3.1 8b on 50k support tickets, $500";
/** What a person can type to wake everybody or to send others elsewhere, as Slack sends it and as it is typed. */
const EVIL =
  "<!channel> <!here|here> <!everyone> <!subteam^S0000001|team> &lt;!channel&gt; @here @channel <https://evil.example|huggingface.co> [huggingface.co](https://evil.example/x) **<!channel>**";
const KEY = `hf_${"aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC1dF3g"}`;

let slack: LocalSlack;
let github: LocalGithub;
let running: Running & { close(): Promise<void> };
const folder = mkdtempSync(join(tmpdir(), "injection-"));
let ada: Person;
let ml: Channel;
let rooms = 0;

beforeAll(async () => {
  github = await LocalGithub.start({ folder: join(folder, "github") });
  await github.addRepository("acme/tickets", {
    files: {
      "README.md": `# ${EVIL}\n`,
      "train.yaml": `run: "${EVIL}"\nnum_train_epochs: 2\nmodel_name_or_path: meta-llama/Llama-3.1-8B\n`,
    },
  });
  await github.addRepository("acme/models", {});
  const names = ["acme/tickets", "acme/models"];
  const connected = connect(github, { GITHUB_REPOSITORIES: names.join(), GITHUB_TOKEN: github.token(names) });
  slack = await LocalSlack.start({ manifest: MANIFEST, settings: QUICK });
  running = await bring(slack, {
    place: { folder: join(folder, "data") },
    hosts: ["huggingface.co"],
    effects: (parts) => effects({ ...parts, github: connected }),
    repositoriesIn: (channel, chosen) => repositoriesIn(connected.setting, channel, chosen),
  });
  // Slack takes any display name; messages of ours name people by id.
  ada = slack.person("<!channel> *ada* <https://evil.example|x>");
});
afterAll(async () => {
  await running?.close();
  await slack?.close();
  await github?.close();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => {
  rooms += 1;
  ml = slack.channel(`injection-${rooms}`, [ada]);
});

const ours = (): Message[] => [...slack.world.channels.values()].flatMap((c) => c.messages.filter((m) => m.isFromApp));
/** Whom any message of ours wakes, but the person who asked; and where any link of ours leads. */
function expectInert(): void {
  const woken = ours().flatMap((m) => pingsOf(m).filter((id) => id !== ada.user.id));
  expect(woken).toEqual([]);
  const live: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, text, url } = node as Record<string, unknown>;
    if ((type === "mrkdwn" || type === "markdown") && typeof text === "string") live.push(text);
    if (type === "link" || type === "button") live.push(`<${String(url ?? "")}>`);
    for (const child of Object.values(node)) visit(child);
  };
  for (const message of ours()) {
    live.push(message.text);
    visit(message.blocks);
  }
  const leads = live.flatMap((text) => [...text.matchAll(/<([a-z]+:[^|>]+)/g)].map((m) => m[1]!));
  expect(leads.filter((url) => new URL(url).hostname.endsWith("evil.example"))).toEqual([]);
  const views = [ada.modal, ada.home].map((view) => JSON.stringify(view?.blocks ?? []));
  for (const view of views) expect(view).not.toMatch(/<!|<https:\/\/evil/);
}

async function began(words = REQUEST): Promise<{ root: Message; plan: Message }> {
  expect(await ada.command(ml, "/ml-architect", words)).toEqual({ ok: true });
  const root = await answered(slack, () => ada.sees(ml), /asks: /);
  const plan = await answered(slack, () => ada.seesThread(root), /Feasible|Not possible|nothing to plan/i);
  return { root, plan };
}
const said = (root: Message, says: RegExp, after?: Message): Promise<Message> =>
  answered(slack, () => ada.seesThread(root).filter((m) => m.ts > (after?.ts ?? "0")), says);

describe("mentions of everybody and links elsewhere are text, wherever a person writes them:", () => {
  test("in a command, a mention, a direct message, a reply and an edit of it", async () => {
    const { root } = await began(`${REQUEST} ${EVIL}`);
    const reply = ada.say(ml, `what if 70k tickets ${EVIL}`, { thread: root });
    await said(root, /What if: /, reply);
    ada.edit(reply, `what if 90k tickets ${EVIL}`);
    await said(root, /What if: .*90k/s, reply);
    ada.say(ml, `<@${slack.world.bot.id}> ${EVIL}`, { thread: root });
    await said(root, /Nothing in/);
    const direct = ada.say(ada.directMessage, `${REQUEST} ${EVIL}`);
    await answered(slack, () => ada.seesThread(direct), /Feasible/);
    expectInert();
  });

  test("in every field of the form", async () => {
    expect(await ada.command(ml, "/ml-architect")).toEqual({ ok: true });
    await slack.until("the form", () => ada.modal);
    const entries = {
      request: `${REQUEST} ${EVIL}`,
      accelerator: `two RTX 4090 <!channel> ${EVIL}`.slice(0, 190),
      budget: "$500 <!channel> <https://evil.example|x>",
      deadline: "in 3 days <!here> <https://evil.example|x>",
    };
    expect(await ada.submit(entries)).toEqual({ ok: true });
    const root = await answered(slack, () => ada.sees(ml), /asks: /);
    await said(root, /Feasible|Not possible/);
    expectInert();
  });

  test("in the modals of a question and of an assumption", async () => {
    const { root } = await began();
    const asks = await said(root, /Question 1/);
    await ada.click(asks, button(asks, /In my own words/).id);
    await slack.until("the modal", () => ada.modal);
    expect(await ada.submit({ value: `two RTX 3090 ${EVIL}` })).toEqual({ ok: true });
    await said(root, /Changed: /, asks);
    const withChange = ada.seesThread(root).findLast((m) => wordsOf(m).includes('"Change"'))!;
    const change = elementsOf(withChange.blocks).find(({ element }) => element.action_id.startsWith("change:"))!;
    await ada.click(withChange, change.element.action_id);
    expectInert();
  });

  test("as a model's name, in words and in a plan.json that is dropped into a thread", async () => {
    const { root } = await began(
      "fine-tune evil/<!channel>-7b called <https://evil.example|llama> 7B on 50k tickets, $500",
    );
    const today = new Date().toISOString().slice(0, 10);
    const plan = JSON.stringify(advise(readText(REQUEST, catalog, { today }), catalog, { today }));
    const poisoned = plan.replaceAll("meta-llama/Llama-3.1-8B", "<!channel>/<https://evil.example|x>");
    const dropped = ada.say(ml, `<@${slack.world.bot.id}>`, {
      thread: root,
      files: [{ name: "plan.json", bytes: Buffer.from(poisoned) }],
    });
    await said(root, /plan\.json|Feasible|Unknown/, dropped);
    expectInert();
  });

  test("as the name and the text of a file", async () => {
    const name = "<!channel> <https:⁄⁄evil.example|x>.yaml";
    const bytes = Buffer.from(`num_train_epochs: 2\n# ${EVIL}\nrun_name: "${EVIL}"\n`);
    const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`, { files: [{ name, bytes }] });
    await said(asked, /Feasible|Not possible/);
    expectInert();
  });

  test("as a repository's name, in what a repository holds, and in a channel's settings", async () => {
    const { root } = await began(`design for github.com/acme/tickets, 50k examples, $500 ${EVIL}`);
    await said(root, /Reading acme\/tickets/);
    const other = ada.say(
      ml,
      `<@${slack.world.bot.id}> design for github.com/<!channel>/x and github.com/evil.example/<!here>`,
      {
        thread: root,
      },
    );
    await said(root, /./, other);
    await ada.command(ml, "/ml-architect", `config repositories <!channel>/x`);
    await ada.command(ml, "/ml-architect", `config <!channel> <https://evil.example|x>`);
    expectInert();
  });

  test("on the Home tab, in lists and in states of runs", async () => {
    await began(`${EVIL} please`);
    for (const order of ["list", "status", "examples"]) await ada.command(ml, "/ml-architect", order);
    ada.openHome();
    await slack.until("the Home tab", () => ada.home);
    expectInert();
  });
});

describe("a key that is pasted", () => {
  test("into a thread, the form, a modal or a file is nowhere afterwards: no message, no log line, no file of the database", async () => {
    const { root } = await began(`${REQUEST}, token ${KEY}`);
    const asks = await said(root, /Question 1/);
    ada.say(ml, `use ${KEY} and 70k tickets`, { thread: root });
    await said(root, /Changed: /);
    await ada.click(
      asks,
      elementsOf(asks.blocks).find((e) => e.element.action_id.startsWith("words:"))!.element.action_id,
    );
    await slack.until("the modal", () => ada.modal);
    await ada.submit({ value: `two RTX 3090, ${KEY}` });
    await ada.command(ml, "/ml-architect");
    await slack.until("the form", () => ada.modal?.fields.callback_id === "form");
    await ada.submit({ request: `${REQUEST} with ${KEY}` });
    const file = { name: "train.yaml", bytes: Buffer.from(`num_train_epochs: 2\nhub_token: ${KEY}\n`) };
    const asked = ada.say(ml, `<@${slack.world.bot.id}> ${REQUEST}`, { files: [file] });
    await said(asked, /Feasible/);
    const acts = ada.seesThread(asked).findLast((m) => wordsOf(m).includes('"effect:zip"'))!;
    await ada.click(acts, "effect:zip");
    await said(asked, /The project of revision/);
    await slack.until("two roots", () => ada.sees(ml).filter((m) => /asks: /.test(m.text)).length === 2);
    expect(ours().map(wordsOf).join("\n")).not.toContain(KEY);
    expect(running.lines.join("\n")).not.toContain(KEY);
    const made = [...slack.world.files.values()].filter(({ user }) => user !== ada.user.id);
    expect(made.length).toBeGreaterThan(0);
    for (const { bytes } of made) expect(Buffer.from(bytes!).includes(KEY)).toBe(false);
    // Write-ahead log and tables are both on the disk; nobody writes them any more.
    await running.close();
    const written = readdirSync(join(folder, "data"), { recursive: true, encoding: "utf8" })
      .map((path) => join(folder, "data", path))
      .filter((path) => statSync(path).isFile());
    expect(written.length).toBeGreaterThan(10);
    expect(written.filter((path) => readFileSync(path).includes(KEY))).toEqual([]);
    // The search finds what is kept: the words beside the key.
    expect(written.some((path) => readFileSync(path).includes("support tickets"))).toBe(true);
  });
});

test("nothing failed in all of this", () => {
  expect(running.errors()).toEqual([]);
});

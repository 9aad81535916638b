import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";
import { effects } from "../../slack/effects/effects.ts";
import { repositoriesIn } from "../../slack/github/setting.ts";
import { LocalGithub } from "../../slack/github-local/local-github.ts";
import { elementsOf } from "../../slack/local/block-ids.ts";
import { LocalSlack } from "../../slack/local/local-slack.ts";
import type { Person } from "../../slack/local/person.ts";
import type { Message } from "../../slack/local/world.ts";
import { answered, bring, button, type Running, terminalPlan, wordsOf } from "./app/bots.ts";
import { clone, connect, textsIn } from "./github/githubs.ts";
import { MANIFEST, QUICK } from "./local/apps.ts";

const REQUEST = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $500";
const CLI = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const run = promisify(execFile);
const { acknowledgeMs } = QUICK;

describe.each(["socket", "http"] as const)("from the first word to the last, over %s", { timeout: 600_000 }, (way) => {
  let slack: LocalSlack;
  let github: LocalGithub;
  let running: Running & { close(): Promise<void> };
  const folder = mkdtempSync(join(tmpdir(), "chain-"));
  let ada: Person;
  let root: Message;
  let seen = "0";

  beforeAll(async () => {
    github = await LocalGithub.start({ folder: join(folder, "github") });
    await github.addRepository("acme/tickets", { files: { "docs/notes.md": "# Notes\n" } });
    const env = { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: github.token(["acme/tickets"]) };
    const connected = connect(github, env);
    slack = await LocalSlack.start({ manifest: MANIFEST, settings: QUICK });
    running = await bring(slack, {
      ...(way === "http"
        ? { transport: { type: "http", signingSecret: slack.signingSecret, host: "127.0.0.1", port: 0, acknowledgeMs } }
        : {}),
      effects: (parts) => effects({ ...parts, github: connected }),
      repositoriesIn: (channel, chosen) => repositoriesIn(connected.setting, channel, chosen),
    });
    if (way === "http") await slack.deliverTo(`http://127.0.0.1:${running.bot.port}/slack/events`);
    ada = slack.person("ada");
  });
  afterAll(async () => {
    await running?.close();
    await slack?.close();
    await github?.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });

  /** The next message of ours in the thread that says this, after the last one that was waited for. */
  async function next(says: string | RegExp): Promise<Message> {
    const found = await answered(slack, () => ada.seesThread(root).filter((m) => m.ts > seen), says);
    seen = found.ts;
    return found;
  }
  const click = async (message: Message, label: string | RegExp): Promise<void> =>
    expect(await ada.click(message, button(message, label).id)).toEqual({ ok: true });
  /** The newest message with the plan's buttons. */
  const acts = (): Message => ada.seesThread(root).findLast((m) => wordsOf(m).includes('"effect:zip"'))!;
  const say = (text: string): Message => ada.say(slack.world.channels.get(root.channel)!, text, { thread: root });
  const fileOf = (ending: string): Buffer =>
    Buffer.from([...slack.world.files.values()].findLast(({ name }) => name.endsWith(ending))!.bytes!);

  test("a command becomes a plan that is the terminal's, and questions", async () => {
    const ml = slack.channel("ml", [ada]);
    expect(await ada.command(ml, "/ml-architect", REQUEST)).toEqual({ ok: true });
    root = await answered(slack, () => ada.sees(ml), /asks: /);
    const plan = await next(/Feasible/);
    terminalPlan(REQUEST, wordsOf(plan));
    await next(/Question 1/);
  });

  test("one question is answered by a button, one in words", async () => {
    const asks = ada.seesThread(root).findLast((m) => wordsOf(m).includes("Question 1"))!;
    await click(asks, /^(?!In my own|Use your)/);
    await next(/Changed: |Noted: /);
    await next(/Question 1/);
    say("use your judgement");
    await next(/Changed: |Noted: /);
  });

  test("a what-if shows its difference, changes nothing until it is kept, and is then kept", async () => {
    say("what if 80k tickets");
    const whatIf = await next(/What if: 80k tickets/);
    expect(wordsOf(whatIf)).toMatch(/before.*after.*training time/s);
    expect(wordsOf(whatIf)).toContain("until somebody keeps this one");
    await click(whatIf, "Keep it");
    await next(/Changed: 80k tickets/);
  });

  test("alternatives are shown with buttons that compare them", async () => {
    await click(acts(), "Alternatives");
    const found = await next(/Alternatives|No other plan/);
    const compare = elementsOf(found.blocks).find(({ element }) => element.action_id.startsWith("wish:"));
    if (!compare) return expect(wordsOf(found)).toContain("No other plan");
    expect(await ada.click(found, compare.element.action_id)).toEqual({ ok: true });
    await next(/What if: |Nothing that was tried/);
  });

  test("the zip holds byte for byte what `new` writes from the plan in it", async () => {
    await click(acts(), "Download zip");
    await next(/The project of revision/);
    const zipped = Object.entries(unzipSync(fileOf(".zip"))).filter(([path]) => !path.endsWith("/"));
    const saved = zipped.find(([path]) => path === "ml-project/plan.json")!;
    writeFileSync(join(folder, "plan.json"), saved[1]);
    await run(process.execPath, [CLI, "new", "ml-project", "--plan", "plan.json"], { cwd: folder });
    const written = textsIn(join(folder, "ml-project"));
    const held = new Map(
      zipped.map(([path, bytes]) => [path.slice("ml-project/".length), Buffer.from(bytes).toString("utf8")]),
    );
    expect([...held.keys()].sort()).toEqual([...written.keys()].sort());
    for (const [path, text] of written) expect(held.get(path), path).toBe(text);
  });

  test("the pull request can be cloned, holds the same project, and its tests pass", async () => {
    await click(acts(), "Open pull request");
    const said = await next(/Opened a draft pull request/);
    const number = /acme\/tickets#(\d+)/.exec(wordsOf(said))![1];
    const branch = /ml-architect\/[0-9a-f]{8}-r\d+/.exec(JSON.stringify(acts().blocks))![0];
    expect(number).toBe("1");
    const cloned = await clone(github, "acme/tickets", branch);
    const texts = textsIn(cloned);
    expect(texts.get("docs/notes.md")).toBe("# Notes\n");
    for (const [path, text] of textsIn(join(folder, "ml-project")))
      if (!path.startsWith(".github/") && path !== ".ml-architect/manifest.json")
        expect(texts.get(path), path).toBe(text);
    // The same bytes either way: their tests run once.
    const python = preparedPython();
    if (way === "http" || (python === undefined && process.env.CI !== "true")) return;
    const env = { ...cleanEnvironment({ HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1" }), PYTHONPATH: join(cloned, "src") };
    const { stdout } = await run(python!, ["-m", "pytest", "-q", "tests/test_config.py", "tests/test_data.py"], {
      cwd: cloned,
      env,
    });
    expect(stdout).toMatch(/\d+ passed/);
    expect(stdout).not.toContain("failed");
  });

  test("the notebook is put into the thread; its cells are the project's", async () => {
    await click(acts(), "Open in notebook");
    await next(/The notebook of revision/);
    const { cells, nbformat } = JSON.parse(fileOf(".ipynb").toString("utf8"));
    expect(nbformat).toBe(4);
    expect(JSON.stringify(cells)).toContain("Llama-3.1-8B");
  });

  test("Stop stops and says how to go on; feedback is thanked for, to the one who gave it", async () => {
    await click(acts(), "Stop");
    await next(/Stopped\. Say anything/);
    const rated = ada.seesThread(root).find((m) => wordsOf(m).includes("feedback_buttons"))!;
    const { element } = elementsOf(rated.blocks).find((e) => e.element.type === "feedback_buttons")!;
    const { value } = element.negative_button as { value: string };
    expect(await ada.click(rated, element.action_id, value)).toEqual({ ok: true });
    const thanks = await next(/Thank you: noted/);
    expect(thanks.visibleTo).toBe(ada.user.id);
  });

  test("what one cannot have meant is told, also to who did not mention it; chat of people is left alone", async () => {
    say("lunch?");
    say("start over");
    await next(/Forgotten/);
    say(REQUEST);
    await next(/Question 1/);
    say("undo");
    await next(/nothing to undo/i);
    expect(
      ada
        .seesThread(root)
        .filter((m) => m.isFromApp)
        .map(wordsOf)
        .join(),
    ).not.toContain("lunch");
  });

  test("Slack refused nothing of it, and nothing failed", () => {
    expect(running.errors()).toEqual([]);
  });
});

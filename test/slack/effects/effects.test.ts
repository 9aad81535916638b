import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment, preparedPython } from "../../../scripts/python-environment.mjs";
import { effects } from "../../../slack/effects/effects.ts";
import { repositoriesIn } from "../../../slack/github/setting.ts";
import { LocalGithub } from "../../../slack/github-local/local-github.ts";
import { LocalSlack } from "../../../slack/local/local-slack.ts";
import type { Person } from "../../../slack/local/person.ts";
import type { Channel, Message } from "../../../slack/local/world.ts";
import { PROJECT_NAME, projectOf } from "../../../slack/work/project.ts";
import type { Plan } from "../../../src/index.ts";
import { notebookOf, zipOf } from "../../../src/project.ts";
import { answered, bring, button, type Running, terminalPlan, wordsOf } from "../app/bots.ts";
import { clone, connect, textsIn } from "../github/githubs.ts";
import { MANIFEST, QUICK } from "../local/apps.ts";

const REQUEST = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $500";
const SETTINGS = "model_name_or_path: meta-llama/Llama-3.1-8B\nper_device_train_batch_size: 4\nnum_train_epochs: 2\n";
const folder = mkdtempSync(join(tmpdir(), "github-"));
let github: LocalGithub;
let slack: LocalSlack;
let token: string;
let running: Running & { close(): Promise<void> };
let rooms = 0;

beforeAll(async () => {
  github = await LocalGithub.start({ folder });
  await github.addRepository("acme/tickets", { files: { "README.md": "# Tickets\n", "configs/train.yaml": SETTINGS } });
  await github.addRepository("acme/payroll", { files: { "train.yaml": SETTINGS }, isPrivate: true });
  token = github.token(["acme/tickets", "acme/payroll"]);
  const connected = connect(github, { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: token });
  slack = await LocalSlack.start({ manifest: MANIFEST, settings: QUICK });
  running = await bring(slack, {
    effects: (parts) => effects({ ...parts, github: connected }),
    repositoriesIn: (channel, chosen) => repositoriesIn(connected.setting, channel, chosen),
  });
});
afterAll(async () => {
  await running.close();
  await slack.close();
  await github.close();
  rmSync(folder, { recursive: true, force: true });
});

async function began(words = REQUEST): Promise<{ ada: Person; ml: Channel; root: Message; plan: Message }> {
  rooms += 1;
  const ada = slack.person("ada");
  const ml = slack.channel(`effects-${rooms}`, [ada]);
  await ada.command(ml, "/ml-architect", words);
  const root = await answered(slack, () => ada.sees(ml), /asks: /);
  const plan = await answered(slack, () => ada.seesThread(root), /Feasible/);
  return { ada, ml, root, plan };
}

/** The message with the plan's buttons. */
const acts = (ada: Person, root: Message): Message =>
  ada.seesThread(root).findLast((message) => JSON.stringify(message.blocks).includes('"effect:zip"'))!;

async function press(ada: Person, root: Message, label: string): Promise<void> {
  const message = acts(ada, root);
  expect(await ada.click(message, button(message, label).id)).toEqual({ ok: true });
}

/** The terminal's plan for the same words. */
const planned = (root: Message): Plan =>
  terminalPlan(REQUEST, slack.person("ada").seesThread(root).map(wordsOf).join("\n"));
const fileOf = (root: Message, ending: string) =>
  [...slack.world.files.values()].filter(({ name }) => name.endsWith(ending) && name.includes(runOf(root)));
/** The run's short name, as branches and files have it. */
const runOf = (root: Message): string => {
  const all = JSON.stringify(slack.person("ada").seesThread(root).map(wordsOf));
  return /ml-architect\/([0-9a-f]{8})-r1/.exec(all)![1]!;
};

describe("a click", () => {
  test("on Open pull request opens a draft that can be cloned, and its own tests pass", async () => {
    const { ada, root } = await began();
    await press(ada, root, "Open pull request");
    const said = await answered(slack, () => ada.seesThread(root), /Opened a draft pull request/);
    expect(wordsOf(said)).toMatch(
      /acme\/tickets#1.*\/acme\/tickets\/pull\/1.*2 files that were there stay as they are/s,
    );
    const cloned = await clone(github, "acme/tickets", `ml-architect/${runOf(root)}-r1`);
    expect(textsIn(cloned).get("plan.json")).toBe((await projectOf(planned(root))).get("plan.json"));
    const python = preparedPython();
    if (python === undefined && process.env.CI !== "true") return;
    const env = cleanEnvironment({ HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1" });
    env.PYTHONPATH = join(cloned, "src");
    // Their train.yaml stands where ours would; the project's tests look at what ours says beside it.
    await promisify(execFile)("mv", ["configs/train.yaml.new", "configs/train.yaml"], { cwd: cloned });
    const what = process.env.ML_ARCHITECT_FULL
      ? []
      : ["tests/test_config.py", "tests/test_data.py", "tests/test_model.py"];
    const { stdout } = await promisify(execFile)(python!, ["-m", "pytest", "-q", ...what], { cwd: cloned, env });
    expect(stdout).toMatch(/\d+ passed/);
    expect(stdout).not.toContain("failed");
  }, 600_000);

  test("on Download zip puts the bytes there that the project's files give, and a second click finds them", async () => {
    const { ada, root } = await began();
    await press(ada, root, "Download zip");
    await answered(slack, () => ada.seesThread(root), /files, plan/);
    const [file] = fileOf(root, ".zip");
    expect(Buffer.from(zipOf(await projectOf(planned(root)), PROJECT_NAME)).equals(file!.bytes!)).toBe(true);
    await press(ada, root, "Download zip");
    await answered(slack, () => ada.seesThread(root), /in this thread already/);
    expect(fileOf(root, ".zip")).toHaveLength(1);
  });

  test("on Open in notebook and on Hand off puts a notebook and four briefs there", async () => {
    const { ada, root } = await began();
    await press(ada, root, "Open in notebook");
    await answered(slack, () => ada.seesThread(root), /The notebook of revision 1/);
    const project = await projectOf(planned(root));
    expect(fileOf(root, ".ipynb")[0]!.bytes!.toString("utf8")).toBe(notebookOf(planned(root), project, PROJECT_NAME));
    await press(ada, root, "Hand off");
    await answered(slack, () => ada.seesThread(root), /Briefs for data engineer/);
    const briefs = fileOf(root, ".md");
    expect(briefs.map(({ name }) => name.replace(/-[0-9a-f]{8}-r1\.md$/, ""))).toEqual([
      "data-engineer",
      "training-specialist",
      "deployment-engineer",
      "security-specialist",
    ]);
    expect(briefs[0]!.bytes!.toString("utf8")).toBe(project.get("handoff/data-engineer.md"));
    // Four files of one message: all of them, or none.
    expect(
      ada.seesThread(root).filter((message) => message.files?.some(({ name }) => name.endsWith(".md"))),
    ).toHaveLength(1);
  });

  test("whose answer Slack lost is looked for, and the zip is there once", async () => {
    const { ada, root } = await began();
    slack.faults.next("files.completeUploadExternal", { kind: "status", status: 502, afterwards: true });
    await press(ada, root, "Download zip");
    await answered(slack, () => ada.seesThread(root), /zip of revision 1/);
    expect(ada.seesThread(root).filter((message) => (message.files ?? []).length > 0)).toHaveLength(1);
  });

  test("while GitHub says wait is done when the wait is over, and nobody sees the wait", async () => {
    const { ada, root } = await began();
    github.faults.next("git.createCommit", { kind: "rate-limited", retryAfterSeconds: 1 });
    await press(ada, root, "Open pull request");
    await answered(slack, () => ada.seesThread(root), /Opened a draft pull request/);
    expect(JSON.stringify(ada.seesThread(root))).not.toMatch(/limit/i);
  });

  test("that GitHub refuses is told in words, and a second click works when it no longer does", async () => {
    const { ada, root } = await began();
    github.faults.next("git.createTree", { kind: "status", status: 503 }, 3);
    await press(ada, root, "Open pull request");
    await answered(slack, () => ada.seesThread(root), /GitHub could not be reached/);
    await press(ada, root, "Open pull request");
    await answered(slack, () => ada.seesThread(root), /Opened a draft pull request/);
  });
});

describe("words that name a repository", () => {
  test("have it read first: its settings and the words make one plan", async () => {
    const { ada, root, plan } = await began("design for github.com/acme/tickets, 50k examples, budget $500");
    const all = ada.seesThread(root).map(wordsOf).join("\n");
    expect(all).toContain("Reading acme/tickets.");
    expect(all).toMatch(/epochs.{0,20}2/s);
    expect(all).toMatch(/budgetUsd.{0,20}500/s);
    expect(wordsOf(plan)).toContain("Llama-3.1-8B");
    // What is said of it is fields: no line and no path of the repository.
    expect(all).not.toMatch(/per_device_train_batch_size|configs\/train\.yaml/);
  });

  test("that may not be read are refused, and GitHub never hears of it", async () => {
    rooms += 1;
    const ada = slack.person("ada");
    const ml = slack.channel(`effects-${rooms}`, [ada]);
    await ada.command(ml, "/ml-architect", "design for github.com/acme/payroll");
    const root = await answered(slack, () => ada.sees(ml), /asks: /);
    const said = await answered(slack, () => ada.seesThread(root), /may not use acme\/payroll/);
    expect(wordsOf(said)).toContain("acme/tickets");
    expect(github.called.join(" ")).not.toContain("payroll");
  });
});

test("after all of it, no token is in a log line or in a message", () => {
  const seen = [
    ...running.lines,
    ...[...slack.world.channels.values()].flatMap((channel) => JSON.stringify(channel)),
    JSON.stringify(github.called),
  ].join("\n");
  expect(seen.length).toBeGreaterThan(1_000);
  for (const secret of [token, slack.tokens.bot, slack.tokens.app]) expect(seen).not.toContain(secret);
  expect(running.errors().filter((line) => line.includes("github"))).toEqual([]);
});

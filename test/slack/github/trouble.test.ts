import { expect, test } from "vitest";
import { troubleOf } from "../../../slack/github/trouble.ts";
import type { LocalGithub } from "../../../slack/github-local/local-github.ts";
import type { LocalRepository } from "../../../slack/github-local/local-repository.ts";
import { LaterError } from "../../../slack/work/later.ts";
import { AdvisorError } from "../../../src/index.ts";
import { connect, open, startGithub } from "./githubs.ts";

interface Stage {
  github: LocalGithub;
  repository: LocalRepository;
  token: string;
}
type Cut = { kind: "error"; error: string };
const cut: Cut = { kind: "error", error: "cut" };

/** What a person reads of each way that GitHub says no. */
const WAYS: { way: string; set(stage: Stage): unknown; says: RegExp; hint: RegExp; requestMs?: number }[] = [
  {
    way: "401: the token was revoked",
    set: ({ github, token }) => github.access.revoke(token),
    says: /did not accept this bot's sign-in for acme\/tickets/,
    hint: /renews/,
  },
  {
    way: "403: the token may not write",
    set: ({ github, token }) => github.access.limit(token, { contents: "read", pull_requests: "write" }),
    says: /does not let this bot write to acme\/tickets/,
    hint: /Contents and Pull requests/,
  },
  {
    way: "403: the repository is archived",
    set: ({ repository }) => {
      repository.isArchived = true;
    },
    says: /acme\/tickets is archived/,
    hint: /zip/,
  },
  {
    way: "404: the repository is not shown to us",
    set: ({ github }) => github.remove("acme/tickets"),
    says: /shows this bot no repository acme\/tickets/,
    hint: /installed/,
  },
  {
    way: "409: the repository is empty",
    set: ({ repository }) => repository.git.deleteRef("refs/heads/main"),
    says: /acme\/tickets is empty/,
    hint: /first commit/,
  },
  {
    way: "422: a rule keeps branches out",
    set: ({ repository }) => {
      repository.refusesBranches = true;
    },
    says: /A rule of acme\/tickets/,
    hint: /ml-architect\/\*/,
  },
  {
    way: "403: the hour's limit is used up",
    set: ({ github }) => github.faults.next("git.createTree", { kind: "error", error: "limit used up" }),
    says: /limit for this bot is used up for another 30 minutes|another 31 minutes/,
    hint: /found and finished/,
  },
  {
    way: "503, again and again",
    set: ({ github }) => github.faults.next("git.createTree", { kind: "status", status: 503 }, 3),
    says: /could not be reached/,
    hint: /Click again/,
  },
  {
    way: "connections that are cut",
    set: ({ github }) => github.faults.next("git.createTree", cut, 3),
    says: /could not be reached/,
    hint: /Click again/,
  },
  {
    way: "answers that do not come in time",
    set: ({ github }) => github.faults.next("git.createTree", { kind: "slow", delayMs: 10_000 }, 3),
    says: /did not answer in time/,
    hint: /Click again/,
    requestMs: 1_000,
  },
];

async function stage(requestMs = 60_000): Promise<Stage & { bot: ReturnType<typeof connect> }> {
  const github = await startGithub();
  const repository = await github.addRepository("acme/tickets", { files: { "README.md": "# T\n" }, isPrivate: true });
  const token = github.token(["acme/tickets"]);
  const bot = connect(github, { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: token }, { requestMs });
  return { github, repository, token, bot };
}

const troubleIn = async (bot: ReturnType<typeof connect>): Promise<Error> =>
  open(bot).then(
    () => new Error("it was opened"),
    (error: unknown) => troubleOf(error, "acme/tickets", new Date()),
  );

test.each(WAYS)(
  "$way: a person reads what it means and what to do, and no token",
  async ({ set, says, hint: next, requestMs }) => {
    const given = await stage(requestMs);
    await set(given);
    const trouble = await troubleIn(given.bot);
    expect(trouble).toBeInstanceOf(AdvisorError);
    const { message, hint } = trouble as AdvisorError;
    expect(message).toMatch(says);
    expect(hint).toMatch(next);
    expect(`${message} ${hint} ${trouble.stack}`).not.toContain(given.token);
    expect(`${message} ${hint}`).not.toMatch(/https?:|127\.0\.0\.1|docs\.github|HttpError/);
    // What another program would find by looking through everything that the error holds.
    expect(JSON.stringify(trouble, Object.getOwnPropertyNames(trouble))).not.toContain(given.token);
  },
);

test("403 with Retry-After: the bot waits as long as GitHub asks, and nobody is told of it", async () => {
  const { github, bot } = await stage();
  github.faults.next("git.createTree", { kind: "rate-limited", retryAfterSeconds: 42 });
  const trouble = await troubleIn(bot);
  expect(trouble).toBeInstanceOf(LaterError);
  expect(trouble).toMatchObject({ seconds: 42 });
  expect(github.called.filter((name) => name === "git.createTree")).toHaveLength(1);
});

test("a workflow that the token may not write: GitHub says 404, a person reads which permission is missing", async () => {
  const { github, token } = await stage();
  const env = { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: token, GITHUB_WORKFLOWS: "allow" };
  expect(await troubleIn(connect(github, env))).toMatchObject({ hint: expect.stringContaining("Workflows") });
});

test("a GitHub that is not there at all", async () => {
  const { github, bot } = await stage();
  await github.close();
  expect(await troubleIn(bot)).toMatchObject({ message: "GitHub could not be reached for acme/tickets" });
});

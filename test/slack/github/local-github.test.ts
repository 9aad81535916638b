import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import type { LocalGithub } from "../../../slack/github-local/local-github.ts";
import { clone, connect, startGithub } from "./githubs.ts";

const FILES = { "README.md": "# T\n" };

async function ask(github: LocalGithub, token: string, path: string, body?: unknown) {
  const answered = await fetch(`${github.apiUrl}${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `token ${token}`, "user-agent": "a test" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { message: ((await answered.json()) as { message?: string }).message, status: answered.status };
}

test("a private repository is cloned with a token, and is not there without one", async () => {
  const github = await startGithub();
  await github.addRepository("acme/tickets", { files: FILES, isPrivate: true });
  const token = github.token(["acme/tickets"], { contents: "read" });
  await expect(clone(github, "acme/tickets", "main")).rejects.toThrow(/could not read Username|Authentication failed/);
  expect(await clone(github, "acme/tickets", "main", token)).toContain("project");
});

test("a key that is not the app's opens nothing", async () => {
  const github = await startGithub();
  await github.addRepository("acme/tickets", { files: FILES });
  github.access.install("acme/tickets", { contents: "write" });
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const key = privateKey.export({ type: "pkcs1", format: "pem" }) as string;
  const env = { GITHUB_APP_ID: github.access.appId, GITHUB_APP_PRIVATE_KEY: key, GITHUB_REPOSITORIES: "acme/tickets" };
  const repository = { owner: "acme", name: "tickets" };
  await expect(connect(github, env).clientFor(repository, "read", AbortSignal.timeout(60_000))).rejects.toMatchObject({
    status: 401,
  });
});

test("an installation gives no token with more than its owner granted", async () => {
  const github = await startGithub();
  await github.addRepository("acme/tickets", { files: FILES });
  const { access } = github;
  access.install("acme/tickets", { metadata: "read", contents: "read" });
  const env = { GITHUB_APP_ID: access.appId, GITHUB_APP_PRIVATE_KEY: access.privateKey };
  const bot = connect(github, { ...env, GITHUB_REPOSITORIES: "acme/tickets" });
  const repository = { owner: "acme", name: "tickets" };
  await expect(bot.clientFor(repository, "write", AbortSignal.timeout(60_000))).rejects.toMatchObject({ status: 422 });
});

test.each([
  [{ tree: [{ path: "../a", mode: "100644", type: "blob", content: "x" }] }, 422, "malformed path"],
  [{ tree: [{ path: "a", mode: "777", type: "blob", content: "x" }] }, 422, "mode"],
  [{ tree: [{ path: "a", mode: "100644", type: "blob" }] }, 422, "Must supply either sha or content"],
  [{ base_tree: "0".repeat(40), tree: [{ path: "a", mode: "100644", type: "blob", content: "x" }] }, 422, "base_tree"],
  [{ tree: [{ path: ".github/workflows/a.yml", mode: "100644", type: "blob", content: "x" }] }, 404, "Not Found"],
])("a tree that GitHub would not take is not taken: %j", async (body, status, says) => {
  const github = await startGithub();
  await github.addRepository("acme/tickets", { files: FILES });
  const found = await ask(github, github.token(["acme/tickets"]), "/repos/acme/tickets/git/trees", body);
  expect(found.status).toBe(status);
  expect(found.message).toContain(says);
});

test("a branch is made of a commit that is there, once, under a name that git takes", async () => {
  const github = await startGithub();
  const { git } = await github.addRepository("acme/tickets", { files: FILES });
  const token = github.token(["acme/tickets"]);
  const sha = await git.head("main");
  const make = (ref: string, of = sha) => ask(github, token, "/repos/acme/tickets/git/refs", { ref, sha: of });
  expect((await make("refs/heads/new")).status).toBe(201);
  expect((await make("refs/heads/new")).message).toBe("Reference already exists");
  expect((await make("refs/heads/a..b")).status).toBe(422);
  expect((await make("refs/heads/other", "1".repeat(40))).message).toBe("Object does not exist");
});

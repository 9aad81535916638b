import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { branchOf } from "../../../slack/github/branch.ts";
import { projectOf } from "../../../slack/work/project.ts";
import { clone, connect, isExecutable, OTHER, open, PLAN, RUN, startGithub, textsIn } from "./githubs.ts";

const WORKFLOW = ".github/workflows/ci.yml";
const BRANCH = branchOf(RUN, 1);
const README = { "README.md": "# Tickets\n" };
const WRITES = ["git.createTree", "git.createCommit", "git.createRef", "pulls.create"];

async function withRepository(files: Record<string, string> = README, env: Record<string, string> = {}) {
  const github = await startGithub();
  const repository = await github.addRepository("acme/tickets", { files });
  const token = github.token(["acme/tickets"], { contents: "write", pull_requests: "write", workflows: "write" });
  const bot = connect(github, { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: token, ...env });
  return { github, repository, bot, token };
}

describe("a pull request", () => {
  test("is a draft that holds the project byte for byte, scripts executable, beside what was there", async () => {
    const { github, repository, bot } = await withRepository({ "app.js": "console.log(1)\n" });
    const opened = await open(bot);
    expect(opened).toMatchObject({ type: "open", isNew: true, isDraft: true, number: 1 });
    const folder = await clone(github, "acme/tickets", BRANCH);
    const found = textsIn(folder);
    const project = await projectOf(PLAN);
    expect(found.get("app.js")).toBe("console.log(1)\n");
    for (const [path, text] of project)
      if (path !== WORKFLOW && !path.startsWith(".ml-architect/")) expect(found.get(path), path).toBe(text);
    expect(found.size).toBe(project.size + 1 - 1);
    expect(isExecutable(join(folder, "scripts/launch_local.sh"))).toBe(true);
    expect(isExecutable(join(folder, "README.md"))).toBe(false);
    expect(repository.pulls[0]).toMatchObject({ base: "main", head: BRANCH, isDraft: true });
    expect(repository.pulls[0]!.title).toContain(PLAN.headline.slice(0, 20));
    expect(repository.pulls[0]!.body).toContain("make check");
  });

  test("holds no workflow unless that is allowed, says so, and its manifest does not claim it", async () => {
    const { github, repository, bot } = await withRepository();
    const opened = await open(bot);
    expect(opened).toMatchObject({ changes: { leftOut: [WORKFLOW] } });
    expect(repository.pulls[0]!.body).toContain(WORKFLOW);
    const found = textsIn(await clone(github, "acme/tickets", BRANCH));
    expect([...found.keys()].filter((path) => path.startsWith(".github/"))).toEqual([]);
    expect(found.get(".ml-architect/manifest.json")).not.toContain(WORKFLOW);
  });

  test("holds the workflow where GITHUB_WORKFLOWS allows it", async () => {
    const { github, bot } = await withRepository(README, { GITHUB_WORKFLOWS: "allow" });
    await open(bot);
    expect(textsIn(await clone(github, "acme/tickets", BRANCH)).get(WORKFLOW)).toContain("make check");
  });

  test("leaves every file of theirs as it is: the new text lies beside, a .gitignore grows at its end", async () => {
    const theirs = { "README.md": "# Theirs\n", ".gitignore": "node_modules/\n.env\n", "configs/train.yaml": "a: 1\n" };
    const { github, repository, bot } = await withRepository(theirs);
    const opened = await open(bot);
    const found = textsIn(await clone(github, "acme/tickets", BRANCH));
    const project = await projectOf(PLAN);
    expect(found.get("README.md")).toBe(theirs["README.md"]);
    expect(found.get("README.md.new")).toBe(project.get("README.md"));
    expect(found.get("configs/train.yaml")).toBe("a: 1\n");
    expect(found.get("configs/train.yaml.new")).toBe(project.get("configs/train.yaml"));
    expect(found.get(".gitignore")).toMatch(/^node_modules\/\n\.env\n\n/);
    expect(found.get(".gitignore")).toContain("\n.venv/\n");
    expect(found.has(".gitignore.new")).toBe(false);
    expect(opened).toMatchObject({
      changes: {
        beside: [
          { path: "README.md", proposal: "README.md.new" },
          { path: "configs/train.yaml", proposal: "configs/train.yaml.new" },
        ],
        extended: [".gitignore"],
      },
    });
    expect(repository.pulls[0]!.body).toContain("`README.md` → `README.md.new`");
  });

  test("takes a file of another case for the same file, as Windows and macOS do", async () => {
    const { github, bot } = await withRepository({ "ReadMe.md": "# Theirs\n" });
    await open(bot);
    const found = textsIn(await clone(github, "acme/tickets", BRANCH));
    expect(found.get("ReadMe.md")).toBe("# Theirs\n");
    expect(found.has("README.md")).toBe(false);
    expect(found.has("README.md.new")).toBe(true);
  });

  test.each([
    ["a file stands where a folder has to be", { configs: "not a folder\n" }, "configs"],
    ["a folder stands where a file has to be", { "PLAN.md/notes.txt": "x\n" }, "PLAN.md"],
  ])("is refused where %s: GitHub would put ours in its place", async (_, files, named) => {
    const { repository, bot } = await withRepository(files as Record<string, string>);
    await expect(open(bot)).rejects.toMatchObject({ code: "not-available", hint: expect.stringContaining(named) });
    expect(repository.pulls).toEqual([]);
  });

  test("of a later revision replaces what we wrote and keeps what was edited since", async () => {
    const { github, repository, bot } = await withRepository();
    await open(bot);
    await repository.merge(repository.pulls[0]!, "2026-11-20T12:00:00Z");
    await repository.git.push("main", { Makefile: "edited:\n" });
    const second = await open(bot, { revision: 2, plan: OTHER });
    expect(second).toMatchObject({ type: "open", isNew: true, number: 2 });
    const found = textsIn(await clone(github, "acme/tickets", branchOf(RUN, 2)));
    const project = await projectOf(OTHER);
    expect(found.get("plan.json")).toBe(project.get("plan.json"));
    expect(found.get("configs/base.yaml")).toBe(project.get("configs/base.yaml"));
    expect(found.get("Makefile")).toBe("edited:\n");
    // The template's text has not changed, and is proposed all the same: their edit is theirs to compare.
    expect(found.get("Makefile.new")).toBe(project.get("Makefile"));
    expect(found.has("plan.json.new")).toBe(false);
  });

  test("proposes nothing where the default branch holds the project as it is", async () => {
    const { repository, bot } = await withRepository();
    await open(bot);
    await repository.merge(repository.pulls[0]!, "2026-11-20T12:00:00Z");
    expect(await open(bot, { revision: 2 })).toEqual({ type: "nothing", branch: "main" });
  });
});

describe("asked for again", () => {
  test("it is the same pull request, and nothing is written", async () => {
    const { github, bot } = await withRepository();
    const first = await open(bot);
    const before = github.calls.length;
    const again = await open(bot);
    expect(again).toMatchObject({ type: "open", isNew: false, number: 1 });
    expect(again).toMatchObject({ changes: (first as { changes: unknown }).changes });
    expect(github.called.slice(before).filter((name) => WRITES.includes(name))).toEqual([]);
  });

  test.each(WRITES)(
    "after a crash right after %s took effect, it is finished and there is one of everything",
    async (call) => {
      const { github, repository, bot } = await withRepository();
      // As often as the client itself repeats, and its first try: the process then dies with the error.
      github.faults.next(call, { kind: "error", error: "cut afterwards" }, 1);
      github.faults.next("*", { kind: "error", error: "cut" }, 12);
      await expect(open(bot)).rejects.toThrow();
      github.faults.clear();
      expect(await open(bot)).toMatchObject({ type: "open", number: 1 });
      expect(repository.pulls).toHaveLength(1);
      expect(await repository.git.isAhead(BRANCH, "main")).toBe(true);
      expect(textsIn(await clone(github, "acme/tickets", BRANCH)).get("plan.json")).toBe(
        (await projectOf(PLAN)).get("plan.json"),
      );
    },
  );

  test.each(WRITES)("where the answer of %s is lost, the repetition finds what it did", async (call) => {
    const { github, repository, bot } = await withRepository();
    github.faults.next(call, { kind: "status", status: 502, afterwards: true });
    expect(await open(bot)).toMatchObject({ type: "open", number: 1 });
    expect(repository.pulls).toHaveLength(1);
  });

  test("by two replicas at once, there is one pull request and both give it", async () => {
    const { repository, bot } = await withRepository();
    const both = await Promise.all([open(bot), open(bot)]);
    expect(both.map((opened) => "number" in opened && opened.number)).toEqual([1, 1]);
    expect(repository.pulls).toHaveLength(1);
  });

  test("after the default branch went on, what is told of it is what was told before", async () => {
    const { github, repository, bot } = await withRepository({ "README.md": "# Theirs\n" });
    github.faults.next("pulls.create", { kind: "error", error: "cut" }, 3);
    await expect(open(bot)).rejects.toThrow();
    await repository.git.push("main", { "PLAN.md": "# Their plan\n" });
    const opened = await open(bot);
    expect(opened).toMatchObject({ changes: { beside: [{ path: "README.md", proposal: "README.md.new" }] } });
  });

  test("after somebody closed or merged it, it is not opened a second time", async () => {
    const { repository, bot } = await withRepository();
    await open(bot);
    repository.pulls[0]!.state = "closed";
    expect(await open(bot)).toMatchObject({ type: "ended", isMerged: false, number: 1 });
    repository.pulls[0]!.state = "open";
    await repository.merge(repository.pulls[0]!, "2026-11-20T12:00:00Z");
    expect(await open(bot)).toMatchObject({ type: "ended", isMerged: true, number: 1 });
    expect(repository.pulls).toHaveLength(1);
  });

  test("a branch of that name that is somebody else's is left alone", async () => {
    const { repository, bot } = await withRepository();
    const head = await repository.git.push("main", { "a.txt": "a\n" });
    await repository.git.createRef(`refs/heads/${BRANCH}`, head);
    await expect(open(bot)).rejects.toMatchObject({ message: expect.stringContaining("did not make") });
    expect(await repository.git.head(BRANCH)).toBe(head);
  });
});

describe("signing in", () => {
  test("an app's token is for the one repository, one hour, and what a pull request needs", async () => {
    const github = await startGithub();
    await github.addRepository("acme/tickets", { files: README, isPrivate: true });
    await github.addRepository("acme/payroll", { files: README, isPrivate: true });
    const { access } = github;
    for (const name of ["acme/tickets", "acme/payroll"])
      access.install(name, { metadata: "read", contents: "write", pull_requests: "write" });
    const env = { GITHUB_APP_ID: access.appId, GITHUB_APP_PRIVATE_KEY: access.privateKey.replaceAll("\n", "\\n") };
    const bot = connect(github, { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: "unused", ...env });
    expect(await open(bot)).toMatchObject({ type: "open", isNew: true });
    const client = await bot.clientFor({ owner: "acme", name: "tickets" }, "read", AbortSignal.timeout(60_000));
    await expect(client.repos.get({ owner: "acme", repo: "payroll" })).rejects.toMatchObject({ status: 404 });
    await expect(
      client.git.createRef({ owner: "acme", repo: "tickets", ref: "refs/heads/x", sha: "0".repeat(40) }),
    ).rejects.toMatchObject({ status: 403 });
  });

  test("writes keep GitHub's distance of a second from each other", async () => {
    const { github, token } = await withRepository();
    const bot = connect(github, { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: token }, { isPaced: true });
    const from = Date.now();
    await open(bot);
    // Tree, commit, branch and pull request: three pauses of a second between four writes.
    expect(Date.now() - from).toBeGreaterThanOrEqual(3_000);
  });
});

describe("where GitHub will not", () => {
  test("repositories without drafts get a pull request that is none", async () => {
    const github = await startGithub();
    const repository = await github.addRepository("acme/tickets", { files: README, isPrivate: true, hasDrafts: false });
    const token = github.token(["acme/tickets"]);
    const bot = connect(github, { GITHUB_REPOSITORIES: "acme/tickets", GITHUB_TOKEN: token });
    expect(await open(bot)).toMatchObject({ type: "open", isNew: true, isDraft: false });
    expect(repository.pulls).toHaveLength(1);
  });

  test("a repository that is not on the list is refused before GitHub hears of it", async () => {
    const { github, bot } = await withRepository();
    await github.addRepository("acme/payroll", { files: README });
    await expect(open(bot, { repository: "acme/payroll" })).rejects.toMatchObject({
      message: "This bot may not use acme/payroll from here",
    });
    expect(github.calls).toEqual([]);
  });

  test("a repository that is listed for another channel is refused", async () => {
    const { bot } = await withRepository(README, { GITHUB_REPOSITORIES: "C0000002:acme/tickets" });
    await expect(open(bot)).rejects.toMatchObject({ message: "This bot may not use acme/tickets from here" });
    expect(await open(bot, { channel: "C0000002" })).toMatchObject({ isNew: true });
  });

  test("a repository that moved is another one: its new name is on nobody's list", async () => {
    const { github, repository, bot } = await withRepository();
    github.move("acme/tickets", "other/tickets");
    await expect(open(bot)).rejects.toMatchObject({ message: expect.stringContaining("has moved") });
    expect(repository.pulls).toEqual([]);
  });

  test("a key in a text of the project never leaves this machine", async () => {
    const { github, bot } = await withRepository();
    const files = new Map(await projectOf(PLAN)).set("notes.txt", `key = "ghp_${"a1B2".repeat(9)}"\n`);
    await expect(open(bot, { files })).rejects.toMatchObject({ code: "secret-found" });
    expect(github.called.filter((name) => WRITES.includes(name))).toEqual([]);
  });
});

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { openGithub } from "../../../slack/github/client.ts";
import { openPullRequest, type Request } from "../../../slack/github/pull-request.ts";
import { githubSetting } from "../../../slack/github/setting.ts";
import { LocalGithub } from "../../../slack/github-local/local-github.ts";
import { projectOf } from "../../../slack/work/project.ts";
import { advise, catalog, type Plan, readText } from "../../../src/index.ts";

/** A folder that is gone after the test. */
function scratch(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function startGithub(): Promise<LocalGithub> {
  const github = await LocalGithub.start({ folder: scratch("github") });
  onTestFinished(() => github.close());
  return github;
}

type Environment = Record<string, string | undefined>;

/** The bot's GitHub as its environment describes it, hurried. */
export function connect(github: LocalGithub, env: Environment, pace: { requestMs?: number; isPaced?: boolean } = {}) {
  const setting = githubSetting({ GITHUB_API_URL: github.apiUrl, ...env })!;
  return openGithub(setting, { retryMs: 1, isPaced: false, requestMs: 60_000, ...pace });
}

const planFrom = (words: string): Plan => {
  const { brief, conflicts, notices } = readText(words, catalog, { today: "2026-11-20" });
  return advise({ brief, conflicts, notices }, catalog, { today: "2026-11-20" });
};

export const PLAN = planFrom("Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $500");
/** The same project with other numbers in it. */
export const OTHER = planFrom("Fine-tune Llama 3.1 8B on 90k support tickets on one 24 GB GPU, budget $900");

export const RUN = "5f0c9a52-8e0f-4a51-9c3c-2f7f0f6f6f6f";

const request = async (over: Partial<Request> = {}): Promise<Request> => ({
  repository: "acme/tickets",
  channel: "C1",
  run: RUN,
  revision: 1,
  plan: over.plan ?? PLAN,
  files: await projectOf(over.plan ?? PLAN),
  ...over,
});

export const open = async (github: ReturnType<typeof openGithub>, over: Partial<Request> = {}) =>
  openPullRequest(github, await request(over), AbortSignal.timeout(120_000));

/** Clones a branch as a person does, over HTTP; the server is in this process, so nothing may wait for it and block. */
export async function clone(github: LocalGithub, fullName: string, branch: string, token?: string): Promise<string> {
  const folder = join(scratch("clone"), "project");
  const url = new URL(github.cloneUrl(fullName));
  if (token) {
    url.username = "x-access-token";
    url.password = token;
  }
  await promisify(execFile)("git", ["clone", "--quiet", "--branch", branch, url.href, folder], {
    env: { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
  });
  return folder;
}

/** Every file of a folder but git's own, path → text. */
export function textsIn(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => !path.startsWith(".git/") && path !== ".git" && statSync(join(folder, path)).isFile())
    .sort();
  return new Map(paths.map((path) => [relative(folder, join(folder, path)), readFileSync(join(folder, path), "utf8")]));
}

export const isExecutable = (path: string): boolean => (statSync(path).mode & 0o100) !== 0;

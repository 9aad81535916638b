import { AdvisorError, type Plan } from "../../src/index.ts";
import { branchOf, trailerOf } from "./branch.ts";
import { type Changes, changesFor, treeEntries } from "./changes.ts";
import type { Github } from "./client.ts";
import { bodyOf, titleOf } from "./description.ts";
import { openRepository, type Repository } from "./repository.ts";
import { isStatus } from "./trouble.ts";

/** What a pull request is made of and for. */
export interface Request {
  repository: string;
  /** Where it was asked for: some repositories are one channel's alone. */
  channel: string;
  run: string;
  revision: number;
  plan: Plan;
  files: ReadonlyMap<string, string>;
}

export type Opened =
  | { type: "open"; isNew: boolean; isDraft: boolean; number: number; url: string; changes: Changes }
  /** Somebody closed or merged it: it is not opened a second time. */
  | { type: "ended"; isMerged: boolean; number: number; url: string }
  /** The default branch holds the project as it is. */
  | { type: "nothing"; branch: string };

/**
 * Opens a draft pull request with the project. Asked again, after a crash or by another click, it goes on where it
 * stands: branch and commit say run and revision, and a pull request of that branch is the answer.
 */
export async function openPullRequest(github: Github, request: Request, signal: AbortSignal): Promise<Opened> {
  const repository = await openRepository(github, request.repository, request.channel, "write", signal);
  const { defaultBranch } = repository;
  const branch = branchOf(request.run, request.revision);
  const earlier = await pullRequestOf(repository, branch);
  if (earlier && (earlier.isMerged || earlier.state === "closed"))
    return { type: "ended", isMerged: earlier.isMerged, number: earlier.number, url: earlier.url };

  let head = await headOf(repository, branch);
  const base = head ? await baseOf(repository, head, request) : await headOf(repository, defaultBranch);
  if (base === undefined) throw noBranch(request.repository);
  const { client, owner, name: repo } = repository;
  const { data: commit } = await client.git.getCommit({ owner, repo, commit_sha: base });
  const changes = await changesFor(repository, commit.tree.sha, request.files, github.setting);
  if (earlier) return { type: "open", isNew: false, ...earlier, changes };
  if (changes.texts.size === 0) return { type: "nothing", branch: defaultBranch };

  if (head === undefined) {
    const made = await commitOf(repository, { base, tree: commit.tree.sha }, changes, request);
    await createBranch(repository, branch, made);
    head = await headOf(repository, branch);
    // Another click may have been faster; then the branch is its commit, and as good as ours.
    if (head !== made && head !== undefined) await baseOf(repository, head, request);
  }
  return create(repository, branch, changes, request);
}

interface PullRequest {
  number: number;
  url: string;
  isDraft: boolean;
  isMerged: boolean;
  state: string;
}

async function pullRequestOf(
  { client, owner, name: repo }: Repository,
  branch: string,
): Promise<PullRequest | undefined> {
  const { data } = await client.pulls.list({ owner, repo, head: `${owner}:${branch}`, state: "all", per_page: 10 });
  // Reopened under the same name: the open one counts.
  const found = data.find(({ state }) => state === "open") ?? data[0];
  return (
    found && {
      number: found.number,
      url: found.html_url,
      isDraft: found.draft === true,
      isMerged: Boolean(found.merged_at),
      state: found.state,
    }
  );
}

async function headOf({ client, owner, name: repo }: Repository, branch: string): Promise<string | undefined> {
  try {
    const { data } = await client.git.getRef({ owner, repo, ref: `heads/${branch}` });
    return data.object.sha;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** The commit that a branch of ours began at: what was changed is worked out again from there. */
async function baseOf({ client, owner, name: repo }: Repository, head: string, request: Request): Promise<string> {
  const { data } = await client.git.getCommit({ owner, repo, commit_sha: head });
  const [parent] = data.parents;
  if (parent && data.message.includes(trailerOf(request.run, request.revision))) return parent.sha;
  throw new AdvisorError(
    "not-available",
    `${request.repository} has a branch ${branchOf(request.run, request.revision)} that this bot did not make, or that somebody went on with`,
    "Rename or delete that branch and click again, or change the plan: its next revision has a branch of its own.",
  );
}

async function commitOf(
  { client, owner, name: repo }: Repository,
  { base, tree }: { base: string; tree: string },
  changes: Changes,
  request: Request,
): Promise<string> {
  const entries = treeEntries(changes);
  const { data: made } = await client.git.createTree({ owner, repo, base_tree: tree, tree: entries }).catch((error) => {
    // GitHub's way to say that a token may not write workflows.
    if (isStatus(error, 404) && entries.some(({ path }) => path.startsWith(".github/workflows/")))
      throw new AdvisorError(
        "not-available",
        `GitHub does not let this bot write the project's workflow to ${request.repository}`,
        "Whoever runs it gives it the permission Workflows (read and write), or takes GITHUB_WORKFLOWS=allow out.",
      );
    throw error;
  });
  const message = `${titleOf(request)}\n\n${trailerOf(request.run, request.revision)}\nML-Architect-Plan: ${request.plan.planHash}`;
  const { data } = await client.git.createCommit({ owner, repo, message, tree: made.sha, parents: [base] });
  return data.sha;
}

async function createBranch({ client, owner, name: repo }: Repository, branch: string, sha: string): Promise<void> {
  try {
    await client.git.createRef({ owner, repo, ref: `refs/heads/${branch}`, sha });
  } catch (error) {
    if (!isStatus(error, 422, /already exists/i)) throw error;
  }
}

async function create(
  repository: Repository,
  branch: string,
  changes: Changes,
  request: Request,
  isDraft = true,
): Promise<Opened> {
  const { client, owner, name: repo, defaultBranch: base } = repository;
  const text = { title: titleOf(request), body: bodyOf(request, changes, base) };
  try {
    const { data } = await client.pulls.create({ owner, repo, base, head: branch, draft: isDraft, ...text });
    return { type: "open", isNew: true, isDraft, number: data.number, url: data.html_url, changes };
  } catch (error) {
    // Private repositories of some plans have no drafts.
    if (isDraft && isStatus(error, 422, /draft pull requests are not supported/i))
      return create(repository, branch, changes, request, false);
    const found = isStatus(error, 422, /already exists/i) ? await pullRequestOf(repository, branch) : undefined;
    if (found) return { type: "open", isNew: false, ...found, changes };
    throw error;
  }
}

const noBranch = (repository: string): AdvisorError =>
  new AdvisorError(
    "not-available",
    `The default branch of ${repository} is not there`,
    "Make a first commit on it, or choose another default branch in the repository's settings.",
  );

import { z } from "zod";
import { type Access, authorize, type Caller, mayWriteWorkflows, type Permission, type Permissions } from "./access.ts";
import type { LocalRepository, PullRequest } from "./local-repository.ts";
import { Refusal } from "./refusal.ts";

/** What a route is given. */
export interface Asked {
  readonly repository: LocalRepository;
  readonly caller: Caller;
  readonly access: Access;
  /** What stands in the path behind the route's own words. */
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  readonly origin: string;
}

interface Route {
  /** Octokit's name of it: faults are planned by it. */
  readonly name: string;
  readonly method: "GET" | "POST";
  /** Behind `/repos/owner/name`. */
  readonly path: RegExp;
  /** Undefined: for the app itself. */
  readonly needs: readonly [Permission, "read" | "write"] | undefined;
  readonly status: number;
  /** Whether it can be asked of a repository without a commit. */
  readonly worksEmpty?: boolean;
  call(asked: Asked): Promise<unknown>;
}

const notFound = (): Refusal => new Refusal(404, "Not Found");
const invalid = (message: string, errors: Refusal["errors"] = []): Refusal => new Refusal(422, message, errors);

/** A body of the right shape, or what GitHub says of a wrong one. */
function shaped<T>(shape: z.ZodType<T>, body: unknown): T {
  const parsed = shape.safeParse(body);
  if (parsed.success) return parsed.data;
  throw invalid(
    `Invalid request.\n\n${parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`)}`,
  );
}

const sha = z.string().regex(/^[0-9a-f]{40}$/);
const newTree = z.object({
  base_tree: sha.optional(),
  tree: z
    .array(
      z
        .object({
          path: z.string().min(1),
          mode: z.enum(["100644", "100755", "040000", "160000", "120000"]),
          type: z.enum(["blob", "tree", "commit"]),
          sha: sha.nullable().optional(),
          content: z.string().optional(),
        })
        .refine(
          (entry) => (entry.sha === undefined) !== (entry.content === undefined),
          "Must supply either sha or content",
        ),
    )
    .min(1),
});
const newCommit = z.object({ message: z.string().min(1), tree: sha, parents: z.array(sha) });
const newRef = z.object({ ref: z.string(), sha });
const newPull = z.object({
  title: z.string().min(1).max(256),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().max(65_536).optional(),
  draft: z.boolean().optional(),
});

/** Of a path in a tree: what git itself would not take. */
const MALFORMED = /^\/|\/$|\/\/|(?:^|\/)(?:\.|\.\.|\.git)(?:\/|$)|[\u0000]/i;

async function createTree({ repository: { git }, caller, body }: Asked): Promise<unknown> {
  const { base_tree: base, tree } = shaped(newTree, body);
  if (base !== undefined && !["tree", "commit"].includes((await git.typeOf(base)) ?? ""))
    throw invalid("base_tree is not a valid tree oid");
  if (tree.some(({ path }) => MALFORMED.test(path))) throw invalid("tree.path contains a malformed path component");
  if (tree.some(({ path }) => path.startsWith(".github/workflows/")) && !mayWriteWorkflows(caller)) throw notFound();
  const changes = [];
  for (const { path, mode, sha: given, content } of tree) {
    if (given && (await git.typeOf(given)) === undefined) throw invalid(`tree.sha ${given} is not a valid blob`);
    changes.push({ path, mode, sha: content === undefined ? (given ?? null) : await git.writeBlob(content) });
  }
  const made = await git.writeTree(base, changes);
  return { sha: made, tree: await git.tree(made, false), truncated: false };
}

async function createCommit({ repository: { git }, body }: Asked): Promise<unknown> {
  const { message, tree, parents } = shaped(newCommit, body);
  if ((await git.typeOf(tree)) !== "tree") throw invalid("Tree SHA does not exist");
  for (const parent of parents)
    if ((await git.typeOf(parent)) !== "commit") throw invalid("Parent SHA does not exist or is not a commit object");
  return commitJson({ git, id: await git.writeCommit({ tree, parents, message }) });
}

async function commitJson({ git, id }: { git: LocalRepository["git"]; id: string }): Promise<unknown> {
  const found = await git.commit(id);
  if (!found) throw notFound();
  const { tree, parents, message } = found;
  return { sha: id, message, tree: { sha: tree }, parents: parents.map((parent) => ({ sha: parent })) };
}

async function createRef({ repository, body }: Asked): Promise<unknown> {
  const { ref, sha: id } = shaped(newRef, body);
  const { git } = repository;
  if (!/^refs\/[^/]+\/.+/.test(ref) || !(await git.isRefName(ref))) throw invalid(`${ref} is not a valid ref name.`);
  if ((await git.typeOf(id)) === undefined) throw invalid("Object does not exist");
  if (repository.refusesBranches)
    throw invalid("Repository rule violations found\n\nCannot create ref due to creations being restricted.\n\n");
  if (await git.head(ref.replace("refs/heads/", ""))) throw invalid("Reference already exists");
  if (!(await git.createRef(ref, id))) throw invalid("Reference update failed");
  return { ref, object: { type: "commit", sha: id } };
}

async function getTree({ repository, rest, query }: Asked): Promise<unknown> {
  const { git } = repository;
  const id = (await git.head(decodeURIComponent(rest))) ?? rest;
  if (!["tree", "commit"].includes((await git.typeOf(id)) ?? "")) throw notFound();
  return { sha: id, tree: await git.tree(id, query.has("recursive")), truncated: false };
}

async function getBlob({ repository: { git }, rest }: Asked): Promise<unknown> {
  const bytes = await git.blob(rest);
  if (!bytes) throw notFound();
  const lines = bytes.toString("base64").replace(/.{60}/g, "$&\n");
  return { sha: rest, size: bytes.length, encoding: "base64", content: `${lines}\n` };
}

async function getRef({ repository: { git }, rest }: Asked): Promise<unknown> {
  const branch = /^heads\/(.+)$/.exec(decodeURIComponent(rest))?.[1];
  const id = branch === undefined ? undefined : await git.head(branch);
  if (id === undefined) throw notFound();
  return { ref: `refs/heads/${branch}`, object: { type: "commit", sha: id } };
}

async function createPull(asked: Asked): Promise<unknown> {
  const { repository, body, origin } = asked;
  const { title, head, base, body: text = "", draft = false } = shaped(newPull, body);
  const { git, owner, pulls } = repository;
  const branch = head.replace(`${owner}:`, "");
  const failed = (error: Readonly<Record<string, string>>): Refusal =>
    invalid("Validation Failed", [{ resource: "PullRequest", ...error }]);
  if (!(await git.head(base))) throw failed({ field: "base", code: "invalid" });
  if (!(await git.head(branch))) throw failed({ field: "head", code: "invalid" });
  if (!(await git.isAhead(branch, base)))
    throw failed({ code: "custom", message: `No commits between ${base} and ${branch}` });
  // The last look, with nothing awaited until it is there: two who ask at once get one.
  if (pulls.some((pull) => pull.state === "open" && pull.head === branch && pull.base === base))
    throw failed({ code: "custom", message: `A pull request already exists for ${owner}:${branch}.` });
  if (draft && !repository.hasDrafts) throw invalid("Draft pull requests are not supported in this repository.");
  const pull: PullRequest = {
    number: pulls.length + 1,
    title,
    body: text,
    head: branch,
    base,
    isDraft: draft,
    state: "open",
    mergedAt: null,
  };
  pulls.push(pull);
  return pullJson(repository, pull, origin);
}

async function listPulls({ repository, query, origin }: Asked): Promise<unknown> {
  const [state, head] = [query.get("state") ?? "open", query.get("head")];
  return [...repository.pulls]
    .reverse()
    .filter((pull) => state === "all" || pull.state === state)
    .filter((pull) => head === null || head === `${repository.owner}:${pull.head}`)
    .map((pull) => pullJson(repository, pull, origin));
}

const pullJson = ({ fullName }: LocalRepository, pull: PullRequest, origin: string): unknown => ({
  number: pull.number,
  title: pull.title,
  body: pull.body,
  state: pull.state,
  draft: pull.isDraft,
  merged_at: pull.mergedAt,
  html_url: `${origin}/${fullName}/pull/${pull.number}`,
  head: { ref: pull.head },
  base: { ref: pull.base },
});

export const repositoryJson = (repository: LocalRepository, origin: string): unknown => ({
  id: repository.id,
  name: repository.fullName.split("/")[1],
  full_name: repository.fullName,
  owner: { login: repository.owner },
  private: repository.isPrivate,
  archived: repository.isArchived,
  disabled: false,
  default_branch: repository.defaultBranch,
  clone_url: `${origin}/${repository.fullName}.git`,
});

async function installation({ access, repository }: Asked): Promise<unknown> {
  if (!access.isInstalledOn(repository.fullName)) throw notFound();
  return { id: 1, account: { login: repository.owner } };
}

const read = ["contents", "read"] as const;
const write = ["contents", "write"] as const;

/** The part of GitHub's REST interface that pull requests and reading need (docs.github.com/rest, 2022-11-28). */
export const ROUTES: readonly Route[] = [
  {
    name: "repos.get",
    method: "GET",
    path: /^()$/,
    needs: ["metadata", "read"],
    status: 200,
    worksEmpty: true,
    call: async ({ repository, origin }) => repositoryJson(repository, origin),
  },
  {
    name: "apps.getRepoInstallation",
    method: "GET",
    path: /^\/installation()$/,
    needs: undefined,
    status: 200,
    worksEmpty: true,
    call: installation,
  },
  { name: "git.getRef", method: "GET", path: /^\/git\/ref\/(.+)$/, needs: read, status: 200, call: getRef },
  {
    name: "git.getCommit",
    method: "GET",
    path: /^\/git\/commits\/(.+)$/,
    needs: read,
    status: 200,
    call: ({ repository: { git }, rest }) => commitJson({ git, id: rest }),
  },
  { name: "git.getTree", method: "GET", path: /^\/git\/trees\/(.+)$/, needs: read, status: 200, call: getTree },
  { name: "git.getBlob", method: "GET", path: /^\/git\/blobs\/(.+)$/, needs: read, status: 200, call: getBlob },
  { name: "git.createTree", method: "POST", path: /^\/git\/trees()$/, needs: write, status: 201, call: createTree },
  {
    name: "git.createCommit",
    method: "POST",
    path: /^\/git\/commits()$/,
    needs: write,
    status: 201,
    call: createCommit,
  },
  { name: "git.createRef", method: "POST", path: /^\/git\/refs()$/, needs: write, status: 201, call: createRef },
  {
    name: "pulls.list",
    method: "GET",
    path: /^\/pulls()$/,
    needs: ["pull_requests", "read"],
    status: 200,
    worksEmpty: true,
    call: listPulls,
  },
  {
    name: "pulls.create",
    method: "POST",
    path: /^\/pulls()$/,
    needs: ["pull_requests", "write"],
    status: 201,
    call: createPull,
  },
];

/** Asks a route: whether the caller may, whether there is anything, and then the thing itself. */
export async function answer(route: Route, asked: Asked): Promise<unknown> {
  const { repository, caller } = asked;
  if (route.needs) authorize(caller, repository, ...route.needs);
  else if (caller.type !== "app") throw new Refusal(401, "A JSON web token could not be decoded");
  if (!route.worksEmpty && (await repository.git.isEmpty())) throw new Refusal(409, "Git Repository is empty.");
  return route.call(asked);
}

const tokenRequest = z.object({
  repositories: z.array(z.string()).min(1),
  permissions: z
    .partialRecord(z.enum(["metadata", "contents", "pull_requests", "workflows"]), z.enum(["read", "write"]))
    .optional(),
});

/** POST /app/installations/1/access_tokens: one installation, of one owner. */
export function installationToken(access: Access, caller: Caller, owner: string, body: unknown): unknown {
  if (caller.type !== "app") throw new Refusal(401, "A JSON web token could not be decoded");
  const { repositories, permissions = {} } = shaped(tokenRequest, body);
  const names = repositories.map((name) => `${owner}/${name}`);
  const { token } = access.installationToken(names, permissions as Permissions);
  return { token, expires_at: new Date(Date.now() + 3_600_000).toISOString(), permissions };
}

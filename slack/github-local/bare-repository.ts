import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { devNull } from "node:os";
import { join } from "node:path";

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  readonly size?: number;
}

/** What a new tree has otherwise than its base; without a sha the path goes. */
export interface TreeChange {
  readonly path: string;
  readonly mode: string;
  readonly sha: string | null;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
}

const NOBODY = "0".repeat(40);
const OBJECT = /^[0-9a-f]{40}$/;
/** Nobody's own settings count, and no one is asked for a password. */
const ENVIRONMENT = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: devNull,
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "ml-architect",
  GIT_AUTHOR_EMAIL: "bot@localhost",
  GIT_COMMITTER_NAME: "ml-architect",
  GIT_COMMITTER_EMAIL: "bot@localhost",
};

/** A real bare repository, by git's own plumbing: what is written here can be cloned. */
export class BareRepository {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async init(folder: string, branch: string): Promise<BareRepository> {
    const repository = new BareRepository(folder);
    await run(["init", "--quiet", "--bare", `--initial-branch=${branch}`, folder], {});
    return repository;
  }

  async isEmpty(): Promise<boolean> {
    return (await this.#text(["for-each-ref", "--count=1"])) === "";
  }

  /** The commit of a branch. */
  async head(branch: string): Promise<string | undefined> {
    return (await this.#maybe(["rev-parse", "--verify", "--quiet", `refs/heads/${branch}`])) || undefined;
  }

  async typeOf(sha: string): Promise<string | undefined> {
    return OBJECT.test(sha) ? this.#maybe(["cat-file", "-t", sha]) : undefined;
  }

  async blob(sha: string): Promise<Buffer | undefined> {
    return (await this.typeOf(sha)) === "blob" ? this.#run(["cat-file", "blob", sha]) : undefined;
  }

  writeBlob(content: string | Buffer): Promise<string> {
    return this.#text(["hash-object", "-w", "--stdin"], { input: content });
  }

  async tree(sha: string, isRecursive: boolean): Promise<TreeEntry[]> {
    const listed = await this.#text(["ls-tree", "-z", "-l", ...(isRecursive ? ["-r", "-t"] : []), sha]);
    return listed
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => {
        const [, mode = "", type = "", id = "", size = "", path = ""] = /^(\d+) (\w+) (\w+) +(-|\d+)\t(.*)$/s.exec(
          line,
        )!;
        return {
          path,
          mode,
          type: type as TreeEntry["type"],
          sha: id,
          ...(size === "-" ? {} : { size: Number(size) }),
        };
      });
  }

  /** A file replaces a folder of its name, and the other way round: as GitHub does it. */
  async writeTree(base: string | undefined, changes: readonly TreeChange[]): Promise<string> {
    const index = join(this.folder, `index-${randomUUID()}`);
    const env = { GIT_INDEX_FILE: index };
    try {
      await this.#run(base === undefined ? ["read-tree", "--empty"] : ["read-tree", base], { env });
      const input = changes
        .map(({ path, mode, sha }) => (sha === null ? `0 ${NOBODY}\t${path}\0` : `${mode} ${sha}\t${path}\0`))
        .join("");
      await this.#run(["update-index", "--replace", "-z", "--index-info"], { env, input });
      return await this.#text(["write-tree"], { env });
    } finally {
      await rm(index, { force: true });
    }
  }

  writeCommit({ tree, parents, message }: Omit<Commit, "sha">): Promise<string> {
    return this.#text(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])], { input: message });
  }

  /** Fails where the two do not go together (git 2.38). */
  mergedTree(ours: string, theirs: string): Promise<string> {
    return this.#text(["merge-tree", "--write-tree", ours, theirs]);
  }

  async commit(sha: string): Promise<Commit | undefined> {
    if ((await this.typeOf(sha)) !== "commit") return undefined;
    const text = (await this.#run(["cat-file", "commit", sha])).toString("utf8");
    const end = text.indexOf("\n\n");
    const named = (name: string): string[] =>
      [...text.slice(0, end).matchAll(new RegExp(`^${name} (\\w+)$`, "gm"))].map((match) => match[1]!);
    return { sha, tree: named("tree")[0]!, parents: named("parent"), message: text.slice(end + 2) };
  }

  async isRefName(ref: string): Promise<boolean> {
    return (await this.#maybe(["check-ref-format", ref])) !== undefined;
  }

  /** Makes a branch; false where it is there, or cannot be there beside others. */
  async createRef(ref: string, sha: string): Promise<boolean> {
    return (await this.#maybe(["update-ref", ref, sha, NOBODY])) !== undefined;
  }

  async moveRef(ref: string, sha: string): Promise<void> {
    await this.#run(["update-ref", ref, sha]);
  }

  async deleteRef(ref: string): Promise<void> {
    await this.#run(["update-ref", "-d", ref]);
  }

  /** Whether `branch` has what `base` has not. */
  async isAhead(branch: string, base: string): Promise<boolean> {
    return (await this.#text(["rev-list", "--count", `refs/heads/${base}..refs/heads/${branch}`])) !== "0";
  }

  /** What somebody pushes from their own checkout; null takes a file away. */
  async push(
    branch: string,
    files: Readonly<Record<string, string | Buffer | null>>,
    message = "a push",
  ): Promise<string> {
    const head = await this.head(branch);
    const changes = await Promise.all(
      Object.entries(files).map(async ([path, content]): Promise<TreeChange> => {
        const sha = content === null ? null : await this.writeBlob(content);
        return { path, mode: "100644", sha };
      }),
    );
    const tree = await this.writeTree(head, changes);
    const sha = await this.writeCommit({ tree, parents: head ? [head] : [], message });
    await this.moveRef(`refs/heads/${branch}`, sha);
    return sha;
  }

  /** Half of a clone: git's own program for it, with what it is sent. */
  uploadPack(args: readonly string[], input?: Buffer): Promise<Buffer> {
    return run(["upload-pack", "--stateless-rpc", ...args, this.folder], input === undefined ? {} : { input });
  }

  #run(args: readonly string[], options: Options = {}): Promise<Buffer> {
    return run(["--git-dir", this.folder, ...args], options);
  }

  async #text(args: readonly string[], options?: Options): Promise<string> {
    return (await this.#run(args, options)).toString("utf8").trimEnd();
  }

  async #maybe(args: readonly string[]): Promise<string | undefined> {
    return this.#text(args).catch(() => undefined);
  }
}

interface Options {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

function run(args: readonly string[], { input, env }: Options): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", args, { env: { ...process.env, ...ENVIRONMENT, ...env } });
    const out: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve(Buffer.concat(out))
        : reject(new Error(`git ${args.join(" ")}: ${Buffer.concat(errors).toString("utf8")}`)),
    );
    // It may end before it has read everything.
    child.stdin.once("error", () => {});
    child.stdin.end(input ?? "");
  });
}

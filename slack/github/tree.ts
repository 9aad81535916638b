import { AdvisorError } from "../../src/index.ts";
import type { Repository } from "./repository.ts";

interface Entry {
  /** Whole, from the root. */
  path: string;
  type: "blob" | "tree" | "commit";
  /** A symbolic link is a blob of mode 120000. */
  mode: string;
  sha: string;
}

/** What lies where some files are to go: their folders, and nothing else of the repository. */
export interface Ground {
  /** By lower-case path: on many people's disks `Readme.md` and `README.md` are one file. */
  entries: ReadonlyMap<string, Entry>;
}

/** Looks at the folders of these paths, one request a folder that exists; a repository of any size is fine. */
export async function groundOf(repository: Repository, tree: string, paths: readonly string[]): Promise<Ground> {
  const { owner, name, client } = repository;
  const folders = new Set(paths.flatMap(foldersOf));
  const entries = new Map<string, Entry>();
  const look = async (sha: string, prefix: string): Promise<void> => {
    const { data } = await client.git.getTree({ owner, repo: name, tree_sha: sha });
    if (data.truncated)
      throw new AdvisorError(
        "not-available",
        `A folder of ${owner}/${name} holds more files than GitHub lists`,
        "Take the zip, and put it where it belongs by hand.",
      );
    for (const { path, type, mode, sha } of data.tree)
      entries.set(`${prefix}${path}`.toLowerCase(), {
        path: `${prefix}${path}`,
        type: type as Entry["type"],
        mode,
        sha,
      });
    const below = data.tree.filter(
      ({ path, type }) => type === "tree" && folders.has(`${prefix}${path}`.toLowerCase()),
    );
    for (const { path, sha } of below) await look(sha, `${prefix}${path}/`);
  };
  await look(tree, "");
  return { entries };
}

/** "a/b/c.txt" → "a", "a/b". */
export const foldersOf = (path: string): string[] =>
  path
    .toLowerCase()
    .split("/")
    .slice(0, -1)
    .map((_, i, parts) => parts.slice(0, i + 1).join("/"));

const MOST_BYTES = 2 ** 20;

/** A file's text; undefined where it is none: too large, or not UTF-8. */
export async function textAt({ owner, name, client }: Repository, sha: string): Promise<string | undefined> {
  const { data } = await client.git.getBlob({ owner, repo: name, file_sha: sha });
  if ((data.size ?? 0) > MOST_BYTES) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(data.content, "base64"));
  } catch {
    return undefined;
  }
}

import {
  DEEPEST,
  type ExistingFile,
  FEWEST_MEDIA,
  HEAD_BYTES,
  isBinaryData,
  isEntered,
  readExisting,
  wanted,
} from "../../src/existing.ts";
import { AdvisorError, type BriefValues, type Catalog, findSecrets } from "../../src/index.ts";
import type { Github } from "./client.ts";
import { openRepository, type Repository } from "./repository.ts";

/** One request each: enough for the settings of a project, far from what GitHub allows an hour. */
const MOST_FILES = 120;
const MOST_BYTES = 6 * 2 ** 20;
/** Larger data is known by its size alone. */
const LARGEST_DATA_BYTES = 2 ** 20;
const AT_ONCE = 6;

/** What a repository says of the work: fields, and notices that hold none of its text or of its files' names. */
export interface ReadRepository {
  fields: Partial<BriefValues>;
  notices: string[];
}

interface Listed {
  path: string;
  sha: string;
  bytes: number;
  kind: NonNullable<ReturnType<typeof wanted>>;
}

/** Reads an allowed repository as `--project DIR` reads a folder: the same files, the same reader, the same fields. */
export async function readRepository(
  github: Github,
  named: string,
  channel: string,
  catalog: Catalog,
  signal: AbortSignal,
): Promise<ReadRepository> {
  const repository = await openRepository(github, named, channel, "read", signal);
  const { client, owner, name: repo, defaultBranch } = repository;
  const { data: tree } = await client.git.getTree({ owner, repo, tree_sha: defaultBranch, recursive: "1" });
  const listed = tree.tree.flatMap(({ path, type, mode, sha, size }): Listed[] => {
    const kind = type === "blob" && mode !== "120000" && isReached(path) ? wanted(path) : undefined;
    return kind === undefined ? [] : [{ path, sha, bytes: size ?? 0, kind }];
  });
  const fetched = within(listed.filter(({ kind }) => kind !== "media"));
  const files = [...(await filesOf(repository, fetched)), ...mediaOf(listed)];
  const { brief, notices: said } = readExisting(files, catalog);
  const fields = Object.fromEntries(Object.entries(brief).map(([field, { value }]) => [field, value]));
  if (Object.keys(fields).length === 0)
    throw new AdvisorError(
      "not-available",
      `Nothing in ${named} says what is trained or served`,
      "Say it in words: model, data, budget.",
    );
  const kinds = [...new Set(files.flatMap(({ text }) => findSecrets(text).map(({ kind }) => kind)))];
  const disagreements = said.filter((notice) => notice.includes("the first was used")).length;
  return {
    fields,
    notices: [
      // Which file it is stands in nobody's channel: its owner finds it with any scanner.
      ...kinds.map((kind) => `${named} holds what looks like a secret (${kind}): revoke it, and take it out.`),
      ...(disagreements > 0
        ? [`${disagreements} settings stand twice and differently in ${named}; the outermost file counts.`]
        : []),
      ...(tree.truncated || fetched.length < listed.filter(({ kind }) => kind !== "media").length
        ? [`${named} is large: ${fetched.length} of its files were looked at, the outermost first.`]
        : []),
    ],
  };
}

const isReached = (path: string): boolean => {
  const folders = path.split("/").slice(0, -1);
  return folders.length <= DEEPEST && folders.every(isEntered);
};

/** Outermost first, settings before programs, until a limit. */
function within(listed: readonly Listed[]): Listed[] {
  const order = ({ path }: Listed): number =>
    path.split("/").length * 2 + (/\.(?:ya?ml|json|toml|txt)$/i.test(path) ? 0 : 1);
  let bytes = 0;
  return [...listed]
    .sort((a, b) => order(a) - order(b) || (a.path < b.path ? -1 : 1))
    .slice(0, MOST_FILES)
    .filter((file) => {
      bytes += isFetched(file) ? file.bytes : 0;
      return bytes <= MOST_BYTES;
    });
}

const isFetched = ({ path, bytes, kind }: Listed): boolean =>
  kind === "text" ? bytes <= MOST_BYTES : bytes <= LARGEST_DATA_BYTES && !isBinaryData(path);

async function filesOf(repository: Repository, listed: readonly Listed[]): Promise<ExistingFile[]> {
  const files: ExistingFile[] = [];
  const rest = listed.entries();
  // Each takes the next as soon as it is done with one.
  const worker = async (): Promise<void> => {
    for (const [at, file] of rest) files[at] = await fileOf(repository, file);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return files;
}

async function fileOf({ client, owner, name: repo }: Repository, file: Listed): Promise<ExistingFile> {
  const { path, sha, bytes, kind } = file;
  if (!isFetched(file)) return { path, text: "", bytes };
  const { data } = await client.git.getBlob({ owner, repo, file_sha: sha });
  const text = Buffer.from(data.content, "base64").toString("utf8");
  // Git LFS keeps a note in place of the file: what it says of the size is true.
  const kept = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.+\n)*size (\d+)\n/.exec(text)?.[1];
  if (kept !== undefined) return { path, text: "", bytes: Number(kept) };
  if (kind === "text") return { path, text: text.slice(0, HEAD_BYTES), bytes };
  const lines = text.split("\n").filter((line) => line.trim() !== "").length;
  return { path, text: text.slice(0, HEAD_BYTES), bytes, lines };
}

/** Folders of pictures or sound, each as one entry. */
function mediaOf(listed: readonly Listed[]): ExistingFile[] {
  const folders = new Map<string, { files: number; bytes: number }>();
  for (const { path, bytes, kind } of listed) {
    if (kind !== "media") continue;
    const folder = path.slice(0, path.lastIndexOf("/") + 1) || "./";
    const known = folders.get(folder) ?? { files: 0, bytes: 0 };
    folders.set(folder, { files: known.files + 1, bytes: known.bytes + bytes });
  }
  return [...folders].filter(([, { files }]) => files >= FEWEST_MEDIA).map(([path, of]) => ({ path, text: "", ...of }));
}

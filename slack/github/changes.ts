import { createHash } from "node:crypto";
import { AdvisorError } from "../../src/index.ts";
import { checkSecrets, MANIFEST_PATH, merge, modeOf, parseManifest, pathsOfInterest } from "../../src/project.ts";
import { mergedIgnore } from "./ignore.ts";
import type { Repository } from "./repository.ts";
import { foldersOf, type Ground, groundOf, textAt } from "./tree.ts";

const IGNORE = ".gitignore";
const WORKFLOWS = ".github/workflows/";

/** What a commit would do, and what a person has to know of it. */
export interface Changes {
  /** Path → text; null takes a file of ours away that the plan no longer has. */
  texts: ReadonlyMap<string, string | null>;
  /** Files that stay as they are, each with where the new text lies. */
  beside: { path: string; proposal: string }[];
  /** Files of theirs that got lines at their end. */
  extended: string[];
  /** Files of the project that are not in the commit, as this bot may not write workflows. */
  leftOut: string[];
  removed: string[];
}

/**
 * What has to change in a repository so that it holds the project. What is there is respected as `new` respects a folder:
 * a file as we wrote it last time is replaced, any other stays and the new text goes beside it.
 */
export async function changesFor(
  repository: Repository,
  tree: string,
  project: ReadonlyMap<string, string>,
  { workflows }: { workflows: boolean },
): Promise<Changes> {
  const leftOut = workflows ? [] : [...project.keys()].filter((path) => path.startsWith(WORKFLOWS));
  const files = withoutFiles(project, leftOut);
  const before = await groundOf(repository, tree, [...files.keys()]);
  const known = before.entries.get(MANIFEST_PATH);
  const kept = known && (await textAt(repository, known.sha));
  const manifest = kept === undefined ? null : parseManifest(kept);
  // An earlier plan of ours may have had folders that this one has not.
  const ground = manifest
    ? await groundOf(repository, tree, [...files.keys(), ...Object.keys(manifest.files)])
    : before;
  checkGround(files, ground);
  const texts = new Map<string, string | null>();
  const extended: string[] = [];
  const ignored = ground.entries.get(IGNORE);
  const ours = files.get(IGNORE);
  const theirs = ignored && (await textAt(repository, ignored.sha));
  if (theirs !== undefined && ours !== undefined) {
    const merged = mergedIgnore(theirs, ours);
    if (merged !== theirs) {
      texts.set(IGNORE, merged);
      extended.push(IGNORE);
    }
  }
  const hashes = await hashesOf(repository, ground, pathsOfInterest(files, manifest), files, manifest !== null);
  if (theirs !== undefined && ours !== undefined) hashes.set(IGNORE, sha256(ours));
  const result = merge(files, { empty: false, manifest, hashes }, { force: true });
  const beside: Changes["beside"] = [];
  const removed: string[] = [];
  for (const action of result.actions) {
    if (action.kind === "write" || action.kind === "replace") texts.set(action.path, action.text);
    if (action.kind === "remove") {
      texts.set(action.path, null);
      removed.push(action.path);
    }
    if (action.kind === "keep-edited") {
      beside.push({ path: action.path, proposal: action.proposal?.path ?? `${action.path}.new` });
      if (action.proposal) texts.set(action.proposal.path, action.proposal.text);
    }
  }
  if (kept !== result.manifest) texts.set(MANIFEST_PATH, result.manifest);
  // Ours alone is scanned: what they keep in their own file is theirs, and was there before.
  for (const [path, text] of texts) if (text !== null && path !== IGNORE) checkSecrets(path, text);
  return { texts, beside, extended, leftOut, removed };
}

/** What is not written is not in the manifest either: it says what we wrote. */
function withoutFiles(project: ReadonlyMap<string, string>, left: readonly string[]): Map<string, string> {
  const files = new Map([...project].filter(([path]) => !left.includes(path)));
  const text = files.get(MANIFEST_PATH);
  if (left.length === 0 || text === undefined) return files;
  const manifest = JSON.parse(text) as { files: Record<string, unknown> };
  for (const path of left) delete manifest.files[path];
  return files.set(MANIFEST_PATH, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** A file where we need a folder, or a folder where we need a file: GitHub would put ours in its place. */
function checkGround(files: ReadonlyMap<string, string>, { entries }: Ground): void {
  for (const path of files.keys()) {
    const inTheWay =
      foldersOf(path).find((folder) => (entries.get(folder)?.type ?? "tree") !== "tree") ??
      (entries.get(path.toLowerCase())?.type === "blob" || !entries.has(path.toLowerCase()) ? undefined : path);
    if (inTheWay !== undefined)
      throw new AdvisorError(
        "not-available",
        "Something of the repository stands where a file or folder of the project has to go, and is never replaced",
        `Rename "${inTheWay}" there, or take the zip and put the project into a folder of its own.`,
      );
  }
}

/** SHA-256 of what lies at these paths. GitHub's own hash tells an unchanged file, so few are fetched. */
async function hashesOf(
  repository: Repository,
  { entries }: Ground,
  paths: readonly string[],
  files: ReadonlyMap<string, string>,
  isOurs: boolean,
): Promise<Map<string, string>> {
  const hashes = new Map<string, string>();
  for (const path of paths) {
    const entry = entries.get(path.toLowerCase());
    if (entry === undefined) continue;
    const text = files.get(path) ?? files.get(path.replace(/\.new(?:\.\d+)?$/, ""));
    const isPlain = entry.path === path && entry.mode !== "120000";
    if (isPlain && text !== undefined && entry.sha === gitHash(text)) hashes.set(path, sha256(text));
    // Where nothing of ours was written before, all that is there is somebody else's.
    else {
      const there = isOurs && isPlain ? await textAt(repository, entry.sha) : undefined;
      hashes.set(path, there === undefined ? `git:${entry.sha}` : sha256(there));
    }
  }
  return hashes;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The name that git gives a file's content. */
function gitHash(text: string): string {
  const bytes = Buffer.from(text, "utf8");
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}

/** As GitHub takes it: every text inline, scripts executable. */
export const treeEntries = ({ texts }: Changes) =>
  [...texts].map(([path, text]) =>
    text === null
      ? { path, mode: "100644" as const, type: "blob" as const, sha: null }
      : {
          path,
          mode: modeOf(text) === 0o755 ? ("100755" as const) : ("100644" as const),
          type: "blob" as const,
          content: text,
        },
  );

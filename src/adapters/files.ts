import { randomUUID } from "node:crypto";
import { lstat, mkdir, readdir, realpath, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, parse, resolve, sep } from "node:path";
import { AdvisorError } from "../error.ts";
import { MANIFEST_PATH } from "../project/manifest.ts";
import { type ExistingFolder, type MergeResult, merge, pathsOfInterest } from "../project/merge.ts";
import { checkPath } from "../project/path.ts";
import { apply } from "./disk/apply.ts";
import { diskError, isMissing } from "./disk/errors.ts";
import { hashOf, readManifest } from "./disk/look.ts";
import { writeText } from "./disk/text.ts";

export { readManifest } from "./disk/look.ts";
export { listTemplates, readTemplate } from "./disk/templates.ts";
export { writtenText } from "./disk/written.ts";

export interface WriteOptions {
  /** Write into a folder that is not ours: only paths that are not there. Never deletes or replaces an edit. */
  force?: boolean;
  onProgress?: (path: string) => void;
}

/** What became of every path. */
export interface WriteReport {
  dir: string;
  /** The folder did not exist before. */
  created: boolean;
  written: string[];
  replaced: string[];
  unchanged: string[];
  /** Edited files that stayed, each with where the new text lies. */
  keptEdited: { path: string; proposal: string }[];
  removed: string[];
  /** Edited files of an earlier plan: they stay and are the person's own now. */
  keptStale: string[];
}

/** What a fresh repository or a file manager leaves in an otherwise empty folder. */
const NOTHING = new Set([".git", ".DS_Store", "Thumbs.db", "desktop.ini"]);

/**
 * Writes a project as `merge` decides. A folder that does not exist appears whole or not at all; in one that exists
 * every change is undone when a later one fails. Nothing outside the folder is touched, and no link is followed.
 */
export async function writeProject(
  dir: string,
  files: ReadonlyMap<string, string>,
  options: WriteOptions = {},
): Promise<WriteReport> {
  const target = await place(dir);
  for (const path of files.keys()) checkPath(path);
  const folder = await existingFolder(target, files);
  const result = merge(files, folder ?? { empty: true, manifest: null, hashes: new Map() }, {
    force: options.force ?? false,
  });
  try {
    if (folder === undefined) await writeFresh(target, result, options);
    else await apply(target, result, options.onProgress);
  } catch (error) {
    throw diskError(error, "write the project into", target);
  }
  return report(target, folder === undefined, result);
}

/** The absolute folder to write into; refuses places where a project would be an accident. */
async function place(dir: string): Promise<string> {
  if (dir.trim() === "" || dir.includes("\0"))
    throw new AdvisorError("unsafe-path", "Cannot write a project: the folder has no name", "Name a folder.");
  const target = resolve(dir);
  // The folder may be reached through a link that the person named; links inside it are never followed.
  const real = await realpath(target).catch(() => target);
  const home = await realpath(homedir()).catch(() => homedir());
  if (real === parse(real).root || real === home || home.startsWith(real + sep)) {
    throw new AdvisorError(
      "unsafe-path",
      `Cannot write a project into "${real}": it is the root, your home folder or above it`,
      "Name a folder of its own for the project.",
    );
  }
  return real;
}

/** What is there now; undefined where nothing is. */
async function existingFolder(target: string, files: ReadonlyMap<string, string>): Promise<ExistingFolder | undefined> {
  const stat = await lstat(target).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw diskError(error, "look at", target);
  });
  if (stat === undefined) return undefined;
  if (!stat.isDirectory()) {
    throw new AdvisorError("invalid-input", `Cannot write a project into "${target}": it is a file`, "Name a folder.");
  }
  const entries = await readdir(target).catch((error: unknown) => {
    throw diskError(error, "read", target);
  });
  const manifest = await readManifest(target);
  const hashes = new Map<string, string>();
  const folders = new Map<string, boolean>();
  for (const path of pathsOfInterest(files, manifest)) {
    const hash = await hashOf(target, path, folders);
    if (hash !== undefined) hashes.set(path, hash);
  }
  return { empty: entries.every((name) => NOTHING.has(name)), manifest, hashes };
}

/** Everything into a folder beside, then one rename: the project is there whole or not at all. */
async function writeFresh(target: string, result: MergeResult, options: WriteOptions): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const staging = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
  await mkdir(staging);
  try {
    for (const action of result.actions) {
      if (action.kind !== "write") continue;
      await writeText(join(staging, action.path), action.text);
      options.onProgress?.(action.path);
    }
    await writeText(join(staging, MANIFEST_PATH), result.manifest);
    await rename(staging, target);
  } catch (error) {
    await rm(staging, { recursive: true, force: true });
    throw error;
  }
}

function report(dir: string, created: boolean, { actions }: MergeResult): WriteReport {
  const of = (kind: MergeResult["actions"][number]["kind"]): string[] =>
    actions.filter((a) => a.kind === kind).map((a) => a.path);
  return {
    dir,
    created,
    written: of("write"),
    replaced: of("replace"),
    unchanged: of("unchanged"),
    keptEdited: actions.flatMap((a) =>
      a.kind === "keep-edited" ? [{ path: a.path, proposal: a.proposal?.path ?? `${a.path}.new` }] : [],
    ),
    removed: of("remove"),
    keptStale: of("keep-stale"),
  };
}

import { AdvisorError } from "../error.ts";
import { sha256Hex } from "../hash.ts";
import { stableJson } from "./json.ts";
import { MANIFEST_PATH, type ProjectManifest, parseManifest } from "./manifest.ts";

/** What is in the folder that a project is to be written into. */
export interface ExistingFolder {
  /** Nothing but what a fresh repository or a file manager leaves (.git, .DS_Store). */
  empty: boolean;
  /** The project's manifest; null where the folder is not ours. */
  manifest: ProjectManifest | null;
  /** Path → SHA-256 of the files at paths that the old or the new project knows, FILE.new included. */
  hashes: ReadonlyMap<string, string>;
}

type MergeAction =
  /** Nothing is there: write it. A file of ours that the person deleted is written again: see `merge`. */
  | { kind: "write"; path: string; text: string }
  /** As we wrote it last time: put the new text in its place. */
  | { kind: "replace"; path: string; text: string; was: string }
  | { kind: "unchanged"; path: string }
  /** Edited: it stays, and the new text goes to `proposal` (undefined where that text lies there already). */
  | { kind: "keep-edited"; path: string; proposal: { path: string; text: string; was: string | undefined } | undefined }
  /** Belonged to the old plan only and was not touched: it goes. */
  | { kind: "remove"; path: string; was: string }
  /** Belonged to the old plan only and was edited: it stays, ours no longer. */
  | { kind: "keep-stale"; path: string };

export interface MergeResult {
  /** Sorted by path; the manifest is not among them. */
  actions: MergeAction[];
  /** The manifest to write last. */
  manifest: string;
}

/**
 * Decides what happens to every path, before anything is written.
 *
 * - An empty folder: everything is written.
 * - A folder that is not ours: an error, unless `force`; then only absent paths are written, and files that differ stay.
 * - One of ours: the hash of each file as we wrote it tells an edit from an untouched file. Edits are never lost,
 *   with or without `force`. A deleted file is written again: a project with a hole does not pass its own checks,
 *   nothing of the person's is lost by it, and deleting it once more is one command.
 */
export function merge(
  files: ReadonlyMap<string, string>,
  existing: ExistingFolder,
  options: { force: boolean },
): MergeResult {
  if (!existing.empty && existing.manifest === null && !options.force) {
    throw new AdvisorError(
      "folder-not-empty",
      "Cannot write a project: the folder is not empty and was not made by ml-architect",
      "Name a folder that does not exist yet. --force writes only the files that are not there and keeps all others.",
    );
  }
  const next = parseManifest(files.get(MANIFEST_PATH) ?? "");
  const known = existing.manifest?.files ?? {};
  const proposals: Record<string, string> = { ...existing.manifest?.proposals };
  const actions: MergeAction[] = [];
  for (const [path, text] of files) {
    if (path === MANIFEST_PATH) continue;
    const action = decide(path, text, existing, Object.hasOwn(known, path) ? known[path]?.sha256 : undefined);
    actions.push(action);
    if (action.kind === "keep-edited" && action.proposal)
      proposals[action.proposal.path] = sha256Hex(action.proposal.text);
  }
  for (const [path, { sha256 }] of Object.entries(known)) {
    const now = existing.hashes.get(path);
    if (files.has(path) || now === undefined) continue;
    actions.push(now === sha256 ? { kind: "remove", path, was: now } : { kind: "keep-stale", path });
  }
  actions.sort((a, b) => (a.path < b.path ? -1 : 1));
  const kept = Object.entries(proposals).filter(([path]) => !Object.hasOwn(next.files, path));
  return { actions, manifest: stableJson({ ...next, proposals: Object.fromEntries(kept) }) };
}

function decide(path: string, text: string, existing: ExistingFolder, written: string | undefined): MergeAction {
  const now = existing.hashes.get(path);
  if (now === undefined) return { kind: "write", path, text };
  if (now === sha256Hex(text)) return { kind: "unchanged", path };
  if (now === written) return { kind: "replace", path, text, was: now };
  return { kind: "keep-edited", path, proposal: proposal(path, text, existing) };
}

/** FILE.new, unless the person keeps something else under that name: then FILE.new.2, FILE.new.3 … */
function proposal(
  path: string,
  text: string,
  existing: ExistingFolder,
): { path: string; text: string; was: string | undefined } | undefined {
  for (let n = 1; ; n++) {
    const beside = n === 1 ? `${path}.new` : `${path}.new.${n}`;
    const was = existing.hashes.get(beside);
    if (was === sha256Hex(text)) return undefined;
    const ours = was === undefined || was === existing.manifest?.proposals[beside];
    if (ours) return { path: beside, text, was };
  }
}

/** Every path whose hash `merge` may ask for. */
export function pathsOfInterest(files: ReadonlyMap<string, string>, manifest: ProjectManifest | null): string[] {
  const paths = [...new Set([...files.keys(), ...Object.keys(manifest?.files ?? {})])];
  const beside = paths.flatMap((path) => [
    path,
    ...Array.from({ length: 9 }, (_, n) => (n === 0 ? `${path}.new` : `${path}.new.${n + 1}`)),
  ]);
  return beside.sort();
}

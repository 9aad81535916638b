import { constants } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MANIFEST_PATH } from "../../project/manifest.ts";
import type { MergeResult } from "../../project/merge.ts";
import { modeOf } from "../../project/mode.ts";
import { writeText } from "./text.ts";

/** One change on disk, and what takes it back. */
interface Change {
  path: string;
  text: string | undefined;
  /** Something of ours is there and gives way. */
  replaces: boolean;
}

/**
 * Carries out a merge in a folder that exists. All new texts are on the disk before the first file is moved, so a
 * full disk is noticed in time; whatever fails after that is undone in reverse order.
 */
export async function apply(target: string, result: MergeResult, onProgress?: (path: string) => void): Promise<void> {
  const changes = changesOf(result);
  const home = join(target, ".ml-architect");
  const madeHome = (await mkdir(home, { recursive: true })) !== undefined;
  const staging = await mkdtemp(join(home, "staging-"));
  const undo: (() => Promise<unknown>)[] = [];
  try {
    for (const [at, { text }] of changes.entries())
      if (text !== undefined) await writeText(join(staging, `new-${at}`), text);
    const manifestThere = (await stat(join(target, MANIFEST_PATH)).catch(() => undefined)) !== undefined;
    await writeText(join(staging, "manifest"), result.manifest);
    for (const [at, change] of changes.entries()) {
      await carryOut(target, staging, at, change, undo);
      onProgress?.(change.path);
    }
    await carryOut(target, staging, -1, { path: MANIFEST_PATH, text: result.manifest, replaces: manifestThere }, undo);
  } catch (error) {
    // Undoing goes on past a step that fails: as much as possible is put back.
    for (const step of undo.reverse()) await step().catch(() => undefined);
    await rm(staging, { recursive: true, force: true });
    if (madeHome) await rmdir(home).catch(() => undefined);
    throw error;
  }
  await rm(staging, { recursive: true, force: true });
  for (const { path, text } of changes) if (text === undefined) await removeEmptied(target, dirname(path));
}

/** A folder that held nothing but what was taken away goes with it, and so do those above it. */
async function removeEmptied(target: string, folder: string): Promise<void> {
  if (folder === ".") return;
  const gone = await rmdir(join(target, folder)).then(
    () => true,
    () => false,
  );
  if (gone) await removeEmptied(target, dirname(folder));
}

function changesOf({ actions }: MergeResult): Change[] {
  return actions.flatMap((action): Change[] => {
    switch (action.kind) {
      case "write":
        return [{ path: action.path, text: action.text, replaces: false }];
      case "replace":
        return [{ path: action.path, text: action.text, replaces: true }];
      case "remove":
        return [{ path: action.path, text: undefined, replaces: true }];
      case "keep-edited":
        if (action.proposal === undefined) return [];
        return [
          { path: action.proposal.path, text: action.proposal.text, replaces: action.proposal.was !== undefined },
        ];
      case "unchanged":
      case "keep-stale":
        return [];
      default:
        return action satisfies never;
    }
  });
}

async function carryOut(
  target: string,
  staging: string,
  at: number,
  change: Change,
  undo: (() => Promise<unknown>)[],
): Promise<void> {
  const path = join(target, change.path);
  const old = join(staging, `old-${at}`);
  if (change.replaces) {
    await rename(path, old);
    undo.push(() => rename(old, path));
  }
  if (change.text === undefined) return;
  const made = await mkdir(dirname(path), { recursive: true });
  if (made !== undefined) undo.push(() => rm(made, { recursive: true, force: true }));
  // Exclusive: a file that appeared since we looked is not overwritten.
  await copyFile(join(staging, at < 0 ? "manifest" : `new-${at}`), path, constants.COPYFILE_EXCL);
  undo.push(() => rm(path, { force: true }));
  await chmod(path, modeOf(change.text));
}

import { createHash, randomUUID } from "node:crypto";
import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stableJson } from "../../project/json.ts";
import { MANIFEST_PATH, type ProjectManifest } from "../../project/manifest.ts";
import { diskError } from "./errors.ts";
import { hashOf } from "./look.ts";

const CHECKLIST = "CHECKLIST.md";

/**
 * Puts the filled checklist in place and its hash into the manifest, so that it does not count as an edit. A
 * checklist that the person edited stays, and the new one goes beside it. Returns the path that was written.
 */
export async function recordChecklist(dir: string, manifest: ProjectManifest, text: string): Promise<string> {
  const known = manifest.files[CHECKLIST];
  const now = await hashOf(dir, CHECKLIST, new Map());
  const edited = now !== undefined && now !== known?.sha256;
  const path = edited ? `${CHECKLIST}.new` : CHECKLIST;
  const sha256 = createHash("sha256").update(text).digest("hex");
  const updated: ProjectManifest = edited
    ? { ...manifest, proposals: { ...manifest.proposals, [path]: sha256 } }
    : {
        ...manifest,
        files: { ...manifest.files, [CHECKLIST]: { owner: "plan", decision: "project", ...known, sha256 } },
      };
  try {
    // A link under either name is refused before anything is written.
    await hashOf(dir, path, new Map());
    await replaceText(dir, path, text);
    await replaceText(dir, MANIFEST_PATH, stableJson(updated));
  } catch (error) {
    throw diskError(error, "write the checklist into", dir);
  }
  return path;
}

/** Whole or not at all: a reader never sees half a file. */
async function replaceText(dir: string, path: string, text: string): Promise<void> {
  const staged = join(dir, ".ml-architect", `${randomUUID()}.tmp`);
  try {
    await writeFile(staged, text, { flag: "wx" });
    await rename(staged, join(dir, path));
  } catch (error) {
    await rm(staged, { force: true });
    throw error;
  }
}

import { z } from "zod";
import { AdvisorError } from "../error.ts";
import { checkPath } from "./path.ts";

/** Where a project says that it is ours. */
export const MANIFEST_PATH = ".ml-architect/manifest.json";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const ManifestFile = z.object({
  /** Of the text as we wrote it: a file with another hash was edited. */
  sha256,
  /** The template's own text, or written from the plan. */
  owner: z.enum(["template", "plan"]),
  /** What made the file be there, or be as it is: a decision such as "method", or "project". */
  decision: z.string(),
});
export type ManifestFile = z.infer<typeof ManifestFile>;

/** `.ml-architect/manifest.json`: how a project was made, and the hash of every file as written. */
export const ProjectManifest = z.object({
  schemaVersion: z.literal(1),
  generator: z.object({ name: z.literal("ml-architect"), version: z.string() }),
  planHash: z.string(),
  template: z.string(),
  projectName: z.string(),
  files: z.record(z.string(), ManifestFile),
  /** FILE.new → its hash as written: texts that were put beside a person's edits. */
  proposals: z.record(z.string(), sha256).default({}),
});
export type ProjectManifest = z.infer<typeof ProjectManifest>;

/** Reads a project's manifest. It may have been edited by hand: whatever does not fit is an error, never a guess. */
export function parseManifest(text: string): ProjectManifest {
  try {
    const manifest = ProjectManifest.parse(JSON.parse(text));
    for (const path of [...Object.keys(manifest.files), ...Object.keys(manifest.proposals)]) checkPath(path);
    return manifest;
  } catch (error) {
    throw new AdvisorError(
      "invalid-input",
      `Cannot read ${MANIFEST_PATH}: it is not a manifest of this version`,
      "Restore the file from your history, or write the project into another folder.",
      error,
    );
  }
}

import { createHash } from "node:crypto";
import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { AdvisorError } from "../../error.ts";
import { MANIFEST_PATH, type ProjectManifest, parseManifest } from "../../project/manifest.ts";
import { checkPath } from "../../project/path.ts";
import { diskError, isMissing } from "./errors.ts";

/** The manifest of a project; null where there is none. */
export async function readManifest(dir: string): Promise<ProjectManifest | null> {
  const hash = await hashOf(dir, MANIFEST_PATH, new Map());
  return hash === undefined ? null : parseManifest(await readFile(join(dir, MANIFEST_PATH), "utf8"));
}

/**
 * SHA-256 of a file inside the folder, undefined where there is none. A link anywhere below the folder is refused:
 * it could lead a write out of the project. `folders` remembers which parents were looked at.
 */
export async function hashOf(dir: string, path: string, folders: Map<string, boolean>): Promise<string | undefined> {
  const parts = checkPath(path).split("/");
  for (let n = 1; n < parts.length; n++) {
    const parent = parts.slice(0, n).join("/");
    const known = folders.get(parent) ?? (await isFolder(dir, parent));
    folders.set(parent, known);
    if (!known) return undefined;
  }
  const stat = await look(dir, path);
  if (stat === undefined) return undefined;
  if (!stat.isFile())
    throw inTheWay(
      dir,
      path,
      stat.isSymbolicLink() ? "it is a link, which could lead out of the project" : "it is not a file",
    );
  return createHash("sha256")
    .update(await readFile(join(dir, path)))
    .digest("hex");
}

async function isFolder(dir: string, path: string): Promise<boolean> {
  const stat = await look(dir, path);
  if (stat === undefined) return false;
  if (stat.isDirectory()) return true;
  throw inTheWay(
    dir,
    path,
    stat.isSymbolicLink() ? "it is a link, which could lead out of the project" : "the project needs a folder there",
  );
}

async function look(dir: string, path: string) {
  try {
    return await lstat(join(dir, path));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw diskError(error, "look at", join(dir, path));
  }
}

const inTheWay = (dir: string, path: string, why: string): AdvisorError =>
  new AdvisorError(
    "unsafe-path",
    `Cannot write into "${join(dir, path)}": ${why}`,
    "Move it away, or choose another folder. Nothing was written.",
  );

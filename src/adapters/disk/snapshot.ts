import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { diskError } from "./errors.ts";

/** Environments, caches, data and results: not the project's own text. */
const SKIPPED =
  /^(\.git|\.venv|venv|env|node_modules|__pycache__|\..*_cache|outputs|wandb|mlruns|.*\.egg-info|dist|build)$/;
const SKIPPED_PATHS = new Set(["data/raw", "data/processed", "models/export"]);
const LARGEST = 4 * 1024 * 1024;

/**
 * The text files and folders of a project. Links are not followed; binary and very large files are left out, and of a
 * folder of environments, data or results all that is not `listed`.
 */
export async function snapshot(
  dir: string,
  listed: readonly string[] = [],
): Promise<{ files: Map<string, string>; folders: Set<string> }> {
  const files = new Map<string, string>();
  const folders = new Set<string>();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const named = new Set(listed);
  const holdsNamed = (folder: string): boolean => listed.some((path) => path.startsWith(`${folder}/`));
  const walk = async (prefix: string, onlyNamed: boolean): Promise<void> => {
    for (const entry of await readdir(join(dir, prefix), { withFileTypes: true })) {
      const path = prefix + entry.name;
      if (entry.isDirectory()) {
        const skipped = onlyNamed || SKIPPED.test(entry.name);
        if (skipped && !holdsNamed(path)) continue;
        folders.add(path);
        await walk(`${path}/`, skipped || SKIPPED_PATHS.has(path));
      } else if (
        entry.isFile() &&
        (!onlyNamed || named.has(path)) &&
        (await stat(join(dir, path))).size <= LARGEST &&
        !/^\.env($|\.)(?!.*example$)/.test(entry.name)
      ) {
        try {
          files.set(path, decoder.decode(await readFile(join(dir, path))));
        } catch (error) {
          if (!(error instanceof TypeError)) throw error;
        }
      }
    }
  };
  try {
    await walk("", false);
  } catch (error) {
    throw diskError(error, "read", dir);
  }
  return { files, folders };
}

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { diskError } from "./errors.ts";

/** Environments, caches, data and results: not the project's own text. */
const SKIPPED =
  /^(\.git|\.venv|venv|env|node_modules|__pycache__|\..*_cache|outputs|wandb|mlruns|.*\.egg-info|dist|build)$/;
const SKIPPED_PATHS = new Set(["data/raw", "data/processed", "models/export"]);
const LARGEST = 4 * 1024 * 1024;

/** The text files and top folders of a project. Links are not followed; binary and very large files are left out. */
export async function snapshot(dir: string): Promise<{ files: Map<string, string>; folders: Set<string> }> {
  const files = new Map<string, string>();
  const folders = new Set<string>();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const walk = async (prefix: string): Promise<void> => {
    for (const entry of await readdir(join(dir, prefix), { withFileTypes: true })) {
      const path = prefix + entry.name;
      if (entry.isDirectory()) {
        if (SKIPPED.test(entry.name)) continue;
        folders.add(path);
        if (!SKIPPED_PATHS.has(path)) await walk(`${path}/`);
        // What the manifest lists of a folder that is left out, such as .gitkeep, still counts as there.
        else
          for (const name of await readdir(join(dir, path))) if (name.startsWith(".")) files.set(`${path}/${name}`, "");
      } else if (
        entry.isFile() &&
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
    await walk("");
  } catch (error) {
    throw diskError(error, "read", dir);
  }
  return { files, folders };
}

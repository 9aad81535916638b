import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Programs that a kernel needs, as the real files: a wrapper from npm would be killed in place of what it started. */

export const RUNTIMES = ["node", "bun", "deno"] as const;
export type Runtime = (typeof RUNTIMES)[number];

const PACKAGE = fileURLToPath(import.meta.resolve("ml-architect/package.json"));

/** A file of the built package. */
export const builtFile = (path: string): string => join(dirname(PACKAGE), "dist", path);

export const packageVersion = (): string => (JSON.parse(readFileSync(PACKAGE, "utf8")) as { version: string }).version;

/** Where each says which file it is. */
const ASK: Record<Runtime, string[]> = {
  node: ["-p", "process.execPath"],
  bun: ["-e", "console.log(process.execPath)"],
  deno: ["eval", "console.log(Deno.execPath())"],
};

/** The runtime's own file: of the notebook's project, of this package, or on the path. */
export function findRuntime(name: Runtime): string | undefined {
  if (name === "node" && !process.versions.bun && !("Deno" in globalThis)) return process.execPath;
  const folders = [join(process.cwd(), "node_modules", ".bin"), join(dirname(PACKAGE), "node_modules", ".bin")];
  for (const program of [...folders.map((folder) => join(folder, name)).filter((file) => existsSync(file)), name]) {
    const { status, stdout } = spawnSync(program, ASK[name], {
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    if (status === 0 && existsSync(stdout.trim())) return stdout.trim();
  }
  return undefined;
}

/** The folder of the package tslab: beside the notebook, beside us, or installed for everybody. */
export function findTslab(): string | undefined {
  for (const from of [join(process.cwd(), "notebook.js"), PACKAGE]) {
    try {
      return dirname(createRequire(from).resolve("tslab/package.json"));
    } catch {
      // Not there: the next place.
    }
  }
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const program = join(folder, "tslab");
    if (!existsSync(program)) continue;
    const installed = join(dirname(realpathSync(program)), "..");
    if (existsSync(join(installed, "dist", "main.js"))) return installed;
  }
  return undefined;
}

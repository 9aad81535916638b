import { spawnSync } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";
import { AdvisorError } from "../../error.ts";

/** Where Jupyter looks for kernels (jupyter_core.paths): the person's folder, the environment's, the system's. */

export type Where = { user: true } | { prefix: string } | { sysPrefix: true };

export function kernelsFolder(where: Where): string {
  if ("prefix" in where) return join(where.prefix, "share", "jupyter", "kernels");
  if ("user" in where) return join(userData(), "kernels");
  const prefix = pythonPrefix();
  if (prefix === undefined)
    throw new AdvisorError(
      "outside-failed",
      "--sys-prefix: no Python was found to ask where its environment is",
      "Activate the environment that Jupyter is in, or name it: --prefix FOLDER",
    );
  return join(prefix, "share", "jupyter", "kernels");
}

/** Every folder that a Jupyter started here would read, the strongest first. */
export function allKernelsFolders(): string[] {
  const paths = (process.env.JUPYTER_PATH ?? "").split(process.platform === "win32" ? ";" : ":").filter(Boolean);
  const prefix = pythonPrefix();
  const system = process.platform === "win32" ? [] : ["/usr/local/share/jupyter", "/usr/share/jupyter"];
  const data = [...paths, userData(), ...(prefix === undefined ? [] : [join(prefix, "share", "jupyter")]), ...system];
  return [...new Set(data)].map((folder) => join(folder, "kernels"));
}

function userData(): string {
  const { JUPYTER_DATA_DIR, APPDATA, XDG_DATA_HOME } = process.env;
  if (JUPYTER_DATA_DIR) return JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return join(APPDATA || join(homedir(), "AppData", "Roaming"), "jupyter");
  return join(XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}

function pythonPrefix(): string | undefined {
  for (const python of ["python3", "python"]) {
    const { status, stdout } = spawnSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8" });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

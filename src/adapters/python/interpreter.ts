import { AdvisorError } from "../../error.ts";
import { run, safeEnvironment } from "./process.ts";

export interface Interpreter {
  program: string;
  args: string[];
  /** "3.11.7" */
  version: string;
}

/**
 * A Python for a project: the version its locks were resolved for where it is installed, any from 3.11 on otherwise.
 * Candidates are tried by running them: a name on the PATH may be a stub that does not start.
 */
export async function findPython(wanted: string | undefined, signal?: AbortSignal): Promise<Interpreter> {
  const minor = /3\.(\d+)/.exec(wanted ?? "")?.[0];
  const names = [minor, "3.11", "3.12", "3.13"].filter((v) => v !== undefined).map((v) => `python${v}`);
  const candidates: [string, string[]][] = [...new Set(names), "python3", "python"].map((name) => [name, []]);
  if (process.platform === "win32")
    candidates.unshift(["py", [minor === undefined ? "-3" : `-${minor}`]], ["py", ["-3"]]);
  const found: Interpreter[] = [];
  for (const [program, args] of candidates) {
    const version = await versionOf(program, args, signal);
    if (version === undefined) continue;
    if (minor !== undefined && version.startsWith(`${minor}.`)) return { program, args, version };
    found.push({ program, args, version });
  }
  const [first] = found.filter(({ version }) => Number(version.split(".")[1]) >= 11);
  if (first !== undefined) return first;
  throw new AdvisorError(
    "outside-failed",
    `No Python ${minor ?? "3.11"} was found${found.length > 0 ? `, only ${found.map((f) => f.version).join(", ")}` : ""}`,
    `Install Python ${minor ?? "3.11"} (python.org, your system's packages, pyenv or uv) so that "python${minor ?? "3.11"}" or "python3" starts it.`,
  );
}

export async function versionOf(
  program: string,
  args: readonly string[],
  signal?: AbortSignal,
): Promise<string | undefined> {
  const question = "import sys; print('python', '.'.join(map(str, sys.version_info[:3])))";
  try {
    const { code, tail } = await run(program, [...args, "-c", question], {
      cwd: ".",
      env: safeEnvironment(),
      timeoutMs: 20_000,
      signal,
    });
    return code === 0 ? /python (3\.\d+\.\d+)/.exec(tail)?.[1] : undefined;
  } catch (error) {
    if (signal?.aborted) throw error;
    return undefined;
  }
}

import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AdvisorError } from "../../error.ts";
import type { Finding } from "../../project/checklist.ts";
import { no, open, yes } from "../../project/finding.ts";
import { findPython, versionOf } from "./interpreter.ts";
import { run, safeEnvironment } from "./process.ts";

/** The project's own environment, or why there is none. */
export interface Environment {
  /** Path of its interpreter; undefined where it could not be made. */
  python: string | undefined;
  findings: Finding[];
}

export interface EnvironmentOptions {
  /** What .python-version or the manifest asks for. */
  wanted: string | undefined;
  signal?: AbortSignal | undefined;
  say: (text: string) => void;
}

/** Gigabytes over a slow line. */
const INSTALL_MS = 45 * 60_000;

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/**
 * `.venv` in the project, where the project's own `make install` and every editor look for it, with exactly the
 * locked packages. It is used again while the locks are the same, so a second check takes seconds.
 */
export async function prepareEnvironment(dir: string, options: EnvironmentOptions): Promise<Environment> {
  const venv = join(dir, ".venv");
  const python = interpreterIn(dir);
  const locks = await locksOf(dir);
  if (locks.length === 0) return { python: undefined, findings: [unable("requirements.lock is missing")] };

  const unfinished = join(venv, UNFINISHED);
  if (await exists(unfinished)) await rm(venv, { recursive: true, force: true });
  if (!(await exists(python))) {
    const base = await findPython(options.wanted, options.signal).catch((error: unknown) => {
      if (options.signal?.aborted || !(error instanceof AdvisorError)) throw error;
      return error;
    });
    if (base instanceof AdvisorError) return { python: undefined, findings: [unable(`${base.message}. ${base.hint}`)] };
    options.say(`making .venv with Python ${base.version}`);
    // Only of a folder that is ours from the beginning is it said that it may go.
    if ((await mkdir(venv, { recursive: true })) !== undefined) await writeFile(unfinished, "");
    const made = await run(base.program, [...base.args, "-m", "venv", venv], {
      cwd: dir,
      env: safeEnvironment(),
      timeoutMs: 5 * 60_000,
      signal: options.signal,
      onLine: options.say,
    });
    if (made.code !== 0)
      return { python: undefined, findings: [unable(`python -m venv failed: ${lastLine(made.tail)}`)] };
    await rm(unfinished, { force: true });
  }
  const version = await versionOf(python, [], options.signal);
  if (version === undefined)
    return { python: undefined, findings: [unable(".venv is there, but its Python does not start: delete .venv")] };
  return await install(dir, python, version, locks, options);
}

const MARKER = ".ml-architect-locks";
/** An environment that was cut off while it was made: a Python without pip. */
const UNFINISHED = ".ml-architect-unfinished";

const interpreterIn = (dir: string): string =>
  process.platform === "win32" ? join(dir, ".venv", "Scripts", "python.exe") : join(dir, ".venv", "bin", "python");

/** What was installed: these locks, for this Python. */
async function markOf(dir: string, version: string, locks: readonly string[]): Promise<string> {
  const digest = createHash("sha256").update(version);
  for (const lock of locks) digest.update(await readFile(join(dir, lock)));
  return digest.digest("hex");
}

/** The project's own Python where everything that is locked is installed: by us, or by its `make install`. */
export async function readyEnvironment(dir: string, signal?: AbortSignal): Promise<string | undefined> {
  const python = interpreterIn(dir);
  const locks = await locksOf(dir);
  if (locks.length === 0 || !(await exists(python))) return undefined;
  const version = await versionOf(python, [], signal);
  if (version === undefined) return undefined;
  const marked = await readFile(join(dir, ".venv", MARKER), "utf8").catch(() => "");
  const stamped = await stat(join(dir, ".venv", ".installed")).catch(() => undefined);
  if (marked === (await markOf(dir, version, locks))) return python;
  const newest = await Promise.all(locks.map(async (lock) => (await stat(join(dir, lock))).mtimeMs));
  return stamped && stamped.mtimeMs >= Math.max(...newest) ? python : undefined;
}

/** The development lock holds the runtime too; each tracker that was chosen has one of its own. */
async function locksOf(dir: string): Promise<string[]> {
  const main = (await exists(join(dir, "requirements-dev.lock"))) ? "requirements-dev.lock" : "requirements.lock";
  const trackers = await readdir(join(dir, "tracking")).catch(() => []);
  const locks = [main, ...trackers.sort().map((name) => `tracking/${name}/requirements.lock`)];
  const there = await Promise.all(locks.map((lock) => exists(join(dir, lock))));
  return there[0] ? locks.filter((_, at) => there[at]) : [];
}

async function install(
  dir: string,
  python: string,
  version: string,
  locks: string[],
  options: EnvironmentOptions,
): Promise<Environment> {
  const marker = join(dir, ".venv", MARKER);
  const mark = await markOf(dir, version, locks);
  const names = locks.join(" and ");
  if ((await readFile(marker, "utf8").catch(() => "")) === mark) {
    return {
      python,
      findings: [
        installed(
          `pip install --require-hashes -r ${locks.join(" -r ")} into .venv (Python ${version}): done before, the locks have not changed`,
        ),
      ],
    };
  }
  options.say(`installing ${names}: several gigabytes the first time`);
  const result = await run(
    python,
    [
      "-m",
      "pip",
      "install",
      "--disable-pip-version-check",
      "--no-input",
      "--progress-bar",
      "off",
      "--require-hashes",
      ...locks.flatMap((lock) => ["-r", lock]),
    ],
    {
      cwd: dir,
      env: safeEnvironment(),
      timeoutMs: INSTALL_MS,
      signal: options.signal,
      onLine: options.say,
    },
  );
  if (result.timedOut)
    return { python: undefined, findings: [unable(`installing took longer than ${INSTALL_MS / 60_000} minutes`)] };
  if (result.code !== 0) return { python: undefined, findings: [failedInstall(names, version, result.tail)] };
  await writeFile(marker, mark);
  return {
    python,
    findings: [installed(`pip install --require-hashes -r ${locks.join(" -r ")} into .venv (Python ${version}): done`)],
  };
}

const installed = (text: string): Finding => yes("dependencies", text);
const unable = (why: string): Finding =>
  open("dependencies", `the locked packages were not installed: ${why}`, "`make install` installs them.");

/** A network that is down says nothing about the project; a hash or a version that does not fit does. */
function failedInstall(names: string, version: string, tail: string): Finding {
  const error =
    tail
      .split("\n")
      .filter((line) => /^ERROR|^error/.test(line))
      .at(-1) ?? lastLine(tail);
  const outside =
    /ConnectionError|NewConnectionError|Read timed out|Temporary failure|No space left|SSLError|Max retries/i.test(
      tail,
    );
  return outside ? unable(error) : no("dependencies", `${names} do not install with Python ${version}: ${error}`);
}

/** The last line that says something. */
export const lastLine = (text: string): string =>
  (
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "")
      .at(-1) ?? "no message"
  ).slice(0, 300);

import { readdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AdvisorError } from "../error.ts";
import { MAKE_SAMPLE, SMOKE, SMOKE_OUTPUT, type SmokeStep, smokeCommand, smokeSettings } from "../project/smoke.ts";
import type { SmokeEnd } from "../project/smoke-diagnosis.ts";
import { prepareEnvironment, readyEnvironment } from "./python/environment.ts";
import { versionOf } from "./python/interpreter.ts";
import { run, safeEnvironment } from "./python/process.ts";
import { begin } from "./python/unfinished.ts";

/** Tries a project with its own code: for a person's own notebook and terminal, never a server. */

export interface TriedProject {
  /** Absolute. */
  dir: string;
  /** `configs/base.yaml` → text, and the schema. */
  configs: ReadonlyMap<string, string>;
}

/** A folder that holds a project's configuration; anything else is refused with what to do. */
export async function readTriedProject(named: string, hint: string): Promise<TriedProject> {
  const dir = await realpath(resolve(named)).catch(() => resolve(named));
  const names = await readdir(join(dir, "configs")).catch(() => []);
  const wanted = names.filter((name) => name.endsWith(".yaml") || name === "schema.json");
  if (!wanted.includes("schema.json") || !wanted.includes("base.yaml"))
    throw new AdvisorError(
      "invalid-input",
      `There is no project in "${named}": configs/base.yaml and configs/schema.json are looked for`,
      hint,
    );
  const texts = wanted.map(
    async (name) => [`configs/${name}`, await readFile(join(dir, "configs", name), "utf8")] as const,
  );
  return { dir, configs: new Map(await Promise.all(texts)) };
}

/** Puts a text in a file's place: whole, or not at all. */
export async function replaceText(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.part`;
  try {
    await writeFile(beside, text);
    await rename(beside, path);
  } catch (cause) {
    await rm(beside, { force: true });
    throw new AdvisorError(
      "outside-failed",
      `Cannot write "${path}": ${(cause as Error).message}`,
      "Check that the folder can be written.",
      cause,
    );
  }
}

/** What an environment of the locks takes on disk: PyTorch with CUDA 4.4 GB, the rest 1.7 GB (measured 2026-11-23). */
const ENVIRONMENT_GB = 6;

export interface PythonOptions {
  /** An interpreter whose packages are used as they are. */
  named?: string | undefined;
  /** Gigabytes may be installed. */
  install: boolean;
  /** How that is allowed, or a Python named. */
  hint: string;
  say: (line: string) => void;
  signal?: AbortSignal;
}

/** The Python that a project is tried with: the one named, its own, or its own made now where that was allowed. */
export async function pythonFor({ dir }: TriedProject, options: PythonOptions): Promise<string> {
  const { named, install, say, signal } = options;
  if (named !== undefined) {
    const program = /[\\/]/.test(named) ? resolve(named) : named;
    if (await versionOf(program, [], signal)) return program;
    throw new AdvisorError("outside-failed", `"${named}" is not a Python that starts`, "Name a Python 3.11 or newer.");
  }
  const ready = await readyEnvironment(dir, signal);
  if (ready !== undefined) return ready;
  if (!install)
    throw new AdvisorError(
      "not-available",
      `The project has no Python environment yet; its locked packages take about ${ENVIRONMENT_GB} GB on disk`,
      options.hint,
    );
  const wanted = await readFile(join(dir, ".python-version"), "utf8").catch(() => undefined);
  const made = await prepareEnvironment(dir, { wanted: wanted?.trim(), signal, say });
  if (made.python !== undefined) return made.python;
  throw new AdvisorError("outside-failed", made.findings[0]?.text ?? "the environment could not be made", options.hint);
}

/** An NVIDIA accelerator, as its driver tells. */
export async function hasAccelerator(signal?: AbortSignal): Promise<boolean> {
  const options = { cwd: ".", env: safeEnvironment(), timeoutMs: 20_000, signal };
  const listed = await run("nvidia-smi", ["-L"], options).catch(() => undefined);
  signal?.throwIfAborted();
  return listed?.code === 0 && /^GPU \d/m.test(listed.tail);
}

export interface TryOptions {
  python: string;
  accelerator: boolean;
  /** Weights may be downloaded. */
  download: boolean;
  minutes?: number | undefined;
  onLine: (line: string) => void;
  signal?: AbortSignal;
}

export interface Tried {
  end: SmokeEnd;
  /** What of the configuration a tiny model took the place of. */
  replaced: string[];
  /** The step that ran here before, where it was cut off with the kernel that ran it. */
  cutOff: string | undefined;
  /** What the memory probe wrote, unchecked. */
  probe?: unknown;
}

/** Runs one step of the smoke test in a process group of its own, which goes whole when it is over. */
export async function trySmokeStep(project: TriedProject, step: SmokeStep, options: TryOptions): Promise<Tried> {
  const { python, accelerator, download, onLine, signal } = options;
  const { dir, configs } = project;
  const settings = smokeSettings(configs, accelerator);
  const probe = join(dir, SMOKE_OUTPUT, "probe.json");
  if (step === "train") await rm(probe, { force: true });
  const started = await begin(join(dir, SMOKE_OUTPUT), step);
  const { cutOff, scratch } = started;
  const outcome = (command: readonly string[]): ReturnType<typeof run> =>
    run(python, [...command], {
      cwd: dir,
      env: safeEnvironment({
        PYTHONPATH: join(dir, "src"),
        TOKENIZERS_PARALLELISM: "false",
        // What libraries will change one day is not what is tried.
        PYTHONWARNINGS: "ignore::FutureWarning,ignore::DeprecationWarning",
        TMPDIR: scratch,
        TEMP: scratch,
        TMP: scratch,
        // The tiny model is too small to share among threads.
        ...(accelerator ? {} : { OMP_NUM_THREADS: "1" }),
        ...hub(download),
      }),
      timeoutMs: (options.minutes ?? SMOKE[step].minutes) * 60_000,
      signal,
      onLine,
    });
  const tried = async (): ReturnType<typeof run> => {
    // Pictures and sounds of the sample are made, not stored.
    if (await isFile(join(dir, MAKE_SAMPLE))) await outcome([MAKE_SAMPLE]);
    return outcome(smokeCommand(step, settings, accelerator));
  };
  const { code, timedOut, tail } = await tried().finally(started.done);
  const written = step === "train" ? await readFile(probe, "utf8").catch(() => undefined) : undefined;
  const measured: unknown = written === undefined ? undefined : JSON.parse(written);
  return {
    end: { step, code, timedOut, tail },
    replaced: settings.replaced,
    cutOff,
    ...(measured === undefined ? {} : { probe: measured }),
  };
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** Weights that lie here are found; others are fetched, with the person's own token, only where that was allowed. */
function hub(download: boolean): Record<string, string> {
  const { HF_HOME, HF_TOKEN } = process.env;
  return {
    ...(HF_HOME ? { HF_HOME } : {}),
    ...(download ? (HF_TOKEN ? { HF_TOKEN } : {}) : { HF_HUB_OFFLINE: "1" }),
  };
}

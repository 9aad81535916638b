import { randomUUID } from "node:crypto";
import { readFile, realpath, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { AdvisorError } from "../error.ts";
import { type ChecklistReport, checklistMarkdown, checklistReport, type Finding } from "../project/checklist.ts";
import { driverFinding } from "../project/driver.ts";
import { check, no, open, yes } from "../project/finding.ts";
import { inspect } from "../project/inspect.ts";
import { readJunit, testFindings, testsNotRun } from "../project/test-results.ts";
import { diskError } from "./disk/errors.ts";
import { readManifest } from "./disk/look.ts";
import { recordChecklist } from "./disk/record.ts";
import { snapshot } from "./disk/snapshot.ts";
import { lastLine, prepareEnvironment } from "./python/environment.ts";
import { versionOf } from "./python/interpreter.ts";
import { run, safeEnvironment } from "./python/process.ts";

export interface VerifyProgress {
  step: "warning" | "inspect" | "install" | "configuration" | "lint" | "format" | "types" | "tests" | "record";
  text: string;
}

export interface VerifyOptions {
  onProgress?: (progress: VerifyProgress) => void;
  /** Only read files: nothing is installed, no code of the project runs, and what needs that stays unknown. */
  quick?: boolean;
  /** An interpreter whose packages are used as they are, in place of `.venv` and the locks. */
  python?: string;
  /** UTC day for the report. */
  today?: string;
  signal?: AbortSignal;
}

/**
 * Checks a project against the eleven items and writes what was found into its CHECKLIST.md.
 * Runs the project's own code (tests, type checker): for the command line and a person's own notebook, never a server.
 */
export async function verifyProject(dir: string, options: VerifyOptions = {}): Promise<ChecklistReport> {
  const target = await folder(dir);
  const say = (step: VerifyProgress["step"]) => (text: string) => options.onProgress?.({ step, text });
  const manifest = await readManifest(target);
  if (manifest === null)
    say("warning")(`${target} was not made by ml-architect${options.quick ? "" : ": this runs its own code"}`);

  say("inspect")("reading the project");
  const project = { ...(await snapshot(target, Object.keys(manifest?.files ?? {}))), manifest };
  const findings: Finding[] = inspect(project);
  findings.push(
    ...(options.quick ? notRun("it was asked to check quickly") : await execute(target, project.files, options, say)),
  );

  const planHash = manifest?.planHash;
  const report = checklistReport(findings, {
    today: options.today ?? new Date().toISOString().slice(0, 10),
    projectName: manifest?.projectName ?? basename(target),
    ...(planHash === undefined ? {} : { planHash }),
  });
  if (manifest !== null) {
    const written = await recordChecklist(target, manifest, checklistMarkdown(report));
    say("record")(`written to ${written}`);
  }
  return report;
}

async function folder(dir: string): Promise<string> {
  const target = await realpath(dir).catch((error: unknown) => {
    throw diskError(error, "look at", dir);
  });
  if ((await stat(target)).isDirectory()) return target;
  throw new AdvisorError("invalid-input", `Cannot check "${dir}": it is a file`, "Name the folder of a project.");
}

const notRun = (why: string): Finding[] => [
  open("dependencies", `the locked packages were not installed: ${why}`, "`make install` installs them."),
  open("configs", `the project's own loader did not run: ${why}`, "`make check` runs it."),
  ...testsNotRun(why),
];

type Say = (step: VerifyProgress["step"]) => (text: string) => void;

/** Installs what is locked, then runs the project's own checks one by one, so that each gives its own evidence. */
async function execute(
  dir: string,
  files: ReadonlyMap<string, string>,
  options: VerifyOptions,
  say: Say,
): Promise<Finding[]> {
  const { python, findings } = await interpreter(dir, files, options, say);
  if (python === undefined) return [...findings, ...notRun("there is no environment to run it in").slice(1)];
  const checks = new Checks(dir, python, options, say);
  const folders = ["scripts", "platforms"].filter((folder) =>
    [...files.keys()].some((p) => p.startsWith(`${folder}/`) && p.endsWith(".py")),
  );
  return [
    ...findings,
    // What else is in an interpreter that somebody named is theirs.
    ...(options.python === undefined ? [await checks.requirements()] : []),
    await checks.driver(files.get("requirements.lock") ?? ""),
    await checks.configuration(files),
    await checks.tool("lint", "ruff", ["check", "."]),
    await checks.tool("format", "ruff", ["format", "--check", "."]),
    await checks.tool("types", "mypy", []),
    ...(folders.length > 0 ? [await checks.tool("types", "mypy", folders)] : []),
    ...(await checks.tests()),
  ];
}

async function interpreter(dir: string, files: ReadonlyMap<string, string>, options: VerifyOptions, say: Say) {
  if (options.python === undefined) {
    const wanted = files.get(".python-version")?.trim();
    return await prepareEnvironment(dir, { wanted, signal: options.signal, say: say("install") });
  }
  // A path is the caller's, not the project's: the checks run in the project's folder.
  const python = /[\\/]/.test(options.python) ? resolve(options.python) : options.python;
  const version = await versionOf(python, [], options.signal);
  if (version === undefined)
    throw new AdvisorError(
      "outside-failed",
      `"${options.python}" is not a Python that starts`,
      "Name a Python 3.11 or newer.",
    );
  const why = `the locked packages were not installed: the checks ran in an environment that was there (Python ${version})`;
  return { python, findings: [open("dependencies", why, "`make install` installs them.")] };
}

const MINUTE = 60_000;

const said = (command: string, result: { tail: string }): string => `${command}: ${lastLine(result.tail)}`;

/** The project's own checks in one environment. */
class Checks {
  readonly #dir: string;
  readonly #python: string;
  readonly #options: VerifyOptions;
  readonly #say: Say;

  constructor(dir: string, python: string, options: VerifyOptions, say: Say) {
    this.#dir = dir;
    this.#python = python;
    this.#options = options;
    this.#say = say;
  }

  async #run(step: VerifyProgress["step"], args: readonly string[], minutes: number) {
    return await run(this.#python, args, {
      cwd: this.#dir,
      // Nothing is downloaded and nobody is told: the checks are the same without a network.
      env: safeEnvironment({
        PYTHONPATH: join(this.#dir, "src"),
        HF_HUB_OFFLINE: "1",
        WANDB_MODE: "offline",
        TOKENIZERS_PARALLELISM: "false",
      }),
      timeoutMs: minutes * MINUTE,
      signal: this.#options.signal,
      onLine: this.#say(step),
    });
  }

  async configuration(files: ReadonlyMap<string, string>): Promise<Finding> {
    if (!files.has("src/pipeline/config.py"))
      return no("configs", "src/pipeline/config.py is not there: nothing reads the configuration");
    this.#say("configuration")("checking the configuration's keys and values");
    const overlays = [...files.keys()].filter((path) => path === "configs/smoke.yaml");
    const script =
      "import sys; from pipeline.config import load_config; load_config('configs'); load_config('configs', sys.argv[1:])";
    const result = await this.#run("configuration", ["-c", script, ...overlays], 2);
    const command = `load_config("configs"${overlays.length > 0 ? "; with configs/smoke.yaml laid over it" : ""})`;
    if (result.code === 0) return yes("configs", `${command}: the project's own loader accepts every key and value`);
    const why = result.timedOut ? "it took longer than 2 minutes" : lastLine(result.tail);
    return no("configs", `${command}: the project's own loader refuses the configuration: ${why}`);
  }

  /** Whether what is installed suits each other. */
  async requirements(): Promise<Finding> {
    const result = await this.#run("install", ["-m", "pip", "check", "--disable-pip-version-check"], 2);
    return check("dependencies", result.code === 0, said("pip check", result), said("pip check", result));
  }

  /** This machine's driver, where it has one: a training machine is checked before it costs money. */
  async driver(lock: string): Promise<Finding> {
    const query = ["--query-gpu=name,driver_version", "--format=csv,noheader"];
    const result = await run("nvidia-smi", query, {
      cwd: this.#dir,
      env: safeEnvironment(),
      timeoutMs: MINUTE,
      signal: this.#options.signal,
    }).catch((error: unknown) => {
      if (this.#options.signal?.aborted) throw error;
      return undefined;
    });
    return driverFinding(result?.code === 0 ? result.tail : undefined, lock);
  }

  async tool(step: VerifyProgress["step"], module: string, args: readonly string[]): Promise<Finding> {
    const command = ["python -m", module, ...args].join(" ");
    this.#say(step)(command);
    const result = await this.#run(step, ["-m", module, ...args], 10);
    if (result.code === 0) return yes("structure", said(command, result));
    if (result.tail.includes(`No module named ${module}`))
      return open("structure", `${command} did not run: ${module} is not installed`, "`make install` installs it.");
    return no("structure", result.timedOut ? `${command}: took longer than 10 minutes` : said(command, result));
  }

  async tests(): Promise<Finding[]> {
    const report = join(tmpdir(), `ml-architect-${randomUUID()}.xml`);
    this.#say("tests")("python -m pytest");
    try {
      const result = await this.#run("tests", ["-m", "pytest", "-v", "--junitxml", report], 25);
      const xml = await readFile(report, "utf8").catch(() => undefined);
      if (xml !== undefined) return testFindings(readJunit(xml), "python -m pytest");
      const why = result.timedOut ? "they took longer than 25 minutes" : lastLine(result.tail);
      const cannot = result.timedOut || result.tail.includes("No module named pytest");
      return cannot ? testsNotRun(why) : [no("model", `python -m pytest did not start: ${why}`), ...testsNotRun(why)];
    } finally {
      await rm(report, { force: true });
    }
  }
}

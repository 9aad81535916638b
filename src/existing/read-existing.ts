import type { Brief, BriefField, Conflict } from "../brief/brief.ts";
import { isBriefField, problemWith } from "../brief/fields.ts";
import type { Catalog } from "../catalog/schema.ts";
import { redactSecrets } from "../secrets.ts";
import { readCode } from "./code.ts";
import { isTrial } from "./commands.ts";
import { readDataFiles } from "./data.ts";
import { baseName, type ExistingFile, type Finding } from "./file.ts";
import { type Pin, pinsOf, readPackages } from "./packages.ts";
import { isBeside, type Run, runsOf } from "./runs.ts";
import { readOptions, readSettings } from "./settings.ts";

/** What somebody's project says about the work. */
export interface ExistingProject {
  /** Fields with `from: "project"`. */
  brief: Brief;
  /** What was found and where; the first of a field is the one in the brief. */
  findings: Finding[];
  /** Packages that are held to a major version. */
  pins: Pin[];
  /** Ways to start the training that were left for another, and configurations that it does not load. */
  conflicts: Conflict[];
  /** What a person should know: secrets seen, files that disagree. */
  notices: string[];
}

/** Beyond this nothing is read: a project's own texts are small, and what is larger is data. */
const MOST_FILES = 2000;
const MOST_CHARACTERS = 16 * 2 ** 20;
const MOST_CHARACTERS_PER_FILE = 512 * 1024;

/**
 * Reads a project's files: our own plan first, then what its training really loads (options of the command that starts
 * it, its configurations, its script), then everything else, data and packages; where two say something of one field,
 * the first in this order counts and the disagreement is told. File contents are data: nothing in them is run or
 * obeyed, and secrets are masked before anything is read.
 */
export function readExisting(files: readonly ExistingFile[], catalog: Catalog): ExistingProject {
  const notices: string[] = [];
  const read = masked(files, notices);
  const runs = runsOf(read);
  const [run] = runs;
  const left = new Set(run ? leftOut(read, runs, run, catalog) : []);
  const considered = read.filter(({ path }) => !left.has(path));
  const ranked = considered
    .map((file) => ({ file, rank: rankIn(run, file) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ file }) => file);
  const set = new Map(considered.filter(isConfiguration).map((file) => [file.path, readSettings(file, catalog)]));
  const decided = run?.configurations.some((path) => set.get(path)?.some((f) => f.field === "method"));
  /** A program that is told its method has a branch for each: "load_in_4bit=True" in one of them is no choice. */
  const isBranch = ({ field, value, path }: Finding): boolean =>
    decided === true &&
    /\.py$/i.test(path) &&
    (field === "method" || (field === "current" && "baseQuantization" in (value as object)));
  const findings = [
    ...read.flatMap(readOwnPlan),
    ...(run ? readOptions(run, catalog) : []),
    ...ranked
      .filter((file) => speaksOfTraining(run, file))
      .flatMap((file) => set.get(file.path) ?? readSettings(file, catalog)),
    ...ranked.filter((file) => !isBeside(file)).flatMap((file) => readCode(file, catalog)),
    ...readDataFiles(read),
    ...read.flatMap(readPackages),
  ].filter((f) => problemWith(f.field, f.value) === undefined && !isBranch(f));
  const brief: Brief = {};
  for (const finding of findings) place(brief, finding, findings, run, notices);
  return {
    brief,
    findings,
    pins: read.flatMap(pinsOf),
    conflicts: run ? conflictsOf(runs, run, [...left], new Set(findings.map((f) => f.path))) : [],
    notices: [...new Set(notices)],
  };
}

/** The files that are read, the nearest to the root first, without their secrets. */
function masked(files: readonly ExistingFile[], notices: string[]): ExistingFile[] {
  const read: ExistingFile[] = [];
  let characters = 0;
  for (const file of [...files].sort((a, b) => depth(a.path) - depth(b.path) || (a.path < b.path ? -1 : 1))) {
    if (read.length >= MOST_FILES || characters > MOST_CHARACTERS) {
      notices.push(`Only the first ${read.length} files of the project were read.`);
      break;
    }
    const { text, found } = redactSecrets(file.text.slice(0, MOST_CHARACTERS_PER_FILE));
    for (const { kind, service } of found.slice(0, 1))
      notices.push(`${file.path} holds a ${kind}: take it out and revoke it at ${service}.`);
    characters += text.length;
    read.push({ ...file, text, bytes: file.bytes ?? file.text.length });
  }
  return read;
}

/** A run's own files come first; of the others configurations before programs, unless the run's settings are in code. */
function rankIn(run: Run | undefined, file: ExistingFile): number {
  const at = run?.configurations.indexOf(file.path) ?? -1;
  if (at !== -1) return at;
  if (run?.programs.includes(file.path)) return 1000;
  return isConfiguration(file) ? (run?.script === undefined ? 999 : 1001) : 1002;
}

/** Whose settings are the training's: of programs those that the run is made of, where it is known. */
const speaksOfTraining = (run: Run | undefined, file: ExistingFile): boolean =>
  /\.py$/i.test(file.path) && run?.script !== undefined ? run.programs.includes(file.path) : !isBeside(file);

/**
 * Files that speak of other runs: configurations that the run does not load, where it loads some, and the scripts and
 * command lines of runs that were left for this one.
 */
function leftOut(read: readonly ExistingFile[], runs: readonly Run[], run: Run, catalog: Catalog): string[] {
  const filesOf = (r: Run): string[] => [...r.programs, fileOf(r), ...r.configurations];
  const own = new Set(filesOf(run));
  const others = new Set(runs.flatMap(filesOf));
  return read
    .filter(({ path }) => !own.has(path))
    .filter(
      (file) =>
        others.has(file.path) ||
        (run.configurations.length > 0 && isConfiguration(file) && readSettings(file, catalog).length > 0),
    )
    .map(({ path }) => path);
}

const fileOf = ({ place }: Run): string => place.replace(/:\d+$/, "");

/** Which run was taken, and what was left for it. `telling` are the files that said something. */
function conflictsOf(
  runs: readonly Run[],
  run: Run,
  left: readonly string[],
  telling: ReadonlySet<string>,
): Conflict[] {
  const told = (r: Run): string => {
    const loaded = r === run ? r.configurations.filter((path) => telling.has(path)) : r.configurations;
    return loaded.length > 0 ? `${r.place} with ${shortList(loaded)}` : r.place;
  };
  const key = ({ script, configurations, options }: Run): string =>
    JSON.stringify([script, configurations, [...options]]);
  const others = [...new Set(runs.filter((r) => key(r) !== key(run)).map(told))];
  const unused = left.filter(
    (path) => CONFIGURATION.test(path) && !isTrial(path) && !runs.some((r) => r.configurations.includes(path)),
  );
  const conflict = (text: string): Conflict => ({ fields: ["current"], text });
  return [
    ...(others.length > 0
      ? [conflict(`The project starts training in several ways: ${told(run)} was taken; ${shortList(others)} left.`)]
      : []),
    ...(unused.length > 0
      ? [conflict(`${told(run)} was taken: it does not load ${shortList(unused)}, so nothing was read there.`)]
      : []),
  ];
}

/** A few names, and how many more. */
const shortList = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(", ") : `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;

const CONFIGURATION = /\.(?:ya?ml|json)$/i;
const isConfiguration = ({ path }: ExistingFile): boolean => CONFIGURATION.test(path) && baseName(path) !== "plan.json";
const depth = (path: string): number => path.split("/").length;

function place(brief: Brief, finding: Finding, all: readonly Finding[], run: Run | undefined, notices: string[]): void {
  const known = brief[finding.field];
  if (known === undefined) {
    Object.assign(brief, { [finding.field]: { value: finding.value, from: "project" } });
    return;
  }
  if (finding.field === "constraints" && Array.isArray(known.value)) {
    const union = [...new Set([...known.value, ...(finding.value as string[])])];
    Object.assign(brief, { constraints: { value: union, from: "project" } });
    return;
  }
  if (finding.field === "current") {
    // Trainer, launcher and DeepSpeed each state a part of one set-up.
    const value = { ...(finding.value as object), ...(known.value as object) };
    Object.assign(brief, { current: { value, from: "project" } });
    return;
  }
  if (JSON.stringify(known.value) === JSON.stringify(finding.value)) return;
  const first = all.find((f) => f.field === finding.field);
  // What a program holds beside the configuration that it loads is a default, or means something else.
  const loaded = first !== undefined && run?.configurations.includes(first.path) && /\.py$/i.test(finding.path);
  if (first && !loaded)
    notices.push(
      `${finding.field}: ${placeOf(first)} says ${JSON.stringify(first.value)}, ${placeOf(finding)} says ${JSON.stringify(finding.value)}; the first was used.`,
    );
}

/** "configs/train.yaml:3": where a person looks. */
export const placeOf = ({ path, line }: Finding): string => (line === undefined ? path : `${path}:${line}`);

/** A project that we wrote carries its plan: what was said then is known. */
function readOwnPlan(file: ExistingFile): Finding[] {
  if (baseName(file.path) !== "plan.json") return [];
  let plan: unknown;
  try {
    plan = JSON.parse(file.text);
  } catch {
    return [];
  }
  const { planHash, brief } = (plan ?? {}) as { planHash?: unknown; brief?: unknown };
  if (typeof planHash !== "string" || typeof brief !== "object" || brief === null) return [];
  return Object.entries(brief).flatMap(([field, said]): Finding[] => {
    const value = (said as { value?: unknown } | null)?.value;
    if (!isBriefField(field) || value === undefined || value === null) return [];
    return [
      {
        field: field as BriefField,
        value: value as Finding["value"],
        path: file.path,
        words: "the plan it was written for",
      },
    ];
  });
}

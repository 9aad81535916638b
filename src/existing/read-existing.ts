import type { Brief, BriefField, Conflict } from "../brief/brief.ts";
import { isBriefField, problemWith } from "../brief/fields.ts";
import type { Catalog } from "../catalog/schema.ts";
import { redactSecrets } from "../secrets.ts";
import { readCode } from "./code.ts";
import { readDataFiles } from "./data.ts";
import { baseName, type ExistingFile, type Finding } from "./file.ts";
import { type Pin, pinsOf, readPackages } from "./packages.ts";
import { type Run, runsOf } from "./runs.ts";
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
  const findings = [
    ...read.flatMap(readOwnPlan),
    ...(run ? readOptions(run, catalog) : []),
    ...ranked.flatMap((file) => readSettings(file, catalog)),
    ...ranked.flatMap((file) => readCode(file, catalog)),
    ...readDataFiles(read),
    ...read.flatMap(readPackages),
  ].filter((f) => problemWith(f.field, f.value) === undefined);
  const brief: Brief = {};
  for (const finding of findings) place(brief, finding, findings, notices);
  return {
    brief,
    findings,
    pins: read.flatMap(pinsOf),
    conflicts: run ? conflictsOf(runs, run, [...left]) : [],
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
  if (run?.script === file.path) return 1000;
  return isConfiguration(file) ? (run?.script === undefined ? 999 : 1001) : 1002;
}

/**
 * Files that speak of other runs: configurations that the run does not load, where it loads some, and the scripts and
 * command lines of runs that were left for this one.
 */
function leftOut(read: readonly ExistingFile[], runs: readonly Run[], run: Run, catalog: Catalog): string[] {
  const own = new Set([run.script, fileOf(run), ...run.configurations]);
  const others = new Set(runs.flatMap((other) => [other.script, fileOf(other), ...other.configurations]));
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

/** Which run was taken, and what was left for it. */
function conflictsOf(runs: readonly Run[], run: Run, left: readonly string[]): Conflict[] {
  const told = (r: Run): string =>
    r.configurations.length > 0 ? `${r.place} with ${r.configurations.join(" and ")}` : r.place;
  const key = ({ script, configurations, options }: Run): string =>
    JSON.stringify([script, configurations, [...options]]);
  const others = [...new Map(runs.filter((r) => key(r) !== key(run)).map((r) => [told(r), r])).keys()];
  const unused = left.filter(
    (path) => /\.(?:ya?ml|json)$/i.test(path) && !runs.some((r) => r.configurations.includes(path)),
  );
  return [
    ...(others.length > 0
      ? [
          {
            fields: ["current"] as BriefField[],
            text: `The project starts training in several ways: ${told(run)} was taken; ${shortList(others)} left.`,
          },
        ]
      : []),
    ...(unused.length > 0
      ? [
          {
            fields: ["current"] as BriefField[],
            text: `${told(run)} was taken: it does not load ${shortList(unused)}, so nothing was read there.`,
          },
        ]
      : []),
  ];
}

/** A few names, and how many more. */
const shortList = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(", ") : `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;

const isConfiguration = ({ path }: ExistingFile): boolean => /\.(?:ya?ml|json)$/i.test(path);
const depth = (path: string): number => path.split("/").length;

function place(brief: Brief, finding: Finding, all: readonly Finding[], notices: string[]): void {
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
  if (first)
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

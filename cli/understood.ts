import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { ExistingProject } from "../src/existing.ts";
import {
  AdvisorError,
  advise,
  type Brief,
  type BriefField,
  blockingLines,
  type Catalog,
  catalog,
  type Plan,
  type ReadAnswer,
  readText,
  setField,
  teamBrief,
  teamCatalog,
  teamPlaces,
  withTeam,
} from "../src/index.ts";
import type { Team } from "../src/parse.ts";
import { readBriefFile } from "./brief-file.ts";

/** The UTC day that prices and dates are judged by. The core has no clock. */
export const today = (): string => new Date().toISOString().slice(0, 10);

export interface Said {
  text?: string;
  briefFile?: string;
  /** Folder of an existing project. */
  project?: string;
  /** A team file, or false for none; by default the first of `teamPlaces` that exists. */
  team?: string | false;
  set: readonly string[];
}

/** What was understood, and the facts that the team may use. */
export interface Understood extends Omit<ReadAnswer, "questions"> {
  catalog: Catalog;
  existing?: ExistingProject;
  /** The team's file, and the brief as it is without it. */
  standing?: { path: string; team: Team; said: Brief };
}

/**
 * What a person said, the strongest last: the team's standing words, the existing project, the brief file, the words
 * they typed now, `--set`. What the reader only inferred from the words gives way to a file, which states it.
 */
export async function understood({ text, briefFile, project, team, set }: Said): Promise<Understood> {
  const read: Omit<ReadAnswer, "questions"> =
    text === undefined ? { brief: {}, conflicts: [], notices: [] } : readText(text, catalog, { today: today() });
  const notices = [...read.notices];
  let brief = read.brief;
  if (briefFile !== undefined) brief = overlaid(brief, await readBriefFile(briefFile), "the brief file", notices);
  const existing = project === undefined ? undefined : await existingProject(project, notices);
  if (existing) brief = overlaid(brief, existing.brief, "the project", notices);
  for (const change of set) brief = setField(brief, change);
  const settled = new Set(set.map((change) => change.split("=", 1)[0]?.trim()));
  const conflicts = [...read.conflicts, ...(existing?.conflicts ?? [])].filter(
    ({ fields }) => !fields.some((field) => settled.has(field)),
  );
  const standing = await teamOf(project ?? ".", team);
  const found = existing ? { existing } : {};
  if (standing === undefined) return { brief, conflicts, notices, catalog, ...found };
  notices.push(`${standing.path}: what your team always says was used; --no-team leaves it out.`);
  return {
    brief: withTeam(brief, teamBrief(standing.team, catalog)),
    conflicts,
    notices,
    catalog: teamCatalog(catalog, standing.team),
    standing: { ...standing, said: brief },
    ...found,
  };
}

/** What an existing project says, told with where each field was found. */
async function existingProject(folder: string, notices: string[]): Promise<ExistingProject> {
  const [{ readExistingFolder }, { placeOf, readExisting }] = await Promise.all([
    import("../src/adapters/existing.ts"),
    import("../src/existing.ts"),
  ]);
  const there = await readExistingFolder(folder);
  const project = readExisting(there.files, catalog);
  notices.push(...there.notices, ...project.notices);
  const told = Object.keys(project.brief).map((field) => {
    const first = project.findings.find((f) => f.field === field);
    return `${field} ${JSON.stringify(project.brief[field as BriefField]?.value)}${first ? ` (${placeOf(first)})` : ""}`;
  });
  notices.push(
    told.length === 0
      ? `${folder}: nothing in ${there.files.length} files says what to plan; your words are all there is.`
      : `From the project: ${told.join(", ")}.`,
  );
  return project;
}

/** The named team file, or the first that exists where one may lie. */
async function teamOf(
  folder: string,
  named: string | false | undefined,
): Promise<{ path: string; team: Team } | undefined> {
  if (named === false) return undefined;
  const configuration = process.env.XDG_CONFIG_HOME || join(homedir(), ".config");
  const path = named ?? teamPlaces(folder, configuration).find((place) => existsSync(place));
  if (path === undefined) return undefined;
  const [{ readTeamFile }, { parseTeam }] = await Promise.all([
    import("../src/adapters/team.ts"),
    import("../src/parse.ts"),
  ]);
  return { path, team: parseTeam(await readTeamFile(path), catalog) };
}

/** What was said now, over what a file says; a difference is told. */
function overlaid(words: Brief, file: Brief, name: string, notices: string[]): Brief {
  const brief: Record<string, unknown> = { ...file };
  for (const [field, said] of Object.entries(words)) {
    const filed = file[field as BriefField];
    if (filed === undefined) brief[field] = said;
    else if (said.from !== "inferred") {
      brief[field] = said;
      if (JSON.stringify(filed.value) !== JSON.stringify(said.value))
        notices.push(
          `${field}: your words say ${JSON.stringify(said.value)}, ${name} ${JSON.stringify(filed.value)}; your words were used.`,
        );
    }
  }
  return brief as Brief;
}

/** Text, brief file and flags → plan. */
export async function planned(said: Said): Promise<Plan> {
  const read = await understood(said);
  const plan = withBlockingLines(advise(read, read.catalog, { today: today() }), read);
  return read.existing ? withContradictions(plan, read.existing) : plan;
}

/** Where nothing fits because of what the team always says, its lines are named: nobody typed them now. */
function withBlockingLines(plan: Plan, { standing, ...read }: Understood): Plan {
  if (plan.status !== "infeasible" || standing === undefined) return plan;
  const ways = blockingLines(standing.team, (team) => {
    const brief = withTeam(standing.said, teamBrief(team, catalog));
    return advise({ ...read, brief }, teamCatalog(catalog, team), { today: today() }).status !== "infeasible";
  });
  if (ways.length === 0) return plan;
  const named = ways.map((lines) => lines.map((line) => `\`${line}\``).join(" and ")).join(", or without ");
  const told = `${standing.path} stands in the way: without ${named} there is a plan.`;
  return { ...plan, notices: [told, ...plan.notices] };
}

/** What the project's files say otherwise than its plan; the hash speaks of the answer and stays. */
async function withContradictions(plan: Plan, existing: ExistingProject): Promise<Plan> {
  const { contradictions } = await import("../src/existing.ts");
  return { ...plan, notices: [...plan.notices, ...contradictions(existing, plan, await pinnedBy(plan))] };
}

/** The requirements of the project that would be written; none where no project would be. */
async function pinnedBy(plan: Plan): Promise<string> {
  if (plan.status !== "feasible") return "";
  const [{ chooseTemplate }, { listTemplates, readTemplate }] = await Promise.all([
    import("../src/project.ts"),
    import("../src/adapters/files.ts"),
  ]);
  try {
    const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
    return template.files.get("requirements.txt") ?? "";
  } catch (error) {
    // No template fits this plan: nothing is written, so nothing is pinned.
    if (error instanceof AdvisorError) return "";
    throw error;
  }
}

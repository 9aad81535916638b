import { AdvisorError } from "../error.ts";
import { sha256Hex } from "../hash.ts";
import type { Plan } from "../plan/plan.ts";
import type { Workload } from "../plan/workload.ts";
import { dataCard, modelCard } from "./cards.ts";
import { uncheckedChecklist } from "./checklist.ts";
import { configs } from "./configs.ts";
import { type ProjectContext, planName, projectContext } from "./context.ts";
import { costs } from "./costs.ts";
import { deploymentSettings } from "./deployment-settings.ts";
import { checkNotADependency, environmentExamples, namedCondaEnvironment, namedPyproject } from "./environment.ts";
import { handoff } from "./handoff.ts";
import { stableJson } from "./json.ts";
import { launchFiles } from "./launch.ts";
import { MANIFEST_PATH, type ManifestFile, type ProjectManifest } from "./manifest.ts";
import { rename, selectParts, templateFiles } from "./parts.ts";
import { checkPath, checkProjectName } from "./path.ts";
import { platformSettings } from "./platform-settings.ts";
import { readme } from "./readme.ts";
import { checkSecrets } from "./secrets.ts";
import { security } from "./security.ts";
import { owns, partKind, type Template } from "./template.ts";
import { checkTrainable } from "./trainable.ts";
import { cutYaml, editYaml } from "./yaml-edit.ts";

export interface ScaffoldOptions {
  /** Checked; `projectNameFrom` derives one from a directory's name. */
  projectName: string;
  /** The plan as Markdown, as every front end shows it: PLAN.md. */
  planMarkdown: string;
}

/** A file of a project with the reason it is there. */
interface Written {
  text: string;
  owner: ManifestFile["owner"];
  decision: string;
}

/**
 * The whole project as path → text, sorted by path: the template's files for this plan's choices, byte for byte,
 * and the files that speak of the plan. Equal arguments give equal maps.
 */
export function scaffold(plan: Plan, template: Template, options: ScaffoldOptions): Map<string, string> {
  const projectName = checkProjectName(options.projectName);
  checkNotADependency(projectName, template.files.get("requirements.txt") ?? "");
  checkTrainable(plan, template);
  const choices = selectParts(plan, template);
  const context = projectContext(plan, workloadOf(plan), template, choices, projectName);

  const files = new Map<string, Written>();
  const planFiles = new Set(template.manifest.planFiles.map((path) => rename(template.manifest.rename, path)));
  const fromPlan = planTexts(context, options.planMarkdown, planFiles);
  for (const [path, text] of templateFiles(template, choices)) {
    // The template's own text of a plan file stands in for the plan's in the template only.
    if (planFiles.has(path) && fromPlan.has(path)) continue;
    put(files, path, { text, owner: "template", decision: partOf(context, path) });
  }
  for (const [path, written] of fromPlan) put(files, path, { ...written, owner: "plan" });

  checkCaseless([...files.keys()]);
  files.set(MANIFEST_PATH, { text: stableJson(manifestOf(context, files)), owner: "plan", decision: "project" });
  for (const [path, { text }] of files) checkSecrets(path, text);
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, { text }]) => [path, text]));
}

/** A project is written for an answer that works. */
function workloadOf(plan: Plan): Workload {
  if (plan.status === "feasible" && plan.workload !== undefined) return plan.workload;
  if (plan.status === "off-ramp") {
    throw new AdvisorError(
      "not-available",
      "Cannot write a training project: the plan advises against training",
      plan.headline,
    );
  }
  const [repair] = plan.repairs;
  throw new AdvisorError(
    "not-available",
    `Cannot write a project for a plan that does not work: ${plan.blockers[0]?.text ?? plan.headline}`,
    repair ? `What would work: ${repair.summary}.` : "Change the request until the plan is feasible.",
  );
}

type PlanText = Omit<Written, "owner">;

/** Everything the core writes. Two sources for one path are an error in `put`, hence the flat list. */
function planTexts(
  context: ProjectContext,
  planMarkdown: string,
  planFiles: ReadonlySet<string>,
): Map<string, PlanText> {
  const { plan, template, projectName } = context;
  const texts = new Map<string, PlanText>();
  const add = (path: string, text: string, decision: string): void => {
    if (texts.has(path)) throw collision(path);
    texts.set(path, { text, decision });
  };
  add("README.md", readme(context), "project");
  add("PLAN.md", planMarkdown.endsWith("\n") ? planMarkdown : `${planMarkdown}\n`, "project");
  add("plan.json", stableJson(withoutSpans(plan)), "project");
  add("COSTS.md", costs(context), "platform");
  add("CHECKLIST.md", uncheckedChecklist(), "project");
  add("SECURITY.md", security(context), "project");
  add("models/MODEL_CARD.md", modelCard(context), "method");
  if (planFiles.has("data/DATA_CARD.md")) add("data/DATA_CARD.md", dataCard(context), "data");
  for (const [path, text] of handoff(context)) add(path, text, "project");
  for (const [path, text] of configs(context)) add(path, text, path === "configs/serve.yaml" ? "deployment" : "method");
  for (const [path, text] of launchFiles(context)) add(path, text, "distributed");
  for (const [path, text] of deploymentFiles(context)) add(path, text, "deployment");
  for (const [path, text] of platformSettings(context)) add(path, text, "platform");
  for (const [path, text] of environmentExamples(context)) add(path, text, "platform");
  const pyproject = template.files.get("pyproject.toml");
  if (pyproject !== undefined) add("pyproject.toml", namedPyproject(pyproject, projectName), "framework");
  const conda = template.files.get("environment.yml");
  if (conda !== undefined) add("environment.yml", namedCondaEnvironment(conda, projectName), "framework");
  return texts;
}

/** The chosen deployment's own settings with the plan's values in them; all else stays the template's. */
function deploymentFiles(context: ProjectContext): [string, string][] {
  const { plan, template } = context;
  const head = `# Written by ml-architect ${plan.plannerVersion} from plan ${planName(plan)}; an update keeps what you edit here.\n`;
  return deploymentSettings(context).flatMap(({ path, edits, without = [] }) => {
    const text = template.files.get(path);
    return text === undefined ? [] : [[path, head + cutYaml(path, editYaml(path, text, edits), without)]];
  });
}

/** Spans point into words that the project does not keep; who said the same in a conversation has none. */
const withoutSpans = (plan: Plan): Plan => ({
  ...plan,
  brief: Object.fromEntries(
    Object.entries(plan.brief).map(([field, { span: _, ...value }]) => [field, value]),
  ) as Plan["brief"],
});

/** One owner a path. */
function put(files: Map<string, Written>, path: string, written: Written): void {
  if (files.has(checkPath(path))) throw collision(path);
  files.set(path, written);
}

const collision = (path: string): AdvisorError =>
  new AdvisorError(
    "invalid-fact",
    `Two sources write ${JSON.stringify(path)}: a file has one owner`,
    "List the path in the template's planFiles, or move it into one part.",
  );

/** "Readme.md" beside "README.md" is one file on macOS and Windows; so is a file where another needs a folder. */
function checkCaseless(paths: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const known = seen.get(path.toLowerCase());
    if (known !== undefined) throw collision(`${known} and ${path}`);
    seen.set(path.toLowerCase(), path);
  }
  for (const path of paths) {
    const folders = path.toLowerCase().split("/").slice(0, -1);
    for (let n = 1; n <= folders.length; n++) if (seen.has(folders.slice(0, n).join("/"))) throw collision(path);
  }
}

/** Which decision put a template's file there. */
function partOf(context: ProjectContext, path: string): string {
  const part = context.choices.find(({ used }) => used !== undefined && owns(used, path))?.used;
  return part === undefined ? "framework" : partKind(part);
}

function manifestOf(context: ProjectContext, files: ReadonlyMap<string, Written>): ProjectManifest {
  const { plan, template, projectName } = context;
  return {
    schemaVersion: 1,
    generator: { name: "ml-architect", version: plan.plannerVersion },
    planHash: plan.planHash,
    template: template.manifest.id,
    projectName,
    files: Object.fromEntries(
      [...files].map(([path, { text, owner, decision }]) => [path, { sha256: sha256Hex(text), owner, decision }]),
    ),
    proposals: {},
  };
}

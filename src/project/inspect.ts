import { parse } from "yaml";
import { z } from "zod";
import { findSecrets } from "../secrets.ts";
import type { Finding } from "./checklist.ts";
import { dependencies } from "./dependencies.ts";
import { check, no, open, yes } from "./finding.ts";
import type { ProjectManifest } from "./manifest.ts";

/** A project as far as it can be judged without running anything. */
export interface ProjectSnapshot {
  /** Path → text of every text file, without environments, caches and outputs. */
  files: ReadonlyMap<string, string>;
  folders: ReadonlySet<string>;
  manifest: ProjectManifest | null;
}

/** The part of plan.json that evidence is read from; a plan of a later version may hold more. */
const PlanFacts = z.object({
  planHash: z.string(),
  decisions: z.array(z.object({ name: z.string(), choice: z.string(), documents: z.array(z.string()) })),
  documents: z.array(z.object({ id: z.string(), title: z.string(), asOf: z.string() })),
  training: z.object({ seed: z.number() }).optional(),
});

/** Everything that reading the files can show, item by item. */
export function inspect(project: ProjectSnapshot): Finding[] {
  return [
    ...documents(project),
    ...structure(project),
    ...dependencies(project.files),
    ...configuration(project),
    ...environment(project),
    ...documented(project),
    ...reproducibility(project),
  ];
}

function planOf({ files }: ProjectSnapshot): z.infer<typeof PlanFacts> | undefined {
  try {
    return PlanFacts.parse(JSON.parse(files.get("plan.json") ?? ""));
  } catch {
    return undefined;
  }
}

function documents(project: ProjectSnapshot): Finding[] {
  const plan = planOf(project);
  if (plan === undefined)
    return [open("documents", "plan.json is not there or cannot be read: what was read is not known")];
  return ["framework", "platform"].map((name): Finding => {
    const decision = plan.decisions.find((d) => d.name === name);
    if (decision === undefined) return open("documents", `the plan has no decision on the ${name}`);
    const cited = plan.documents.filter((d) => decision.documents.includes(d.id));
    const shown = cited.map((d) => `"${d.title}" (${d.asOf})`).join(", ");
    return check(
      "documents",
      cited.length > 0,
      `${name} (${decision.choice}) cites ${shown}`,
      `${name} (${decision.choice}) cites no document`,
    );
  });
}

const FOLDERS = ["data", "configs", "models", "scripts", "notebooks", "inference", "src", "tests"];

function structure({ folders, files, manifest }: ProjectSnapshot): Finding[] {
  const missing = FOLDERS.filter((folder) => !folders.has(folder));
  const lost = Object.keys(manifest?.files ?? {}).filter((path) => !files.has(path));
  return [
    check("structure", missing.length === 0, `${FOLDERS.join(", ")} are there`, `missing: ${missing.join(", ")}`),
    ...(manifest === null
      ? [open("structure", "no .ml-architect/manifest.json: which files belong to the project is not known")]
      : [
          check(
            "structure",
            lost.length === 0,
            `all ${Object.keys(manifest.files).length} files of the manifest are there`,
            `deleted since: ${lost.slice(0, 5).join(", ")}`,
          ),
        ]),
  ];
}

function configuration({ files }: ProjectSnapshot): Finding[] {
  const paths = [...files.keys()].filter((path) => /^configs\/[^/]+\.ya?ml$/.test(path)).sort();
  const broken = paths.filter((path) => !parses(files.get(path) ?? ""));
  const silent = paths.filter((path) => !/^#/m.test(files.get(path) ?? ""));
  if (paths.length === 0) return [no("configs", "configs/ holds no YAML file")];
  return [
    check(
      "configs",
      broken.length === 0,
      `${paths.length} files parse: ${paths.join(", ")}`,
      `not valid YAML: ${broken.join(", ")}`,
    ),
    check(
      "configs",
      silent.length === 0,
      "each has a comment that says what it is for",
      `without any comment: ${silent.join(", ")}`,
    ),
  ];
}

function parses(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

function environment({ files }: ProjectSnapshot): Finding[] {
  const readme = files.get("README.md") ?? "";
  const ignore = files.get(".gitignore") ?? "";
  const words = [/\bpython\b\s*[~=<>]*\s*3\.\d+/i, /\bcuda\b/i, /\bdriver\b/i];
  const unsaid = ["the Python version", "CUDA", "the driver"].filter((_, at) => words[at]?.test(readme) === false);
  const found = [...files].flatMap(([path, text]) => findSecrets(text).map((s) => `${path} (${s.kind})`));
  return [
    check(
      "environment",
      unsaid.length === 0,
      "README says which Python, CUDA and driver",
      `README does not name ${unsaid.join(", ")}`,
    ),
    check("environment", files.has(".env.example"), ".env.example is there", ".env.example is missing"),
    check("environment", /^\.env(\*|\.\*)?$/m.test(ignore), ".env is ignored by git", ".gitignore does not name .env*"),
    check(
      "environment",
      found.length === 0,
      `no key or password in ${files.size} text files`,
      `looks like a secret: ${found.slice(0, 3).join(", ")}`,
    ),
  ];
}

/** Where the files of each way to serve lie. */
const DEPLOYMENTS: Readonly<Record<string, string>> = {
  "fastapi-docker": "inference/docker",
  vllm: "inference/vllm",
  "hf-inference-endpoints": "inference/endpoints",
  "modal-functions": "inference/modal",
};

/** That the way to serve which the plan chose is the one that the project can go. */
function chosenDeployment(project: ProjectSnapshot): Finding[] {
  const choice = planOf(project)?.decisions.find((d) => d.name === "deployment")?.choice;
  if (choice === undefined) return [];
  const folder = DEPLOYMENTS[choice];
  if (folder === undefined) return [open("deployment", `no version of this project has files for ${choice} yet`)];
  const own = [...project.files].filter(([path]) => path.startsWith(`${folder}/`));
  if (own.length === 0) return [open("deployment", `${folder}/ is not there: the project has no files for ${choice}`)];
  const broken = own.filter(([path, text]) => /\.ya?ml$/.test(path) && !parses(text)).map(([path]) => path);
  return [
    check(
      "deployment",
      own.some(([path]) => path === `${folder}/README.md`),
      `${choice}: ${own.length} files in ${folder}/, with instructions`,
      `${folder}/ has no README.md for ${choice}, which the plan chose`,
    ),
    check("deployment", broken.length === 0, `${choice}: its settings parse`, `not valid YAML: ${broken.join(", ")}`),
  ];
}

function documented(project: ProjectSnapshot): Finding[] {
  const { files, folders } = project;
  const readme = files.get("README.md") ?? "";
  const costs = files.get("COSTS.md") ?? "";
  const section = (pattern: RegExp): boolean =>
    readme.split("\n").some((line) => /^#{1,3} /.test(line) && pattern.test(line));
  return [
    check("costs", /\$\s?\d/.test(costs), "COSTS.md has figures", "COSTS.md is missing, or has no figure"),
    check("costs", /\b20\d\d-\d\d/.test(costs), "COSTS.md is dated", "COSTS.md has no date"),
    check(
      "costs",
      /not included/i.test(costs),
      "COSTS.md says what is not included",
      "COSTS.md does not say what is not included",
    ),
    check("deployment", section(/deploy/i), "README has a deployment section", "README has no deployment section"),
    check("deployment", folders.has("inference"), "inference/ is there", "inference/ is missing"),
    ...chosenDeployment(project),
    check("readme", section(/quick ?start/i), "README has a quickstart", "README has no quickstart"),
    check("readme", section(/troubleshoot/i), "README has troubleshooting", "README has no troubleshooting"),
    check(
      "readme",
      /out of memory/i.test(readme),
      "troubleshooting names out of memory",
      "troubleshooting says nothing on memory",
    ),
  ];
}

function reproducibility(project: ProjectSnapshot): Finding[] {
  const base = settingsOf(project.files.get("configs/base.yaml"));
  const seed = base?.project?.seed;
  const revision = base?.model?.revision;
  const planned = planOf(project)?.training?.seed;
  const text = project.files.get("requirements.lock") ?? "";
  return [
    check(
      "reproducibility",
      seed !== undefined,
      `the seed is ${seed}${planned === undefined || planned === seed ? "" : ` (the plan said ${planned})`}`,
      "configs/base.yaml sets no project.seed",
    ),
    check(
      "reproducibility",
      text.includes("--hash=sha256:"),
      "packages are locked by hash",
      "packages are not locked by hash",
    ),
    typeof revision === "string" && /^[0-9a-f]{40}$/.test(revision)
      ? yes("reproducibility", `the base model is pinned to ${revision.slice(0, 12)}`)
      : open("reproducibility", "model.revision is not pinned to a commit: two runs may load different weights"),
  ];
}

const Base = z.object({
  project: z.object({ seed: z.number().int() }).optional().catch(undefined),
  model: z.object({ revision: z.string().nullable() }).optional().catch(undefined),
});

function settingsOf(text: string | undefined): z.infer<typeof Base> | undefined {
  try {
    return Base.parse(parse(text ?? ""));
  } catch {
    return undefined;
  }
}

import { z } from "zod";
import type { Finding } from "./checklist.ts";
import { dependencies } from "./dependencies.ts";
import { check, open } from "./finding.ts";
import { configuration, reproducibility } from "./inspect-configuration.ts";
import { chosenDeployment } from "./inspect-deployment.ts";
import { costs, deployment, environment, readme } from "./inspect-documentation.ts";
import { samples } from "./inspect-samples.ts";
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
  documents: z.array(z.object({ id: z.string(), title: z.string(), url: z.string().optional(), asOf: z.string() })),
  training: z.object({ seed: z.number() }).optional(),
  serving: z.object({ engine: z.string() }).optional(),
});
export type PlanFacts = z.infer<typeof PlanFacts>;

/** Everything that reading the files can show, item by item. */
export function inspect(project: ProjectSnapshot): Finding[] {
  const { files } = project;
  const plan = planOf(files);
  return [
    ...documents(plan),
    ...structure(project),
    ...dependencies(files),
    ...configuration(files),
    ...samples(files),
    ...environment(files),
    ...costs(files, plan),
    ...deployment(project, plan),
    ...chosenDeployment(files, plan),
    ...readme(files),
    ...reproducibility(files, plan),
  ];
}

function planOf(files: ReadonlyMap<string, string>): PlanFacts | undefined {
  try {
    return PlanFacts.parse(JSON.parse(files.get("plan.json") ?? ""));
  } catch {
    return undefined;
  }
}

/** The decisions that rest on somebody's documentation. */
const READ = ["framework", "platform", "deployment"];

function documents(plan: PlanFacts | undefined): Finding[] {
  if (plan === undefined)
    return [
      open(
        "documents",
        "plan.json is not there or cannot be read: what was read is not known",
        "`ml-architect new .` with the same words writes it again.",
      ),
    ];
  return READ.flatMap((name): Finding[] => {
    const decision = plan.decisions.find((d) => d.name === name);
    // Nobody has to ask for a server.
    if (decision === undefined && name === "deployment") return [];
    if (decision === undefined)
      return [
        open("documents", `the plan has no decision on the ${name}`, "`ml-architect plan --project .` decides it."),
      ];
    const cited = plan.documents.filter((d) => decision.documents.includes(d.id));
    const shown = cited.map((d) => `"${d.title}" (${[d.url, `read ${d.asOf}`].filter(Boolean).join(", ")})`).join(", ");
    return [
      check(
        "documents",
        cited.length > 0,
        `plan.json: ${name} (${decision.choice}) cites ${shown}`,
        `plan.json: ${name} (${decision.choice}) cites no document`,
      ),
    ];
  });
}

const FOLDERS = ["data", "configs", "models", "scripts", "notebooks", "inference", "src", "tests"];

function structure({ folders, files, manifest }: ProjectSnapshot): Finding[] {
  const missing = FOLDERS.filter((folder) => !folders.has(folder));
  const lost = Object.keys(manifest?.files ?? {}).filter((path) => !files.has(path));
  return [
    check("structure", missing.length === 0, `${FOLDERS.join(", ")} are there`, `missing: ${missing.join(", ")}`),
    ...(manifest === null
      ? [
          open(
            "structure",
            "no .ml-architect/manifest.json: which files belong to the project is not known",
            "`ml-architect new . --force` makes it ours and keeps every file as it is.",
          ),
        ]
      : [
          check(
            "structure",
            lost.length === 0,
            `all ${Object.keys(manifest.files).length} files of the manifest are there`,
            `deleted since: ${lost.slice(0, 5).join(", ")} (\`ml-architect new .\` writes them again)`,
          ),
        ]),
  ];
}

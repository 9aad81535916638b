import { parse } from "yaml";
import { z } from "zod";
import type { Finding } from "./checklist.ts";
import { checkConfiguration } from "./configuration-check.ts";
import { check, no, open } from "./finding.ts";
import type { PlanFacts } from "./inspect.ts";

/** Whether every configuration is there, says what it is for, and holds what the project's schema takes. */
export function configuration(files: ReadonlyMap<string, string>): Finding[] {
  const paths = [...files.keys()].filter((path) => /^configs\/[^/]+\.ya?ml$/.test(path)).sort();
  if (paths.length === 0) return [no("configs", "configs/ holds no YAML file")];
  const silent = paths.filter((path) => !/^#/m.test(files.get(path) ?? ""));
  return [
    accepted(files, paths),
    check(
      "configs",
      silent.length === 0,
      "each has a comment that says what it is for",
      `without any comment: ${silent.join(", ")}`,
    ),
  ];
}

function accepted(files: ReadonlyMap<string, string>, paths: readonly string[]): Finding {
  const schema = files.get("configs/schema.json");
  const complaints = paths.flatMap((path) => {
    const text = files.get(path) ?? "";
    const broken = notYaml(text);
    if (broken !== undefined) return [`${path} is not valid YAML: ${broken}`];
    // A launcher's own settings, such as those of accelerate, stand under other names than the project's sections.
    if (schema === undefined || !hasSections(text, schema)) return [];
    return checkConfiguration(text, schema).map((complaint) => `${path}: ${complaint.text}`);
  });
  const against = schema === undefined ? "valid YAML" : "what configs/schema.json takes";
  return check(
    "configs",
    complaints.length === 0,
    `${paths.length} files are ${against}: ${paths.join(", ")}`,
    complaints.slice(0, 3).join("; "),
  );
}

function notYaml(text: string): string | undefined {
  try {
    parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split("\n")[0] : String(error);
  }
}

function hasSections(text: string, schema: string): boolean {
  const known = Object.keys((JSON.parse(schema) as { properties?: object }).properties ?? {});
  const given = Object.keys((parse(text) as object | null) ?? {});
  return given.length === 0 || given.some((name) => known.includes(name));
}

const Base = z.object({
  project: z.object({ seed: z.number().int() }).optional().catch(undefined),
  model: z.object({ id: z.string().optional(), revision: z.string().nullable() }).optional().catch(undefined),
});

function settingsOf(text: string | undefined): z.infer<typeof Base> | undefined {
  try {
    return Base.parse(parse(text ?? ""));
  } catch {
    return undefined;
  }
}

const COMMIT = /^[0-9a-f]{40}$/;

/** Seeds, hashes and commits: what makes a second run the same run. */
export function reproducibility(files: ReadonlyMap<string, string>, plan: PlanFacts | undefined): Finding[] {
  const base = settingsOf(files.get("configs/base.yaml"));
  const seed = base?.project?.seed;
  const revision = base?.model?.revision;
  const planned = plan?.training?.seed;
  const hashes = (files.get("requirements.lock") ?? "").match(/--hash=sha256:/g)?.length ?? 0;
  return [
    check(
      "reproducibility",
      seed !== undefined,
      `configs/base.yaml: the seed is ${seed}${planned === undefined || planned === seed ? "" : ` (the plan said ${planned})`}`,
      "configs/base.yaml sets no project.seed",
    ),
    check(
      "reproducibility",
      hashes > 0,
      `requirements.lock names every package by hash (${hashes})`,
      "packages are not locked by hash",
    ),
    typeof revision === "string" && revision !== ""
      ? check(
          "reproducibility",
          COMMIT.test(revision),
          `configs/base.yaml: the base model is pinned to ${revision.slice(0, 12)}`,
          `configs/base.yaml: model.revision is "${revision.slice(0, 40)}": a branch or tag moves, only a commit of 40 digits stays`,
        )
      : open(
          "reproducibility",
          "configs/base.yaml: model.revision names no commit: two runs may load different weights",
          "`make pin-revision` asks the hub and writes it.",
        ),
  ];
}

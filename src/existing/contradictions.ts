import type { BriefValues } from "../brief/brief.ts";
import { optimizerNamed } from "../plan/described.ts";
import type { Plan, TrainingSettings } from "../plan/plan.ts";
import type { Finding } from "./file.ts";
import type { Pin } from "./packages.ts";
import { type ExistingProject, placeOf } from "./read-existing.ts";

/** Fields of a brief that the plan's training settles too, and how a person says them. */
const SETTLED = {
  method: "method",
  microBatchSize: "micro batch",
  sequenceLength: "sample length",
  acceleratorCount: "accelerators",
  nodeCount: "machines",
} as const satisfies Partial<Record<keyof BriefValues & keyof TrainingSettings, string>>;

type Current = NonNullable<BriefValues["current"]>;
const CURRENT = {
  dtype: "dtype",
  sharding: "sharding",
  offload: "offload",
  gradientCheckpointing: "gradient checkpointing",
  gradientAccumulationSteps: "accumulation steps",
  attention: "attention",
  fusedLoss: "fused loss",
  baseQuantization: "quantisation of the base",
  loraRank: "LoRA rank",
  loraAlpha: "LoRA alpha",
  loraTargets: "LoRA targets",
  learningRate: "learning rate",
} as const satisfies Partial<Record<keyof Current & keyof TrainingSettings, string>>;

/**
 * What a project's own files say otherwise than the plan, each with its place: settings that differ, a set-up that does
 * not fit, packages that are a major version behind `pinned`, the requirements of the project that the plan writes.
 */
export function contradictions(project: ExistingProject, plan: Plan, pinned = ""): string[] {
  const out: string[] = [];
  const { training } = plan;
  if (training)
    for (const finding of effective(project.findings))
      for (const { name, theirs, ours } of differing(finding, training))
        out.push(`${placeOf(finding)} sets ${name} ${shown(theirs)}; the plan trains with ${shown(ours)}.`);
  const { described } = plan;
  const config = project.findings.find((f) => f.field === "current" || f.field === "microBatchSize");
  if (described && described.status !== "fits" && config)
    out.push(
      `As ${config.path} stands, ${described.failed ? "the run died" : "the run does not fit comfortably"}: ${described.headline}`,
    );
  return [...new Set([...out, ...outdated(project.pins, pinned)])];
}

/** What counts of each field and setting: where two places speak of one, the first. */
function effective(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter(({ field, value }) => {
    const names = field === "current" ? Object.keys(value as Current) : [field];
    const fresh = names.some((name) => !seen.has(name));
    for (const name of names) seen.add(name);
    return fresh;
  });
}

function differing(
  { field, value }: Finding,
  training: TrainingSettings,
): { name: string; theirs: unknown; ours: unknown }[] {
  const pairs =
    field === "current"
      ? [
          ...Object.entries(CURRENT).map(([key, name]) => ({
            name,
            theirs: (value as Current)[key as keyof typeof CURRENT],
            ours: training[key as keyof typeof CURRENT],
          })),
          { name: "optimizer", theirs: optimizerNamed((value as Current).optimizer ?? ""), ours: training.optimizer },
          // The project that is written packs nothing until it is told to.
          { name: "packing", theirs: (value as Current).packing, ours: false },
        ]
      : Object.hasOwn(SETTLED, field)
        ? [
            {
              name: SETTLED[field as keyof typeof SETTLED],
              theirs: value,
              ours: training[field as keyof typeof SETTLED],
            },
          ]
        : [];
  return pairs.filter(({ theirs, ours }) => theirs !== undefined && ours !== undefined && theirs !== ours);
}

const shown = (value: unknown): string => (typeof value === "boolean" ? (value ? "on" : "off") : String(value));

/** Packages that both sides pin, theirs a major version behind: settings and file formats changed between them. */
function outdated(pins: readonly Pin[], pinned: string): string[] {
  const ours = new Map(
    [...pinned.matchAll(/^([a-z0-9][\w.-]*)(?:\[[^\]]*\])?==(\d+)\.([\w.]+)/gim)].map((m) => [
      m[1]!.toLowerCase().replace(/[-_.]+/g, "-"),
      { major: Number(m[2]), version: `${m[2]}.${m[3]}` },
    ]),
  );
  return pins.flatMap(({ name, major, words, path, line }) => {
    const known = ours.get(name);
    return known && major < known.major
      ? [`${path}:${line} pins ${words}; the plan's project pins ${name} ${known.version}, a later major version.`]
      : [];
  });
}

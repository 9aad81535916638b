import { distance } from "fastest-levenshtein";
import { z } from "zod";
import { problemWith } from "../brief/fields.ts";
import { findAccelerator, nearestNames } from "../catalog/names.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import { findSecrets } from "../secrets.ts";

const day = z.iso.date();
const positive = z.number().positive().finite();
const word = z.string().min(1).max(200);

/** Hardware that the team owns, or has reserved and pays for anyway. */
const OwnedAccelerator = z.strictObject({
  accelerator: word,
  count: z.int().positive().max(1e6).default(1),
  nodes: z.int().positive().max(1e5).default(1),
  hostMemoryGib: positive.max(1e7).optional(),
  kind: z.enum(["owned", "reserved"]).default("owned"),
});

/** A price that was agreed with a platform: it stands in for the platform's list price. */
const AgreedPrice = z.strictObject({
  platform: word,
  accelerator: word,
  acceleratorCount: z.int().positive().max(1024).default(1),
  instanceType: word.optional(),
  region: word.default("any"),
  pricing: z.enum(["on-demand", "spot", "reserved-1y"]).default("on-demand"),
  usdPerHour: positive.max(1e6),
  asOf: day,
});

const Budget = z.strictObject({
  amount: z.number().min(0).max(1e15),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default("USD"),
  period: z.enum(["total", "month", "hour"]).default("total"),
});

/** What a team always has to say, once. */
export const Team = z.strictObject({
  accelerators: z.array(OwnedAccelerator).max(50).optional(),
  prices: z.array(AgreedPrice).max(500).optional(),
  /** Platforms that may be used; absent allows all. */
  platforms: z.array(word).min(1).max(50).optional(),
  /** Regions that may be used, as the platforms spell them; absent allows all. */
  regions: z.array(word).min(1).max(200).optional(),
  budget: Budget.optional(),
  /** Brief constraints that always hold: hipaa, gdpr, soc2, eu-only, commercial-licence, existing-aws, … */
  compliance: z.array(word).max(30).optional(),
  environments: z.array(z.enum(["dev", "staging", "prod"])).optional(),
  framework: word.optional(),
  tracker: z.enum(["tensorboard", "wandb", "mlflow"]).optional(),
  dataLocation: word.optional(),
  /** People who may change this in Slack: their member ids. */
  administrators: z.array(word).max(100).optional(),
});
export type Team = z.infer<typeof Team>;

/** Checks a team file's value: unknown keys, unknown hardware and platforms, and secrets are errors that say what to do. */
export function parseTeam(value: unknown, catalog: Catalog): Team {
  const secret = findSecrets(JSON.stringify(value) ?? "")[0];
  if (secret)
    throw new AdvisorError(
      "secret-found",
      `team.yaml holds a ${secret.kind}`,
      `Take it out and revoke it at ${secret.service}: keys belong in the environment.`,
    );
  const result = Team.safeParse(value ?? {});
  if (!result.success) throw refusalOf(value, result.error.issues[0]!);
  const team = result.data;
  for (const { accelerator } of [...(team.accelerators ?? []), ...(team.prices ?? [])])
    if (!findAccelerator(catalog, accelerator))
      throw unknown(
        "accelerator",
        accelerator,
        catalog.accelerators.map((a) => a.id),
      );
  const platforms = catalog.platforms.map((p) => p.id);
  for (const platform of [...(team.platforms ?? []), ...(team.prices ?? []).map((p) => p.platform)])
    if (!platforms.includes(platform)) throw unknown("platform", platform, platforms);
  for (const constraint of team.compliance ?? [])
    if (problemWith("constraints", [constraint])) throw unknownConstraint(constraint);
  refuseSlip(
    "framework",
    team.framework,
    catalog.frameworks.map((f) => f.id),
    2,
  );
  const regions = catalog.prices.map((p) => p.region);
  for (const region of team.regions ?? []) refuseSlip("regions", region, regions, 1);
  return team;
}

/** Each field as a file writes it: what a person who got one wrong wants to see. */
const EXAMPLES: Readonly<Record<keyof Team, string>> = {
  accelerators: "accelerators: [{ accelerator: A100 80GB, count: 4 }]",
  prices: "prices: [{ platform: lambda, accelerator: H100 SXM, usdPerHour: 1.99, asOf: 2026-10-01 }]",
  platforms: "platforms: [lambda, aws]",
  regions: "regions: [eu-west-1]",
  budget: "budget: { amount: 500, currency: USD, period: month }",
  compliance: "compliance: [hipaa]",
  environments: "environments: [dev, staging, prod]",
  framework: "framework: transformers",
  tracker: "tracker: mlflow",
  dataLocation: "dataLocation: s3://bucket",
  administrators: "administrators: [U012ABCDEF]",
};

type Issue = z.core.$ZodIssue;

/** The first thing that is wrong, as "what, what was expected, what stands there", and how the field is written. */
function refusalOf(value: unknown, issue: Issue): AdvisorError {
  const [field] = issue.path;
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const known =
      field === undefined
        ? Team
        : field === "accelerators"
          ? OwnedAccelerator
          : field === "prices"
            ? AgreedPrice
            : Budget;
    const names = Object.keys(known.shape);
    const near = nearestNames(key, names, 1)[0];
    return new AdvisorError(
      "unknown-name",
      `team.yaml: unknown field "${path ? `${path}.` : ""}${key}"`,
      near
        ? `Did you mean "${near}"?`
        : `Known fields${field === undefined ? "" : ` of ${String(field)}`}: ${names.join(", ")}.`,
    );
  }
  const given = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], value);
  const example = EXAMPLES[field as keyof Team];
  const fault =
    given === undefined ? "is missing" : `must be ${expectedBy(issue)}, not ${JSON.stringify(given).slice(0, 60)}`;
  const near = issue.code === "invalid_value" ? nearestNames(String(given), issue.values.map(String), 1)[0] : undefined;
  return new AdvisorError(
    "invalid-input",
    `team.yaml: ${path || "the file"} ${fault}`,
    `${near ? `Did you mean "${near}"? ` : ""}${example ? `For example \`${example}\`.` : `Fields: ${Object.keys(EXAMPLES).join(", ")}.`}`,
  );
}

const KINDS: Readonly<Record<string, string>> = {
  array: "a list in brackets",
  object: "fields with values",
  string: "text",
};

function expectedBy(issue: Issue): string {
  switch (issue.code) {
    case "invalid_type":
      return KINDS[issue.expected] ?? (issue.expected === "int" ? "a whole number" : `a ${issue.expected}`);
    case "invalid_value":
      return `one of ${issue.values.join(", ")}`;
    case "too_small":
      return `${issue.origin === "array" ? "a list of " : ""}${issue.inclusive ? "at least" : "more than"} ${issue.minimum}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    case "invalid_format":
      return issue.format === "date" ? "a day such as 2026-10-01" : "three capital letters such as EUR";
    default:
      return issue.message;
  }
}

/** A name that is free, but almost one that is known, is a slip: `pytroch`, `eu-wst-1`. Digits tell places apart and are no slip. */
function refuseSlip(field: string, name: string | undefined, known: readonly string[], mostEdits: number): void {
  const stem = (text: string): string => text.toLowerCase().replace(/[\d\s]+/g, "");
  if (name === undefined || known.some((other) => stem(other) === stem(name))) return;
  const near = [...new Set(known)].find((other) => distance(stem(other), stem(name)) <= mostEdits);
  if (near !== undefined)
    throw new AdvisorError("unknown-name", `team.yaml: unknown name "${name}" in ${field}`, `Did you mean "${near}"?`);
}

function unknownConstraint(name: string): AdvisorError {
  const known = (problemWith("constraints", [name]) ?? "").replace(/^expected a list of /, "").split(", ");
  const near = nearestNames(name, known, 1)[0];
  return new AdvisorError(
    "unknown-name",
    `team.yaml: unknown name "${name}" in compliance`,
    near ? `Did you mean "${near}"?` : `Known: ${known.join(", ")}.`,
  );
}

const unknown = (kind: string, name: string, names: readonly string[]): AdvisorError =>
  new AdvisorError(
    "unknown-name",
    `team.yaml: unknown ${kind} "${name}"`,
    `Nearest: ${nearestNames(name, names, 3).join(", ")}. \`ml-architect catalog show ${kind}s\` lists them.`,
  );

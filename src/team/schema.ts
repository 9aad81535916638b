import { z } from "zod";
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

/** What a team always has to say, once. */
export const Team = z.strictObject({
  accelerators: z.array(OwnedAccelerator).max(50).optional(),
  prices: z.array(AgreedPrice).max(500).optional(),
  /** Platforms that may be used; absent allows all. */
  platforms: z.array(word).min(1).max(50).optional(),
  /** Regions that may be used, as the platforms spell them; absent allows all. */
  regions: z.array(word).min(1).max(200).optional(),
  budget: z
    .strictObject({
      amount: z.number().min(0).max(1e15),
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/)
        .default("USD"),
      period: z.enum(["total", "month", "hour"]).default("total"),
    })
    .optional(),
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
  if (!result.success) {
    const issue = result.error.issues[0]!;
    const path = issue.path.join(".");
    if (issue.code === "unrecognized_keys") {
      const key = issue.keys[0]!;
      const at = issue.path[0] === "accelerators" ? OwnedAccelerator : issue.path[0] === "prices" ? AgreedPrice : Team;
      const near = nearestNames(key, Object.keys(at.shape), 1)[0];
      throw new AdvisorError(
        "unknown-name",
        `team.yaml: unknown field "${path ? `${path}.` : ""}${key}"`,
        near ? `Did you mean "${near}"?` : `Known fields: ${Object.keys(at.shape).join(", ")}.`,
      );
    }
    throw new AdvisorError(
      "invalid-input",
      `team.yaml: ${path ? `${path}: ` : ""}${issue.message}`,
      "README.md shows a whole team.yaml.",
    );
  }
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
  return team;
}

const unknown = (kind: string, name: string, names: readonly string[]): AdvisorError =>
  new AdvisorError(
    "unknown-name",
    `team.yaml: unknown ${kind} "${name}"`,
    `Nearest: ${nearestNames(name, names, 3).join(", ")}. \`ml-architect catalog show ${kind}s\` lists them.`,
  );

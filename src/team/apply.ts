import type { Brief, BriefField, BriefValues, Constraint } from "../brief/brief.ts";
import { briefFromValues } from "../brief/values.ts";
import { findAccelerator } from "../catalog/names.ts";
import type { Catalog, Price } from "../catalog/schema.ts";
import { hashOf } from "../hash.ts";
import type { Team } from "./schema.ts";

/** Fields that speak of the machine: who states one of them speaks of another machine than the team's. */
const MACHINE: readonly BriefField[] = [
  "accelerator",
  "acceleratorCount",
  "acceleratorMemoryGib",
  "nodeCount",
  "hostMemoryGib",
  "stock",
  "owned",
];
/** Words that send the work elsewhere than to hardware that is owned. */
const ELSEWHERE: readonly BriefField[] = ["platform"];
const OPPOSITES: Readonly<Partial<Record<Constraint, Constraint>>> = { "spot-ok": "no-spot", "no-spot": "spot-ok" };

/** One card that a team has is the machine; of several the planner takes what the work needs. */
function machineOf(accelerators: NonNullable<Team["accelerators"]>, catalog: Catalog): BriefValues {
  const stock = accelerators.map((own) => ({
    accelerator: findAccelerator(catalog, own.accelerator)?.id ?? own.accelerator,
    acceleratorCount: own.count,
    ...(own.nodes > 1 && { nodeCount: own.nodes }),
    ...(own.hostMemoryGib !== undefined && { hostMemoryGib: own.hostMemoryGib }),
  }));
  const [only] = stock;
  if (only === undefined) return {};
  return stock.length === 1 && only.acceleratorCount === 1 ? { ...only, owned: true } : { stock, owned: true };
}

/** The team's standing words as a brief, all `from: "team"`. */
export function teamBrief(team: Team, catalog: Catalog): Brief {
  const { budget } = team;
  return briefFromValues(
    {
      ...machineOf(team.accelerators ?? [], catalog),
      ...(budget?.currency === "USD" && { budgetUsd: budget.amount, budgetPeriod: budget.period }),
      ...(budget && budget.currency !== "USD" && { budget: { amount: budget.amount, currency: budget.currency } }),
      ...(team.compliance && team.compliance.length > 0 && { constraints: team.compliance }),
      ...(team.environments && { environments: team.environments }),
      ...(team.framework && { framework: team.framework }),
      ...(team.tracker && { tracker: team.tracker }),
      ...(team.dataLocation && { dataLocation: team.dataLocation }),
    },
    "team",
  );
}

/**
 * What was said, over what the team always says. A machine or a budget is replaced whole, never mixed; constraints add
 * up, but for one that contradicts what was said.
 */
export function withTeam(said: Brief, team: Brief): Brief {
  const speaksOf = (fields: readonly BriefField[]): boolean => fields.some((f) => said[f] !== undefined);
  const left = { ...team };
  const drop = (fields: readonly BriefField[]): void => {
    for (const field of fields) delete left[field];
  };
  if (speaksOf(MACHINE) || speaksOf(ELSEWHERE)) drop(MACHINE);
  if (speaksOf(["budgetUsd", "budget"])) drop(["budgetUsd", "budget", "budgetPeriod"]);
  const stated = said.constraints?.value ?? [];
  const standing = (left.constraints?.value ?? []).filter((c) => !stated.includes(OPPOSITES[c] ?? c));
  const merged: Brief = { ...left, ...said };
  if (standing.length > 0)
    merged.constraints = { ...(said.constraints ?? { from: "team" }), value: [...stated, ...standing] };
  return merged;
}

const catalogs = new WeakMap<Catalog, WeakMap<Team, Catalog>>();

/** The catalog as the team may use it: its platforms and regions, and the prices it agreed in place of list prices. */
export function teamCatalog(catalog: Catalog, team: Team): Catalog {
  const { platforms, regions, prices } = team;
  if (!platforms && !regions && !prices) return catalog;
  const known = catalogs.get(catalog)?.get(team);
  if (known) return known;
  const agreed = (prices ?? []).map((p): Price => {
    const accelerator = findAccelerator(catalog, p.accelerator)?.id ?? p.accelerator;
    return {
      platform: p.platform,
      product: "agreed",
      instanceType: p.instanceType ?? `${p.acceleratorCount} of ${accelerator}`,
      accelerator,
      acceleratorCount: p.acceleratorCount,
      region: p.region,
      pricing: p.pricing,
      usdPerHour: p.usdPerHour,
      source: "team.yaml",
      asOf: p.asOf,
      confidence: "vendor",
    };
  });
  const replaced = new Set(agreed.map((p) => `${p.platform}|${p.accelerator}|${p.pricing}`));
  const allowed = (p: Price): boolean =>
    (!platforms || platforms.includes(p.platform)) &&
    (!regions || p.region === "any" || regions.includes(p.region)) &&
    !replaced.has(`${p.platform}|${p.accelerator}|${p.pricing}`);
  const limited: Catalog = {
    ...catalog,
    prices: [...catalog.prices.filter(allowed), ...agreed],
    digest: hashOf({ catalog: catalog.digest, platforms, regions, prices }),
  };
  limited.limits = (["platforms", "regions"] as const).flatMap((field) => {
    const { [field]: value, ...others } = team;
    return value ? [{ file: "team.yaml", field, value, without: () => teamCatalog(catalog, others) }] : [];
  });
  const ofCatalog = catalogs.get(catalog) ?? new WeakMap<Team, Catalog>();
  ofCatalog.set(team, limited);
  catalogs.set(catalog, ofCatalog);
  return limited;
}

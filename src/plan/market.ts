import { inCount, isEuRegion, offersFor } from "../catalog/prices.ts";
import type { Catalog, Price } from "../catalog/schema.ts";
import type { Hardware } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Where renting is possible at all, by what the person said. */
export interface Market {
  platforms: ReadonlySet<string> | undefined;
  euOnly: boolean;
  spot: boolean;
}

/** Endpoints sold for serving are no place to train. */
const SERVING_ONLY = new Set(["hf-inference-endpoints", "together"]);

export function marketOf(w: Workload, catalog: Catalog): Market | undefined {
  if (w.constraints.includes("no-cloud") || w.constraints.includes("air-gapped") || w.constraints.includes("offline"))
    return undefined;
  const accounts = new Set<string>();
  if (w.constraints.includes("existing-aws")) for (const p of ["aws", "sagemaker"]) accounts.add(p);
  if (w.constraints.includes("existing-gcp")) accounts.add("gcp");
  if (w.constraints.includes("existing-azure")) accounts.add("azure");
  const platforms =
    w.platform !== undefined && w.platform !== "local"
      ? new Set([w.platform])
      : accounts.size > 0
        ? accounts
        : undefined;
  return {
    platforms: certified(w, catalog, platforms),
    euOnly: w.constraints.includes("eu-only") || w.constraints.includes("gdpr"),
    spot: w.constraints.includes("spot-ok"),
  };
}

/** Certificates that a constraint asks for, as the platforms' facts name them. */
const CERTIFICATES = { hipaa: "HIPAA", soc2: "SOC 2" } as const;

/** Of the allowed platforms, those with every certificate that was asked for; undefined allows all. */
function certified(w: Workload, catalog: Catalog, allowed: Set<string> | undefined): ReadonlySet<string> | undefined {
  const needed = (["hipaa", "soc2"] as const).filter((c) => w.constraints.includes(c)).map((c) => CERTIFICATES[c]);
  if (needed.length === 0) return allowed;
  const holders = catalog.platforms.filter((p) => needed.every((n) => p.certifications.some((c) => c.startsWith(n))));
  return new Set(holders.map((p) => p.id).filter((id) => allowed === undefined || allowed.has(id)));
}

/**
 * The best offer of each platform with at least this many accelerators in one machine, cheapest first. Where a platform
 * sells only larger machines, the smallest of them is the honest price of one accelerator there.
 */
export function marketOffers(
  catalog: Catalog,
  market: Market,
  accelerator: string,
  count: number,
  forServing = false,
): Price[] {
  const best = new Map<string, Price>();
  for (const sold of offersFor(catalog, accelerator)) {
    const offer = inCount(sold, count);
    if (offer.acceleratorCount < count || offer.confidence === "stale") continue;
    if (offer.pricing === "reserved-1y" || (offer.pricing === "spot" && !market.spot)) continue;
    if (market.platforms ? !market.platforms.has(offer.platform) : !forServing && SERVING_ONLY.has(offer.platform))
      continue;
    if (market.euOnly && !isEuRegion(offer.region)) continue;
    const known = best.get(offer.platform);
    if (
      !known ||
      offer.usdPerHour < known.usdPerHour ||
      (offer.usdPerHour === known.usdPerHour && offer.region < known.region)
    )
      best.set(offer.platform, offer);
  }
  return [...best.values()].sort((a, b) => a.usdPerHour - b.usdPerHour || (a.platform < b.platform ? -1 : 1));
}

/** What a plan says of the machine that is rented. */
export function offerOf(price: Price): NonNullable<Hardware["offer"]> {
  const { platform, instanceType, acceleratorCount, region, pricing, usdPerHour, source, asOf } = price;
  return { platform, instanceType, acceleratorCount, region, pricing, usdPerHour, source, asOf };
}

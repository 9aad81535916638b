import { inCount, isEuRegion, offersFor } from "../catalog/prices.ts";
import type { Catalog, Platform, Price } from "../catalog/schema.ts";
import { remembered } from "../remembered.ts";
import { CERTIFICATES, effortUsd, isNamed } from "./effort.ts";
import type { Hardware } from "./plan.ts";
import type { Wishes } from "./workload.ts";

/** What renting is for: a training run, servers of one's own, functions paid by use, or an endpoint that somebody else runs. */
export type Purpose = "training" | "serving" | "serverless" | "managed";

/** Where renting is possible at all, by what the person said. */
export interface Market {
  catalog: Catalog;
  purpose: Purpose;
  /** Id → the work that its set-up is worth, USD. */
  allowed: ReadonlyMap<string, { platform: Platform; effortUsd: number }>;
  euOnly: boolean;
  spot: boolean;
  /** Machines of unknown hosts are no place for data that somebody must answer for. */
  strangers: boolean;
}

/** An offer as this person would pay it. */
export interface Offered extends Price {
  effortUsd: number;
  /** The machine stands at a third party that the platform only brokers. */
  strangersMachine: boolean;
}

const STAYS_HOME = ["air-gapped", "offline", "no-cloud"] as const;
const ACCOUNTS = { "existing-aws": "AWS", "existing-gcp": "Google Cloud", "existing-azure": "Azure" } as const;
/** Host behind one accelerator where processor and memory are billed apart: what loads an 8B's shards and feeds a trainer. */
const HOST = { cores: 4, memoryGib: 32 };

/** Why this platform is out of the question, whatever it costs; undefined where it is allowed. */
export function ruledOut(platform: Platform, w: Wishes, purpose: Purpose = "training"): string | undefined {
  const has = (c: (typeof w.constraints)[number]): boolean => w.constraints.includes(c);
  if (platform.id === "local") return undefined;
  const home = STAYS_HOME.find(has);
  if (home) return `${home}: nothing may leave the building`;
  const named = w.platform !== undefined && isNamed(platform, w.platform);
  if (w.platform !== undefined && !named) return `you asked for ${w.platform}`;
  if (platform.traits.servingOnly !== (purpose === "managed"))
    return platform.traits.servingOnly ? "serves models, does not train them" : "sells machines, not endpoints";
  if (named) return missingCertificate(platform, w);
  const account = (Object.keys(ACCOUNTS) as (keyof typeof ACCOUNTS)[]).filter(has);
  if (account.length > 0 && !account.some((a) => platform.traits.account === a))
    return `you are on ${account.map((a) => ACCOUNTS[a]).join(" and ")}: another provider is another contract, and the data would move there`;
  if (w.ownAccount && platform.traits.account === undefined)
    return "its machines stand in its own network, not in a VPC of yours";
  if (purpose === "training" && has("managed-mlops") && !platform.traits.managed)
    return "rents machines: queues, retries, lineage and the registry would be yours, and managed MLOps is asked for";
  if (platform.kind === "marketplace" && keepsCare(w))
    return "its hosts are strangers: not for data that you must answer for";
  return missingCertificate(platform, w);
}

function missingCertificate(platform: Platform, w: Wishes): string | undefined {
  const missing = (["hipaa", "soc2"] as const)
    .filter((c) => w.constraints.includes(c))
    .map((c) => CERTIFICATES[c])
    .filter((name) => !platform.certifications.some((c) => c.startsWith(name)));
  return missing.length > 0 ? `no ${missing.join(" or ")} certificate of it is known here` : undefined;
}

/** Data that somebody must answer for. */
export const keepsCare = (w: Wishes): boolean =>
  w.constraints.some((c) => c === "hipaa" || c === "soc2" || c === "gdpr" || c === "eu-only");

/** Where this person may rent, for a purpose; undefined where nothing may leave the building. The same wishes get the same market. */
export const marketOf = (w: Wishes, catalog: Catalog, purpose: Purpose = "training"): Market | undefined =>
  marketFor(catalog, { w, purpose });

const marketFor = remembered(openMarket, ({ w, purpose }) =>
  [purpose, w.platform, w.ownAccount, ...w.constraints].join("|"),
);

function openMarket(catalog: Catalog, { w, purpose }: { w: Wishes; purpose: Purpose }): Market | undefined {
  if (STAYS_HOME.some((c) => w.constraints.includes(c))) return undefined;
  // A platform "local" beside words that allow renting: the person's own machine first, the market for comparison.
  const asked: Wishes = w.platform === "local" ? { ...w, platform: undefined } : w;
  return {
    catalog,
    purpose,
    allowed: new Map(
      catalog.platforms
        .filter((p) => p.id !== "local" && ruledOut(p, asked, purpose) === undefined)
        .map((platform) => [platform.id, { platform, effortUsd: effortUsd(platform, w) }]),
    ),
    euOnly: w.constraints.includes("eu-only") || w.constraints.includes("gdpr"),
    spot: w.constraints.includes("spot-ok"),
    strangers: !keepsCare(w),
  };
}

/**
 * The best offer of each platform with at least this many accelerators in one machine, cheapest first. Where a platform
 * sells only larger machines, the smallest of them is the honest price of one accelerator there.
 */
export const marketOffers = (market: Market, accelerator: string, count: number): readonly Offered[] =>
  offersIn(market, { accelerator, count });

const offersIn = remembered(bestOffers, ({ accelerator, count }) => `${accelerator}|${count}`);

function bestOffers(market: Market, { accelerator, count }: { accelerator: string; count: number }): Offered[] {
  const { catalog, purpose } = market;
  const best = new Map<string, Offered>();
  for (const sold of offersFor(catalog, accelerator)) {
    const offer = inCount(sold, count);
    const allowed = market.allowed.get(offer.platform);
    if (!allowed || offer.acceleratorCount < count || offer.confidence === "stale") continue;
    if (offer.pricing === "reserved-1y" || (offer.pricing === "spot" && !market.spot)) continue;
    if (!soldFor(offer, purpose)) continue;
    if (market.euOnly && !isEuRegion(offer.region)) continue;
    const strangersMachine = offer.product === "pod-community" || allowed.platform.kind === "marketplace";
    // A run that a stranger's machine ends is run again; a server that it ends is an outage.
    if (strangersMachine && (!market.strangers || purpose !== "training")) continue;
    const usdPerHour = withHost(offer, allowed.platform);
    const known = best.get(offer.platform);
    if (!known || usdPerHour < known.usdPerHour || (usdPerHour === known.usdPerHour && offer.region < known.region))
      best.set(offer.platform, { ...offer, usdPerHour, effortUsd: allowed.effortUsd, strangersMachine });
  }
  return [...best.values()].sort((a, b) => a.usdPerHour - b.usdPerHour || (a.platform < b.platform ? -1 : 1));
}

/** Endpoints priced apart from machines, jobs that end, and functions are each good for something else. */
function soldFor({ platform, product }: Price, purpose: Purpose): boolean {
  if (product === "serverless-flex" || product === "dedicated-endpoint") return false;
  if (platform === "modal") return purpose === "training" || purpose === "serverless";
  if (platform === "hf-jobs") return purpose === "training";
  return purpose !== "serverless";
}

/** With processor and memory, where the platform bills them on top of the accelerator; to 1e-6 USD, for the hash. */
function withHost(offer: Price, { traits }: Platform): number {
  const perAccelerator =
    HOST.cores * (traits.hostUsdPerCoreHour ?? 0) + HOST.memoryGib * (traits.hostUsdPerGibHour ?? 0);
  return Math.round((offer.usdPerHour + perAccelerator * offer.acceleratorCount) * 1e6) / 1e6;
}

/** What a plan says of the machine that is rented. */
export function offerOf(price: Price): NonNullable<Hardware["offer"]> {
  const { platform, instanceType, acceleratorCount, region, pricing, usdPerHour, source, asOf } = price;
  const vendor = platform === "hf-inference-endpoints" ? { vendor: price.product } : {};
  return { platform, instanceType, acceleratorCount, region, pricing, usdPerHour, source, asOf, ...vendor };
}

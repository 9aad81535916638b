import type { Catalog, Price, Pricing } from "./schema.ts";

/** What to look for. A field left out does not restrict. */
export interface OfferQuery {
  /** Catalog id. */
  accelerator: string;
  /** Exactly this many in one machine. */
  acceleratorCount?: number;
  pricing?: Pricing;
  /** Region names as the platforms spell them; "any" is an offer whose region is not named. */
  regions?: readonly string[];
  platforms?: readonly string[];
}

const indexes = new WeakMap<Catalog, Map<string, Price[]>>();

/** All offers of an accelerator, the newest reading of each. */
export function offersFor(catalog: Catalog, accelerator: string): readonly Price[] {
  let index = indexes.get(catalog);
  if (!index) {
    index = new Map();
    for (const price of newestReadings(catalog.prices)) {
      const offers = index.get(price.accelerator);
      if (offers) offers.push(price);
      else index.set(price.accelerator, [price]);
    }
    indexes.set(catalog, index);
  }
  return index.get(accelerator) ?? [];
}

const TRUST: readonly Price["confidence"][] = ["stale", "third-party", "mirror", "vendor"];

/** Where two lists read the same offer, keeps the newer; on one day, the closer to the vendor. A stale one never wins. */
function newestReadings(prices: readonly Price[]): Iterable<Price> {
  const newest = new Map<string, Price>();
  for (const price of prices) {
    const { platform, product, instanceType, accelerator, acceleratorCount, region, pricing } = price;
    const key = [platform, product, instanceType, accelerator, acceleratorCount, region, pricing].join("|");
    const known = newest.get(key);
    if (!known || isBetterReading(price, known)) newest.set(key, price);
  }
  return newest.values();
}

function isBetterReading(a: Price, b: Price): boolean {
  if ((a.confidence === "stale") !== (b.confidence === "stale")) return b.confidence === "stale";
  return a.asOf === b.asOf ? TRUST.indexOf(a.confidence) > TRUST.indexOf(b.confidence) : a.asOf > b.asOf;
}

/**
 * Offers that match, cheapest first; equal prices by platform, instance type and region.
 * Stale prices appear only where nothing fresher matches. An offer sold by the single accelerator
 * (`maxAcceleratorCount`) answers a larger count with its price multiplied.
 */
export function cheapestOffers(catalog: Catalog, query: OfferQuery): Price[] {
  const { accelerator, acceleratorCount, pricing, regions, platforms } = query;
  const matching = offersFor(catalog, accelerator)
    .filter(
      (price) =>
        (pricing === undefined || price.pricing === pricing) &&
        (regions === undefined || regions.includes(price.region)) &&
        (platforms === undefined || platforms.includes(price.platform)),
    )
    .map((price) => (acceleratorCount === undefined ? price : inCount(price, acceleratorCount)))
    .filter((price) => acceleratorCount === undefined || price.acceleratorCount === acceleratorCount);
  const fresh = matching.filter((price) => price.confidence !== "stale");
  return (fresh.length > 0 ? fresh : matching).sort(byPrice);
}

/** An offer sold by the single accelerator, in the asked count; any other offer as it is. */
export function inCount(price: Price, count: number): Price {
  if (price.acceleratorCount !== 1 || count === 1 || count > (price.maxAcceleratorCount ?? 1)) return price;
  // Rounded to 1e-6 USD, so that the last bits of the product never reach a hash.
  const usdPerHour = Math.round(price.usdPerHour * count * 1e6) / 1e6;
  return { ...price, acceleratorCount: count, instanceType: severalOf(price.instanceType, count), usdPerHour };
}

/** "1x b200-sxm" → "8x b200-sxm"; chips of a TPU have no machine's name. */
function severalOf(instanceType: string, count: number): string {
  if (instanceType === "per chip") return `${count} chips`;
  return instanceType.startsWith("1x ") ? `${count}x ${instanceType.slice(3)}` : `${count} of ${instanceType}`;
}

const byPrice = (a: Price, b: Price) =>
  a.usdPerHour - b.usdPerHour ||
  compare(a.platform, b.platform) ||
  compare(a.instanceType, b.instanceType) ||
  compare(a.region, b.region) ||
  compare(a.product, b.product);

/** By code units: the same order on every runtime and in every locale. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** Catalogued regions inside the European Union, for workloads that may not leave it. London is outside. */
const EU_REGIONS = new Set(
  "eu-west-1 eu-central-1 eu-north-1 europe-west1 europe-west4 northeurope westeurope swedencentral".split(" "),
);

export const isEuRegion = (region: string): boolean => EU_REGIONS.has(region);

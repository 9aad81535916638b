import type { Machine } from "./layout.ts";
import { type Market, marketOffers, type Offered } from "./market.ts";

/** A function in the cloud or a stranger's machine has no fast network to the next one. */
const NO_CLUSTER = new Set(["serverless", "marketplace", "local"]);

/** The best offer of each platform for one machine of a cluster, cheapest first; several machines need a platform that links them. */
export function clusterOffers(market: Market, accelerator: string, machine: Machine): readonly Offered[] {
  const offers = marketOffers(market, accelerator, Math.ceil(machine.count / machine.nodes));
  if (machine.nodes === 1) return offers;
  return offers.filter((o) => !NO_CLUSTER.has(market.allowed.get(o.platform)!.platform.kind));
}

import type { Catalog } from "../catalog/schema.ts";
import type { Hardware, Launch } from "./plan.ts";

/** Platforms whose price list names machines as their interface does. */
const SOLD_BY_NAME = ["sagemaker"];

/**
 * How the machine of a plan is asked for where it is rented. A name that no dated fact gives is left out: whoever
 * launches must look it up, because a guessed one rents another machine or none.
 */
export function launchOf({ accelerator, offer }: Hardware, catalog: Catalog): { launch?: Launch } {
  if (offer === undefined) return {};
  const { skypilot } = catalog.platforms.find(({ id }) => id === offer.platform)?.traits ?? {};
  const how = { platform: offer.platform, ...(skypilot ? { skypilot } : {}) };
  if (SOLD_BY_NAME.includes(offer.platform))
    return { launch: { ...how, name: offer.instanceType, source: offer.source, asOf: offer.asOf } };
  const known = catalog.launchNames.find(({ id }) => id === offer.platform);
  const found = known?.names.find(
    (n) => n.accelerator === accelerator.id && (n.count === undefined || n.count === offer.acceleratorCount),
  );
  if (known === undefined || found === undefined) return { launch: how };
  return { launch: { ...how, name: found.name, source: known.source, asOf: known.asOf } };
}

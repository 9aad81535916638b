import accelerators from "./accelerators.json" with { type: "json" };
import apiPrices from "./api-prices.json" with { type: "json" };
import cpuMachines from "./cpu-machines.json" with { type: "json" };
import digest from "./digest.json" with { type: "json" };
import documents from "./documents.json" with { type: "json" };
import frameworks from "./frameworks.json" with { type: "json" };
import launchNames from "./launch-names.json" with { type: "json" };
import methods from "./methods.json" with { type: "json" };
import models from "./models.json" with { type: "json" };
import platforms from "./platforms.json" with { type: "json" };
import priceLists from "./prices.json" with { type: "json" };
import type { Catalog, Price, PriceList } from "./schema.ts";

/** Gives every offer the source, date and confidence of the list it stands in. */
function flattenPrices(lists: readonly PriceList[]): Price[] {
  return lists.flatMap(({ source, asOf, confidence, offers }) =>
    offers.map((offer) => ({ ...offer, source, asOf, confidence })),
  );
}

let prices: readonly Price[] | undefined;

/**
 * The facts that come with this version. They are not checked here, because a start would pay for it:
 * `test/catalog` runs `validateCatalog` over them and recomputes the digest.
 */
export const catalog: Catalog = {
  accelerators: accelerators as Catalog["accelerators"],
  models: models as Catalog["models"],
  get prices() {
    prices ??= flattenPrices(priceLists as PriceList[]);
    return prices;
  },
  cpuMachines: cpuMachines,
  platforms: platforms as Catalog["platforms"],
  launchNames: launchNames as Catalog["launchNames"],
  methods: methods as Catalog["methods"],
  frameworks: frameworks as Catalog["frameworks"],
  documents: documents,
  apiPrices: apiPrices as Catalog["apiPrices"],
  digest: digest.sha256,
};

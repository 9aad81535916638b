import accelerators from "../../src/catalog/accelerators.json" with { type: "json" };
import apiPrices from "../../src/catalog/api-prices.json" with { type: "json" };
import cpuMachines from "../../src/catalog/cpu-machines.json" with { type: "json" };
import documents from "../../src/catalog/documents.json" with { type: "json" };
import frameworks from "../../src/catalog/frameworks.json" with { type: "json" };
import launchNames from "../../src/catalog/launch-names.json" with { type: "json" };
import methods from "../../src/catalog/methods.json" with { type: "json" };
import models from "../../src/catalog/models.json" with { type: "json" };
import platforms from "../../src/catalog/platforms.json" with { type: "json" };
import prices from "../../src/catalog/prices.json" with { type: "json" };

/** The data files as they stand, before any type vouches for them. */
export const facts = {
  accelerators,
  models,
  prices,
  platforms,
  launchNames,
  cpuMachines,
  methods,
  frameworks,
  documents,
  apiPrices,
};

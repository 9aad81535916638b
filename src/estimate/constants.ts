import { activationConstant } from "./activation-constants.ts";
import type { Constant } from "./constant-kinds.ts";
import { deviceConstant } from "./device-constants.ts";
import { rateConstant } from "./rate-constants.ts";
import { servingConstant } from "./serving-constants.ts";
import { stateConstant } from "./state-constants.ts";

/**
 * Every number of the estimator that is not a fact of the catalog or plain arithmetic: one entry each, with its unit,
 * where it comes from and why it is there. Formulas refer to `constant.name.value`; a test lists them all.
 * The values of fitted constants are in fitted.json, which `npm run bench:fit` writes; their meaning is beside their subject.
 */
export const constant = {
  ...stateConstant,
  ...activationConstant,
  ...deviceConstant,
  ...servingConstant,
  ...rateConstant,
} as const satisfies Record<string, Constant>;

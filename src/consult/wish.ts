import type { Brief, BriefValues } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { Alternative, Plan } from "../plan/plan.ts";
import type { Wish } from "./conversation.ts";
import { planned } from "./remember.ts";

/** A saving below this is inside the noise of the estimate. */
const LEAST_GAIN = 0.02;
const MORE_CARDS = [2, 4, 8];

/** The alternative's name in a plan. */
const NAMES: Record<Wish, RegExp> = { cheaper: /cheap/, faster: /fast/, simplest: /simpl/, private: /privat/ };

/** The brief that leads to an alternative. */
function toAlternative(brief: Brief, a: Alternative): Brief {
  const { hardware, method } = a;
  const { acceleratorMemoryGib: _m, owned: _o, platform: _p, ...rest } = brief;
  return stated(rest, {
    accelerator: hardware.accelerator.id,
    acceleratorCount: hardware.acceleratorCount,
    method: method as NonNullable<BriefValues["method"]>,
    ...(hardware.offer ? { platform: hardware.offer.platform } : { owned: true }),
  });
}

const stated = (brief: Brief, values: BriefValues): Brief => ({
  ...brief,
  ...Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { value, from: "stated" }])),
});

/** Changes of a brief that may grant a wish: the plan's own alternatives, and what the plan took as given. */
function changesFor(wish: Wish, plan: Plan): Brief[] {
  const { brief } = plan;
  const named = plan.alternatives.filter((a) => NAMES[wish].test(a.name)).map((a) => toAlternative(brief, a));
  const { accelerator: _a, acceleratorMemoryGib: _m, acceleratorCount: _c, owned: _o, platform: _p, ...free } = brief;
  const constraints = brief.constraints?.value ?? [];
  const count = plan.hardware?.acceleratorCount ?? 1;
  switch (wish) {
    case "cheaper":
      return [
        ...named,
        ...(plan.hardware?.owned ? [] : [free]),
        ...(constraints.includes("no-spot") || plan.hardware?.owned
          ? []
          : [stated(brief, { constraints: [...constraints.filter((c) => c !== "spot-ok"), "spot-ok"] })]),
      ];
    case "faster":
      return [
        ...named,
        free,
        ...(plan.hardware?.owned
          ? []
          : MORE_CARDS.filter((n) => n > count).map((n) => stated(brief, { acceleratorCount: n }))),
      ];
    case "simplest":
    case "private":
      return named;
    default:
      return wish satisfies never;
  }
}

const MEASURE: Partial<Record<Wish, (p: Plan) => number>> = {
  cheaper: (p) => (p.cost?.trainUsd.expected ?? 0) + (p.cost?.servingUsdPerMonth?.expected ?? 0),
  faster: (p) => p.time?.trainHours.expected ?? 0,
};

/** The plan that grants a wish best, or undefined where nothing that was tried does. */
export function grant(wish: Wish, plan: Plan, catalog: Catalog, today: string): Plan | undefined {
  const plans = changesFor(wish, plan)
    .map((brief) => attempt(brief, catalog, today))
    .filter((p) => p?.status === "feasible")
    .filter((p) => p !== undefined);
  const measure = MEASURE[wish];
  if (!measure) return plans[0];
  const best = plans.reduce<Plan | undefined>(
    (a, b) => (a === undefined || measure(b) < measure(a) - 1e-9 ? b : a),
    undefined,
  );
  return best && measure(best) < measure(plan) * (1 - LEAST_GAIN) ? best : undefined;
}

function attempt(brief: Brief, catalog: Catalog, today: string): Plan | undefined {
  try {
    return planned({ brief }, catalog, today);
  } catch (error) {
    // A change that cannot be planned grants nothing.
    if (error instanceof AdvisorError) return undefined;
    throw error;
  }
}

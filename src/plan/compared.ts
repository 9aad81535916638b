import { sidesOf } from "../brief/alternatives.ts";
import type { Brief, BriefValues } from "../brief/brief.ts";
import { findAccelerator } from "../catalog/names.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { FitStatus } from "../estimate/answer.ts";
import { remembered } from "../remembered.ts";
import type { Range } from "../units.ts";
import { hours, usd } from "./format.ts";
import type { Hardware, Plan, PlanStatus } from "./plan.ts";
import { type AdviseInput, type PlanOptions, planFor } from "./planner.ts";
import { waitingUsd } from "./rank.ts";
import { inputHashOf } from "./seal.ts";

/** One of the set-ups that a text compares, planned within the same brief. */
export interface ComparedSide {
  name: string;
  /** The side whose plan this is. */
  chosen: boolean;
  status: PlanStatus;
  headline: string;
  hardware?: Hardware;
  method?: string;
  /** Of one device, and whether it fits there. */
  neededGib?: Range;
  usableGib?: number;
  memory?: FitStatus;
  trainHours?: Range;
  trainUsd?: Range;
  servingUsdPerMonth?: Range;
}

/** One of the compared set-ups, planned within what all of them share. */
interface Side {
  name: string;
  brief: Brief;
  plan: Plan;
  /** Nobody said whose the machine is, and nobody rents it out. */
  assumedOwned?: true;
}

/** A difference below this is inside the bands of both estimates. */
const EQUAL_SHARE = 0.05;

/**
 * The plan of a brief that may compare set-ups: each side is planned within the same words, and the best side's plan is
 * the answer. `brief` of the plan stays what the person said; `side` is the brief that was planned.
 */
export function planComparing(input: AdviseInput, catalog: Catalog, options: PlanOptions): { plan: Plan; side: Brief } {
  const briefs = sidesOf(input.brief);
  if (briefs.length < 2) return { plan: planFor(input, catalog, options), side: input.brief };
  const refusals: AdvisorError[] = [];
  const sides = briefs.flatMap((brief, i): Side[] => {
    const name = nameOf(input.brief.alternatives?.value[i] ?? {}, catalog);
    try {
      return [{ name, ...plannedAs(brief, input, catalog, options) }];
    } catch (error) {
      // A card or model that nobody knows must not cost the person the answer about the others.
      if (!(error instanceof AdvisorError)) throw error;
      refusals.push(error);
      return [];
    }
  });
  if (sides.length === 0) throw refusals[0]!;
  const winner = sides.reduce((best, side) => (order(side.plan, best.plan) < 0 ? side : best));
  const answer = answerOf(winner, sides);
  return {
    side: winner.brief,
    plan: {
      ...winner.plan,
      brief: input.brief,
      inputHash: inputHashOf(input.brief, catalog, options.today),
      headline: `${answer} ${winner.plan.headline}`,
      notices: [
        ...winner.plan.notices,
        ...refusals.map((r) => `One of the set-ups you compare was left out: ${r.message}.`),
      ],
      compared: { sides: sides.map((side) => told(side, side === winner)), answer },
    },
  };
}

/** The brief that is planned where a text compares set-ups: the winner's; a brief that compares nothing, as it is. */
export const plannedSide = (brief: Brief, catalog: Catalog): Brief =>
  brief.alternatives === undefined ? brief : winningSide(catalog, brief);

// A conversation looks at the same brief for its plan, its questions and each answer: every look plans all sides.
const winningSide = remembered(
  (catalog: Catalog, brief: Brief) => planComparing({ brief }, catalog, { today: "" }).side,
  (brief) => JSON.stringify(brief),
);

/**
 * Who compares machines and says nothing of owning them is about to pay for one: rent is what differs. A card that
 * nobody rents out is planned as theirs.
 */
function plannedAs(brief: Brief, input: AdviseInput, catalog: Catalog, options: PlanOptions): Omit<Side, "name"> {
  const machines = input.brief.alternatives?.value.some((side) => side.accelerator !== undefined);
  const asSaid = (): Omit<Side, "name"> => ({ brief, plan: planFor({ ...input, brief }, catalog, options) });
  if (!machines || brief.owned !== undefined) return asSaid();
  const paying: Brief = { ...brief, owned: { value: false, from: "inferred" } };
  const plan = planFor({ ...input, brief: paying }, catalog, options);
  return plan.status === "infeasible" ? { ...asSaid(), assumedOwned: true } : { brief: paying, plan };
}

const nameOf = (side: BriefValues, catalog: Catalog): string => {
  const { accelerator, acceleratorCount, acceleratorMemoryGib, ...rest } = side;
  const card = accelerator === undefined ? undefined : (findAccelerator(catalog, accelerator)?.name ?? accelerator);
  const machine = card ?? (acceleratorMemoryGib === undefined ? undefined : `${acceleratorMemoryGib} GB card`);
  const words = [
    machine === undefined ? undefined : acceleratorCount === undefined ? machine : `${acceleratorCount} × ${machine}`,
    ...Object.values(rest).map((value) => (typeof value === "object" ? JSON.stringify(value) : String(value))),
  ];
  return words.filter((word) => word !== undefined).join(", ");
};

const STATUS: Record<Plan["status"], number> = { feasible: 0, "off-ramp": 1, infeasible: 2 };
const FIT = { fits: 0, tight: 1, "does-not-fit": 2 } as const;

/** Money and waiting, as the ranking of candidates weighs them. */
const paid = (plan: Plan): number =>
  (plan.cost?.trainUsd.expected ?? 0) +
  (plan.cost?.servingUsdPerMonth?.expected ?? 0) +
  (plan.time ? waitingUsd(plan.time.trainHours, plan.workload?.deadlineHours) : 0);

/** Below zero where the first is the better plan: possible, comfortable in memory, cheap and soon. Equal sides keep their order. */
function order(a: Plan, b: Plan): number {
  return (
    STATUS[a.status] - STATUS[b.status] ||
    FIT[a.memory?.status ?? "fits"] - FIT[b.memory?.status ?? "fits"] ||
    Number((paid(a) - paid(b)).toPrecision(9))
  );
}

function told({ name, plan }: Side, chosen: boolean): ComparedSide {
  const { memory, cost, time, hardware, training } = plan;
  return {
    name,
    chosen,
    status: plan.status,
    headline: plan.headline,
    ...(hardware ? { hardware } : {}),
    ...(training ? { method: training.method } : {}),
    ...(memory ? { neededGib: memory.neededGib, usableGib: memory.usableGib, memory: memory.status } : {}),
    ...(time ? { trainHours: time.trainHours } : {}),
    ...(cost && time ? { trainUsd: cost.trainUsd } : {}),
    ...(cost?.servingUsdPerMonth ? { servingUsdPerMonth: cost.servingUsdPerMonth } : {}),
  };
}

/** Who wins and by how much, on each of money and time, and who does not fit at all. */
function answerOf(winner: Side, sides: readonly Side[]): string {
  const possible = sides.filter((s) => s.plan.status !== "infeasible");
  const no = sides.filter((s) => s.plan.status === "infeasible").map((s) => s.name);
  const ruled = no.length > 0 ? ` ${no.join(" and ")} ${no.length === 1 ? "does" : "do"} not work as asked.` : "";
  if (possible.length === 0) return "None of the set-ups you compare is possible as asked.";
  const [alike] = possible;
  if (
    possible.length > 1 &&
    possible.every((s) => machinesOf(s.plan) === machinesOf(alike!.plan)) &&
    !alike!.plan.hardware
  )
    return `What you compare makes no difference here: each leads to the same server.${ruled}`;
  // Rent is compared with rent: a card that nobody rents out is planned as the person's own.
  const rented = possible.filter((s) => s.plan.hardware?.owned !== true);
  const own = rented.length > 0 ? possible.filter((s) => s.plan.hardware?.owned && s.assumedOwned) : [];
  const unpriced = own.map((s) => ` ${s.name} has no dated rent: it is planned as a card of yours.`).join("");
  const parts = [
    extremes(
      rented.length > 0 ? rented : possible,
      (p) => (p.time ? p.cost?.trainUsd.expected : undefined),
      usd,
      "cheaper to train",
    ),
    extremes(possible, (p) => p.time?.trainHours.expected, hours, "faster"),
    extremes(
      possible,
      (p) => p.cost?.servingUsdPerMonth?.expected,
      (x) => `${usd(x)} a month`,
      "cheaper to serve",
    ),
  ].filter((part) => part !== undefined);
  const models = new Set(sides.map((s) => s.plan.workload?.model.id)).size > 1;
  const quality = models ? " Which model answers better, only an evaluation on your data says." : "";
  return `Of the ${sides.length} you compare: ${winner.name}.${parts.length > 0 ? ` ${parts.join(" ")}` : ""}${unpriced}${ruled}${quality}`;
}

/** What a plan runs on, trained and served. */
const machinesOf = ({ hardware: h, serving: s }: Plan): string =>
  JSON.stringify([
    h?.accelerator.id,
    h?.acceleratorCount,
    h?.offer?.platform,
    s?.accelerator.id,
    s?.replicas,
    s?.offer?.platform,
  ]);

function extremes(
  sides: readonly Side[],
  key: (plan: Plan) => number | undefined,
  show: (value: number) => string,
  word: string,
): string | undefined {
  const known = sides
    .map((s) => ({ name: s.name, at: key(s.plan) }))
    .filter((s): s is { name: string; at: number } => s.at !== undefined);
  if (known.length < 2) return undefined;
  const least = known.reduce((a, b) => (b.at < a.at ? b : a));
  const next = known.filter((s) => s !== least).reduce((a, b) => (b.at < a.at ? b : a));
  if (next.at <= 0 || least.at > next.at * (1 - EQUAL_SHARE)) return undefined;
  return `${least.name} is ${word}: ${show(least.at)} against ${show(next.at)}.`;
}

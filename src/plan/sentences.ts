import type { Question } from "../brief/brief.ts";
import type { Range } from "../units.ts";
import { hours, usd, usdRange } from "./format.ts";
import { shownValue } from "./markdown.ts";
import { type Phrasing, sayable } from "./phrasing.ts";
import type { Alternative, Decision, OffRamp, Plan, Risk } from "./plan.ts";

const VERDICT: Record<Plan["status"], string> = {
  feasible: "Feasible",
  infeasible: "Not possible as asked",
  "off-ramp": "There is a cheaper way",
};

/** The verdict in a few words; where a part of what was asked is given, it says so. */
export const verdictTitle = ({ status, asked = [] }: Pick<Plan, "status" | "asked">): string =>
  status === "infeasible" && asked.some((part) => part.met) ? "Possible in part" : VERDICT[status];

/** What was asked for beside what the headline says already. */
export const partsBeside = ({ headline, asked = [] }: Plan): string[] =>
  asked
    .filter(({ text }) => !headline.includes(text))
    .map(({ part, met, text }) => `**${part}, ${met ? "possible" : "not possible as asked"}**: ${text}`);

export const blockersBeside = ({ headline, blockers }: Plan): string[] =>
  blockers.map((b) => b.text).filter((text) => !headline.includes(text));

export const repairsTitle = (plan: Plan): string =>
  plan.status === "feasible" && plan.memory?.status === "fits" ? "Room to spare" : "What would work instead";

/** Changes of the plan, each with how it is said here. */
export const changes = (plan: Plan, phrasing: Phrasing): string[] =>
  plan.repairs
    .filter((r) => r.of === undefined)
    .map(({ summary, change }) => {
      const fields = sayable(change);
      return Object.keys(fields).length === 0 ? summary : `${summary.replace(/\.$/, "")} (${phrasing.state(fields)}).`;
    });

/** Before its explanation a reason makes a claim: "it is a pretrained decoder: Transformers loads its weights as published". */
export function claimOf(reason: string): string {
  const [first = "", ...rest] = reason
    .replace(/ \([^)]*\)/g, "")
    .replace(/\.$/, "")
    .split(/(: |; )/);
  let claim = first;
  while (claim.length < SHORTEST_CLAIM && rest.length > 0) claim += rest.splice(0, 2).join("");
  return claim;
}
/** Fewer characters than these claim nothing: "not hub". */
const SHORTEST_CLAIM = 24;

export const riskText = (r: Risk): string => `**${r.severity}** ${r.text} ${r.mitigation}`;

/** What is paid to rent a machine; one's own costs none. */
export const rentText = (r: Range): string => (r.high === 0 ? "no rent" : usdRange(r));

/** "not modal, lambda: your own hardware is enough": options that fail on the same thing stand together. */
export function refusals(refused: Decision["refused"]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { option, why } of refused) byReason.set(why, [...(byReason.get(why) ?? []), option]);
  return [...byReason].map(([why, options]) => `not ${options.join(", ")}: ${why}`);
}

/** What would change a choice, one sentence each. */
export const flips = ({
  choice,
  flips: all,
}: {
  choice: string;
  flips: readonly { when: string; to: string }[];
}): string[] =>
  all.map(({ when, to }) =>
    to === "infeasible"
      ? `nothing fits when ${when}`
      : to === choice
        ? `stays ${to}, on another machine, when ${when}`
        : `changes to ${to} when ${when}`,
  );

/** The answer that is planned with until somebody gives one. */
export const takenText = ({ options, default: taken }: Question): string =>
  options.find((option) => option.value === taken)?.label ?? shownValue(taken);

/** What a way around training costs and takes. */
export function takes(r: OffRamp): string {
  const money =
    r.usd &&
    `${usd(r.usd.low)} to ${usd(r.usd.high)}${r.per === undefined ? "" : r.per === "month" ? " a month" : ` per ${r.per}`}`;
  const time = r.hours && `${hours(r.hours.low)} to ${hours(r.hours.high)}`;
  return [money, time].filter((x) => x !== undefined).join(", ") || "no dated price";
}

interface Ways {
  /** Less money than the plan, each with both numbers. */
  cheaper: string[];
  title: string;
  others: OffRamp[];
  alternatives: Alternative[];
  /** Another model, where it saves time and no money. */
  smaller: OffRamp[];
}

/** A saving below this is small change. */
const LEAST_SAVING_USD = 1;

const CHEAPER_BY_NAME: ReadonlySet<string> = new Set(["cheapest", "on spot machines"]);

/** Every way beside the plan, told once: what costs less first, with its number beside the plan's. */
export function waysAround(plan: Plan): Ways {
  const train = plan.cost?.trainUsd.expected ?? 0;
  const month = plan.cost?.servingUsdPerMonth?.expected ?? 0;
  const less = (r: OffRamp): boolean =>
    r.usd !== undefined && (r.per === "month" ? r.usd.low < month : r.per === undefined && r.usd.expected < train);
  const ramps = plan.status === "off-ramp" ? [] : plan.offRamps.filter(less);
  const cheap = plan.alternatives.filter(
    (a) => CHEAPER_BY_NAME.has(a.name) && a.trainUsd.expected <= train - LEAST_SAVING_USD,
  );
  return {
    cheaper: [
      ...cheap.map((a) => `**${a.name}**: ${a.summary} instead of ${usd(train)}`),
      ...ramps.map((r) =>
        // The smaller model's reason holds its numbers beside the plan's.
        r.per === undefined
          ? `**${r.title}**: ${r.why}`
          : `**${r.title}**, ${takes(r)} instead of ${usd(month)}: ${r.why}`,
      ),
    ],
    title:
      plan.status === "off-ramp"
        ? "What to do instead"
        : plan.workload?.phase === "serve"
          ? "Without a server of your own"
          : "Without training",
    others: plan.offRamps.filter((r) => !ramps.includes(r) && r.kind !== "smaller-model"),
    smaller: plan.offRamps.filter((r) => !ramps.includes(r) && r.kind === "smaller-model"),
    alternatives: plan.alternatives.filter((a) => !cheap.includes(a)),
  };
}

/** How assumptions are corrected here, with the first of them as the example. */
export function howToCorrect({ assumptions }: Plan, phrasing: Phrasing): string | undefined {
  const [first] = assumptions;
  if (first === undefined) return undefined;
  return `Correct any of these in your own words, or one field: ${phrasing.state({ [first.field]: first.value })}.`;
}

export function footer(plan: Plan): string {
  const { calibration, time } = plan;
  const made = `Plan \`${plan.planHash.slice(0, 12)}\`, made for ${plan.today} by planner ${plan.plannerVersion}.`;
  if (!calibration) return `${made} Numbers are estimates: run the project's memory probe before renting for long.`;
  const speed = time && calibration.changes.length > 1 ? ", speed and training time" : "";
  return `${made} Memory${speed} rest on a measurement of ${calibration.date}; the other numbers are estimates.`;
}

import type { BriefField } from "../brief/brief.ts";
import { BRIEF_FIELDS } from "../brief/fields.ts";
import { canonicalJson } from "../hash.ts";
import type { Range } from "../units.ts";
import { gib, hours, number, rangeText, usd } from "./format.ts";
import { shownValue } from "./markdown.ts";
import { fleetText, machineText } from "./names.ts";
import type { Decision, Plan } from "./plan.ts";
import { rentText } from "./sentences.ts";

/** One thing that two plans answer differently. */
export interface Change {
  kind: "verdict" | "cost" | "memory" | "time" | "machine" | "decision" | "setting" | "said";
  /** "training cost", "method", "sequenceLength". */
  name: string;
  before: string;
  after: string;
  /** From the numbers or the decision record; absent where the change is its own reason. */
  why?: string;
}

/** What changed between two plans: cost and memory first, then time, machine, decisions, settings, and what was said. */
export interface Difference {
  before: string;
  after: string;
  same: boolean;
  changes: Change[];
}

const NOT_THERE = "–";

/** The difference of two plans, before → after. */
export function compare(before: Plan, after: Plan): Difference {
  const changes = [
    ...verdict(before, after),
    ...costs(before, after),
    ...memory(before, after),
    ...time(before, after),
    ...machine(before, after),
    // A plan that does not exist decides nothing: its verdict says it all.
    ...(before.decisions.length > 0 && after.decisions.length > 0
      ? [...decisions(before, after), ...settings(before, after)]
      : []),
    ...said(before, after),
  ];
  return { before: before.planHash, after: after.planHash, same: changes.length === 0, changes };
}

function change(kind: Change["kind"], name: string, before: string, after: string, why?: string): Change[] {
  return before === after ? [] : [{ kind, name, before, after, ...(why ? { why } : {}) }];
}

const VERDICTS: Record<Plan["status"], string> = {
  feasible: "feasible",
  infeasible: "not possible",
  "off-ramp": "there is a cheaper way",
};

function verdict(a: Plan, b: Plan): Change[] {
  return change("verdict", "verdict", VERDICTS[a.status], VERDICTS[b.status], b.blockers[0]?.text);
}

const range = (r: Range | undefined, show: (x: number) => string): string => (r ? rangeText(r, show) : NOT_THERE);

const rent = (r: Range | undefined): string => (r ? rentText(r) : NOT_THERE);

function costs(a: Plan, b: Plan): Change[] {
  const trained = (p: Plan): Range | undefined => (p.time ? p.cost?.trainUsd : undefined);
  return [
    ...change("cost", "training cost", rent(trained(a)), rent(trained(b)), costReason(a, b)),
    ...change(
      "cost",
      "serving per month",
      range(a.cost?.servingUsdPerMonth, usd),
      range(b.cost?.servingUsdPerMonth, usd),
      serverOf(a) === serverOf(b) ? undefined : `${serverOf(a)} → ${serverOf(b)}`,
    ),
  ];
}

const serverOf = (p: Plan): string => (p.serving ? fleetText(p.serving) : "no server");
const ratio = (x: number): string => `${number(x)} ×`;

/** Cost is hours times price: which of the two moved. */
function costReason(a: Plan, b: Plan): string | undefined {
  if (!a.time || !b.time || !a.hardware || !b.hardware) return undefined;
  if (a.hardware.owned !== b.hardware.owned) return b.hardware.owned ? "your own hardware costs no rent" : "rented";
  const [x, y] = [a.hardware.offer?.usdPerHour, b.hardware.offer?.usdPerHour];
  if (x === undefined || y === undefined) return undefined;
  const longer = b.time.trainHours.expected / a.time.trainHours.expected;
  return `${ratio(longer)} the hours at ${usd(y)}${x === y ? "" : ` instead of ${usd(x)}`} an hour`;
}

function memory(a: Plan, b: Plan): Change[] {
  const [x, y] = [a.memory, b.memory];
  const needs = (m: typeof x): string => (m ? `${range(m.neededGib, gib)} of ${gib(m.usableGib)}` : NOT_THERE);
  return [
    ...change("memory", "memory per device", needs(x), needs(y), partsReason(a, b)),
    ...change("memory", "memory verdict", x?.status ?? NOT_THERE, y?.status ?? NOT_THERE),
  ];
}

/** The parts that moved most, in GiB: at most two say why. */
function partsReason(a: Plan, b: Plan): string | undefined {
  if (!a.memory || !b.memory) return undefined;
  const size = (m: NonNullable<Plan["memory"]>, name: string): number =>
    m.parts.find((part) => part.name === name)?.gib ?? 0;
  const names = [...new Set([...a.memory.parts, ...b.memory.parts].map((part) => part.name))];
  const moved = names
    .map((name) => ({ name, by: size(b.memory!, name) - size(a.memory!, name) }))
    .filter(({ by }) => Math.abs(by) >= 0.05)
    .sort((x, y) => Math.abs(y.by) - Math.abs(x.by) || (x.name < y.name ? -1 : 1));
  return moved
    .slice(0, 2)
    .map(({ name, by }) => `${name} ${by > 0 ? "+" : "−"}${gib(Math.abs(by))}`)
    .join(", ");
}

function time(a: Plan, b: Plan): Change[] {
  const [x, y] = [a.time, b.time];
  const tokens = x && y && Math.abs(y.tokens / x.tokens - 1) > 0.01 ? `${ratio(y.tokens / x.tokens)} the tokens` : "";
  const rate = (p: Plan): number => (p.time ? p.time.tokens / p.time.trainHours.expected : 0);
  const speed = x && y && Math.abs(rate(b) / rate(a) - 1) > 0.01 ? `${ratio(rate(b) / rate(a))} the speed` : "";
  const reason = [tokens, speed].filter((part) => part !== "").join(" at ");
  return change("time", "training time", range(x?.trainHours, hours), range(y?.trainHours, hours), reason);
}

function machine(a: Plan, b: Plan): Change[] {
  const trained = ({ hardware: h }: Plan): string =>
    h ? `${machineText(h.acceleratorCount, h.accelerator.name)}${h.owned ? ", your own" : ""}` : NOT_THERE;
  const reason = b.decisions.find((d) => d.name === "platform")?.reasons[0];
  return [
    ...change("machine", "training machine", trained(a), trained(b), reason),
    ...change("machine", "serving machine", serverOf(a), serverOf(b)),
  ];
}

function decisions(a: Plan, b: Plan): Change[] {
  const names = [...new Set([...a.decisions, ...b.decisions].map((d) => d.name))];
  return names.flatMap((name) => {
    const [x, y] = [a, b].map((p) => p.decisions.find((d) => d.name === name)) as [Decision?, Decision?];
    const refused = y?.refused.find((r) => r.option === x?.choice);
    const asked = /\basked for\b/.test(y?.reasons[0] ?? "");
    const reason = refused && !asked ? `not ${refused.option}: ${refused.why}` : y?.reasons[0];
    return change("decision", name, x?.choice ?? NOT_THERE, y?.choice ?? NOT_THERE, reason);
  });
}

function settings(a: Plan, b: Plan): Change[] {
  const [x, y] = [a.training ?? {}, b.training ?? {}] as Record<string, unknown>[];
  const keys = [...new Set([...Object.keys(x!), ...Object.keys(y!)])].filter((key) => key !== "method");
  return keys.flatMap((key) => change("setting", key, shownValue(x![key]), shownValue(y![key])));
}

function said(a: Plan, b: Plan): Change[] {
  return BRIEF_FIELDS.flatMap((field: BriefField) => {
    const [x, y] = [a.brief[field]?.value, b.brief[field]?.value];
    return canonicalJson(x) === canonicalJson(y) ? [] : change("said", field, shownValue(x), shownValue(y));
  });
}

import type { Range } from "../units.ts";
import { compared } from "./explain-described.ts";
import { fitText } from "./fit.ts";
import { gib, hours, number, usd } from "./format.ts";
import { bullets, shownValue, table } from "./markdown.ts";
import { fleetText, machineText, methodName } from "./names.ts";
import type { Phrasing, Step } from "./phrasing.ts";
import type { Alternative, Decision, DecisionName, Plan } from "./plan.ts";
import {
  blockersBeside,
  changes,
  claimOf,
  footer,
  partsBeside,
  repairsTitle,
  riskText,
  takenText,
  takes,
  verdictTitle,
  waysAround,
} from "./sentences.ts";

/** One part of the short form; a front end may put a picture after the one that it belongs to. */
export interface OutlineBlock {
  name: "verdict" | "numbers" | "decisions" | "ways" | "risks" | "open" | "next";
  text: string;
}

/** Risks, repairs and ways beyond these are left to the whole plan. */
const MOST_RISKS = 3;
const MOST_CHANGES = 4;

/** The plan on one and a half screens: what a person must know to say yes, no, or what is wrong. */
export function outline(plan: Plan, phrasing: Phrasing): OutlineBlock[] {
  const blocks: [OutlineBlock["name"], (string | undefined)[]][] = [
    ["verdict", verdict(plan)],
    ["numbers", [numbers(plan)]],
    ["decisions", [decisions(plan), ...compared(plan).slice(1)]],
    ["ways", ways(plan, phrasing)],
    ["risks", [risks(plan)]],
    ["open", open(plan, phrasing)],
    ["next", [next(plan, phrasing)]],
  ];
  return blocks.flatMap(([name, parts]) => {
    const text = parts.filter((part) => part !== undefined && part !== "").join("\n\n");
    return text === "" ? [] : [{ name, text }];
  });
}

function verdict(plan: Plan): (string | undefined)[] {
  return [
    `# ${verdictTitle(plan)}`,
    plan.headline,
    plan.calibration?.headline,
    ...plan.notices.map((notice) => `> ${notice}`),
    bullets([...partsBeside(plan), ...blockersBeside(plan), ...plan.conflicts.map((c) => c.text)]),
  ];
}

function numbers(plan: Plan): string | undefined {
  const { memory: m, time, cost, serving: s, offRamps } = plan;
  const row = (name: string, r: Range, show: (x: number) => string, beside = ""): string[] => {
    const [low, high] = [show(r.low), show(r.high)];
    return [name, `${show(r.expected)}${beside}`, low === high ? "" : `${low} to ${high}`];
  };
  const rows = [
    ...(m ? [row("memory per device", m.neededGib, gib, ` of ${gib(m.usableGib)}: ${fitText(m)}`)] : []),
    ...(time ? [row("training time", time.trainHours, hours)] : []),
    ...(time && cost
      ? [cost.trainUsd.high === 0 ? ["training cost", "no rent", ""] : row("training cost", cost.trainUsd, usd)]
      : []),
    ...(cost?.servingUsdPerMonth ? [row("serving a month", cost.servingUsdPerMonth, usd)] : []),
    ...(s ? [row("requests per second", s.requestsPerSecondPerReplica, number, ` on each of ${fleetText(s)}`)] : []),
    ...(time || plan.status !== "off-ramp" ? [] : offRamps.map((r) => [r.title, takes(r), ""])),
  ];
  return rows.length === 0 ? undefined : table(["number", "expected", "low to high"], rows);
}

const SHOWN: readonly DecisionName[] = ["framework", "platform", "method", "deployment", "data", "tracking"];

function decisions(plan: Plan): string | undefined {
  const several = (d: Decision): boolean => d.name === "distributed" && d.choice !== "single";
  const rows = plan.decisions
    .filter((d) => SHOWN.includes(d.name) || several(d))
    .map((d) => [d.name, d.title, claimOf(d.reasons[0] ?? "")]);
  return rows.length === 0 ? undefined : table(["decision", "choice", "because"], rows);
}

function ways(plan: Plan, phrasing: Phrasing): (string | undefined)[] {
  const { cheaper, others, title, alternatives, smaller } = waysAround(plan);
  const yours = plan.repairs.filter((r) => r.of !== undefined).map((r) => r.summary);
  const changed = [...yours, ...changes(plan, phrasing)].slice(0, MOST_CHANGES);
  const list = (name: string, lines: string[]): string | undefined =>
    lines.length === 0 ? undefined : `**${name}**\n${bullets(lines)}`;
  return [
    list(yours.length > 0 ? "What would make it fit" : repairsTitle(plan), changed),
    list("Cheaper", cheaper.map(firstSentence)),
    list("Alternatives", [
      ...alternatives.map((a) => `${a.name}: ${inShort(a, plan)}`),
      ...smaller.map((r) => `${r.title.charAt(0).toLowerCase()}${r.title.slice(1)}: ${firstSentence(r.why)}`),
    ]),
    plan.status === "off-ramp" || others.length === 0
      ? undefined
      : `**${title}**: ${others.map((r) => `${r.title.charAt(0).toLowerCase()}${r.title.slice(1)}, ${takes(r)}`).join("; ")}.`,
  ];
}

/** The method is said where it is another one than the plan's. */
function inShort({ hardware: h, method, trainHours, trainUsd }: Alternative, plan: Plan): string {
  const how = method === plan.training?.method ? "" : `${methodName(method)} on `;
  const rent = h.offer ? ` on ${h.offer.platform}, ${usd(trainUsd.expected)}` : "";
  return `${how}${machineText(h.acceleratorCount, h.accelerator.name)}${rent}, ${hours(trainHours.expected)}`;
}

/** A full stop inside a number or a name ends nothing. */
const firstSentence = (text: string): string => text.split(/(?<=[\w)])\. (?=[A-Z])/, 1)[0]!.replace(/\.$/, "");

function risks(plan: Plan): string | undefined {
  const top = plan.risks.filter((r) => r.severity !== "low").slice(0, MOST_RISKS);
  const more = plan.risks.length - top.length;
  if (top.length === 0) return more === 0 ? undefined : `**Risks**: none above low; ${more} low.`;
  return `**Risks**${more > 0 ? ` (${more} more in the whole plan)` : ""}\n${bullets(top.map(riskText))}`;
}

function open({ assumptions, questions }: Plan, phrasing: Phrasing): (string | undefined)[] {
  const [first] = assumptions;
  return [
    first &&
      `**Assumed**: ${assumptions.map((a) => `\`${a.field}\` ${shownValue(a.value)}`).join(", ")}. To correct one: ${phrasing.state({ [first.field]: first.value })}.`,
    questions.length > 0
      ? `**Would change the plan**\n${bullets(questions.map((q) => `${q.text} (taken: ${takenText(q)})`))}`
      : undefined,
  ];
}

const ORDER: readonly Step[] = ["project", "change", "why", "whole"];

function next(plan: Plan, { steps }: Phrasing): string {
  const possible = ORDER.filter((step) => step !== "project" || plan.status === "feasible");
  const said = possible.map((step) => steps[step]).filter((words) => words !== undefined);
  return `${said.length > 0 ? `**Next**: ${said.join("; ")}.\n\n` : ""}${footer(plan)}`;
}

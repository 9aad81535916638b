import { nearestNames } from "../catalog/names.ts";
import { AdvisorError } from "../error.ts";
import { asked } from "./asked.ts";
import { fitText } from "./fit.ts";
import { gib, gibRange, hoursRange, usdRange } from "./format.ts";
import { bullets } from "./markdown.ts";
import { fleetText, machineText } from "./names.ts";
import type { Decision, Plan } from "./plan.ts";
import { blockersBeside, flips, refusals, rentText, verdictTitle } from "./sentences.ts";

/** Why a plan says what it says, out of its own record. */
export interface Reasons {
  /** A decision's name, or hardware, memory, time, cost. */
  topic: string;
  /** The option that was asked about, where one was. */
  option?: string;
  /** Whether that option is the one that was chosen. */
  chosen?: boolean;
  choice: string;
  title: string;
  reasons: string[];
  refused: { option: string; why: string }[];
  flips: { when: string; to: string }[];
  documents: string[];
  /** What else can be asked about, where nothing in particular was. */
  topics?: string[];
}

/**
 * Why a decision was made ("framework"), or why an option was or was not taken ("qlora", "why not QLoRA").
 * A word that names neither is an error that names the nearest.
 */
export function why(plan: Plan, words: string): Reasons {
  const topics = topicsOf(plan);
  const { topic, option } = words.trim() === "" ? { topic: "verdict" } : asked(words, topics);
  const found = topics.find((t) => t.topic === topic);
  if (topic === "verdict" && found) return { ...found, topics: topics.map((t) => t.topic).filter((t) => t !== topic) };
  if (found && option === undefined) return found;
  if (found && option !== undefined) {
    const chosen = option === found.choice;
    const refused = found.refused.filter((r) => r.option === option);
    return { ...found, option, chosen, ...(chosen ? {} : { refused }) };
  }
  const names = [...topics.map((t) => t.topic), ...topics.flatMap((t) => t.refused.map((r) => r.option))];
  const near = nearestNames(words, names, 1)[0];
  throw new AdvisorError(
    "unknown-name",
    `The plan has no decision or option "${words}"`,
    near ? `Did you mean "${near}"?` : `Ask about one of: ${topics.map((t) => t.topic).join(", ")}.`,
  );
}

/** The decisions of a plan, and its numbers as if they were decisions. */
function topicsOf(plan: Plan): Reasons[] {
  return [
    ...plan.decisions.map(fromDecision),
    ...hardware(plan),
    ...memory(plan),
    ...time(plan),
    ...cost(plan),
    ...verdict(plan),
  ];
}

const fromDecision = ({ name, choice, title, reasons, refused, flips, documents }: Decision): Reasons => ({
  topic: name,
  choice,
  title,
  reasons,
  refused,
  flips,
  documents,
});

const numbers = (topic: string, choice: string, reasons: string[]): Reasons => ({
  topic,
  choice,
  title: choice,
  reasons,
  refused: [],
  flips: [],
  documents: [],
});

function hardware(plan: Plan): Reasons[] {
  const machine = plan.hardware ?? plan.serving;
  if (!machine || plan.decisions.some((d) => (d.name as string) === "hardware")) return [];
  const choice = plan.hardware
    ? machineText(plan.hardware.acceleratorCount, machine.accelerator.name)
    : fleetText(plan.serving!);
  const platform = plan.decisions.find((d) => d.name === "platform");
  const m = plan.memory;
  const said = plan.brief.accelerator ?? plan.brief.acceleratorMemoryGib;
  return [
    {
      ...numbers("hardware", choice, [
        ...(said ? ["You named it."] : []),
        ...(m
          ? [
              `The run needs ${gibRange(m.neededGib)} of the ${gib(m.usableGib)} that one can use; the largest part is ${m.bindingTerm}.`,
            ]
          : []),
        ...(platform?.reasons ?? []),
        ...(plan.time ? [`Training takes ${hoursRange(plan.time.trainHours)}.`] : []),
      ]),
      refused: plan.alternatives.map((a) => ({ option: a.hardware.accelerator.id, why: `${a.name}: ${a.summary}` })),
      flips: platform?.flips ?? [],
      documents: platform?.documents ?? [],
    },
  ];
}

function memory({ memory: m }: Plan): Reasons[] {
  if (!m) return [];
  const parts = [...m.parts].sort((a, b) => b.gib - a.gib).slice(0, 5);
  return [
    numbers("memory", gibRange(m.neededGib), [
      `It ${fitText(m)}: one device can use ${gib(m.usableGib)}. The worst moment is ${m.peakMoment}.`,
      `Largest parts: ${parts.map((p) => `${p.name} ${gib(p.gib)}`).join(", ")}.`,
    ]),
  ];
}

function time({ time: t }: Plan): Reasons[] {
  return t ? [numbers("time", hoursRange(t.trainHours), [`How: ${t.formula}.`])] : [];
}

function cost({ cost: c, time: t }: Plan): Reasons[] {
  if (!c) return [];
  const month = c.servingUsdPerMonth;
  const said = [t ? rentText(c.trainUsd) : "", month ? `${usdRange(month)} a month of serving` : ""];
  return [
    numbers("cost", said.filter((part) => part !== "").join("; "), [
      `How: ${c.formula}.`,
      ...(c.priceAsOf ? [`Price of ${c.priceAsOf}, ${c.priceSource}.`] : []),
      `Not included: ${c.notIncluded.join("; ")}.`,
    ]),
  ];
}

/** The record in few lines: the verdict, what blocks it or the decisions behind it, and what can be asked about. */
function verdict(plan: Plan): Reasons[] {
  const { status, headline, repairs, decisions } = plan;
  const record = decisions
    .filter((d) => RECORDED.has(d.name) || (d.name === "distributed" && d.choice !== "single"))
    .map((d) => `${d.name}: ${d.title}. ${d.reasons[0] ?? ""}`);
  return [
    {
      ...numbers("verdict", status, [
        headline,
        ...blockersBeside(plan),
        ...record,
        ...(status === "infeasible" ? repairs.map((r) => r.summary) : []),
      ]),
      title: verdictTitle(plan),
    },
  ];
}
const RECORDED: ReadonlySet<string> = new Set(["framework", "platform", "method", "deployment", "data", "tracking"]);

/** The reasons as Markdown. */
export function explainReasons(r: Reasons): string {
  if (r.option !== undefined && !r.chosen)
    return `**Not ${r.option}**; ${r.topic} is ${r.title}.\n\n${bullets([...r.refused.map((x) => x.why), ...r.reasons.map((x) => `${r.choice}: ${x}`), ...flips(r)])}\n`;
  const asking =
    r.topics === undefined ? "" : `\nAsk about any of these: ${r.topics.join(", ")}; or why not an option.\n`;
  return `**${r.topic}: ${r.title}**\n\n${bullets([...r.reasons, ...refusals(r.refused), ...flips(r)]) ?? ""}\n${asking}`;
}

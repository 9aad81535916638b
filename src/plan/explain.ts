import type { Brief, BriefField } from "../brief/brief.ts";
import { BRIEF_FIELDS } from "../brief/fields.ts";
import type { Range } from "../units.ts";
import { workOf } from "./duration.ts";
import { compared, described } from "./explain-described.ts";
import { settingsTable } from "./explain-settings.ts";
import { fitText } from "./fit.ts";
import { count, gib, gibRange, hours, hoursRange, number, rangeText, secondsRange, usd, usdRange } from "./format.ts";
import { bullets, shownValue, table } from "./markdown.ts";
import { fleetText, growthText, methodName } from "./names.ts";
import { outline } from "./outline.ts";
import { type Phrasing, SPOKEN } from "./phrasing.ts";
import type { Calibration, OffRamp, Plan, ServingPlan, TimePlan } from "./plan.ts";
import {
  blockersBeside,
  changes,
  flips,
  footer,
  howToCorrect,
  partsBeside,
  refusals,
  rentText,
  repairsTitle,
  riskText,
  takenText,
  takes,
  verdictTitle,
  waysAround,
} from "./sentences.ts";
import type { Workload } from "./workload.ts";

export interface ExplainOptions {
  /** What a person reads first: one and a half screens. Everything else is left to `whole`. */
  short?: boolean;
  phrasing?: Phrasing;
}

/** The plan as Markdown: verdict first, then numbers with their ranges. The one rendering that every front end shows. */
export function explain(plan: Plan, { short = false, phrasing = SPOKEN }: ExplainOptions = {}): string {
  if (short)
    return `${outline(plan, phrasing)
      .map((block) => block.text)
      .join("\n\n")}\n`;
  const out: string[] = [`# ${verdictTitle(plan)}`, plan.headline];
  const section = (title: string, ...body: (string | undefined)[]): void => {
    const text = body.filter((b): b is string => b !== undefined && b !== "");
    if (text.length > 0) out.push(`## ${title}`, ...text);
  };
  const ways = waysAround(plan);

  for (const notice of plan.notices) out.push(`> ${notice}`);
  section(plan.described?.failed ? "Your run" : "The set-up as you describe it", ...described(plan));
  section("What you compare", ...compared(plan));
  section("Predicted beside measured", ...measured(plan.calibration));
  section("What was asked", bullets(partsBeside(plan)));
  section("What I understood", understood(plan.brief));
  section("Conflicts", bullets(plan.conflicts.map((c) => c.text)));
  section("What blocks it", bullets(blockersBeside(plan)));
  section(repairsTitle(plan), bullets(changes(plan, phrasing)));
  section("Cheaper ways", bullets(ways.cheaper));
  section(ways.title, offRamps(ways.others));
  section("Decisions", decisions(plan));
  section("Memory", memory(plan));
  section("Time and cost", timeAndCost(plan));
  section("Serving", serving(plan));
  section("Training settings", settingsTable(plan));
  section("Risks", bullets(plan.risks.map(riskText)));
  section(
    "Alternatives",
    bullets([
      ...ways.alternatives.map((a) => `**${a.name}**: ${a.summary}`),
      ...ways.smaller.map((r) => `**${r.title}**: ${r.why}`),
    ]),
  );
  section(
    "Assumptions",
    plan.assumptions.length > 0
      ? table(
          ["field", "value", "why"],
          plan.assumptions.map((a) => [`\`${a.field}\``, shownValue(a.value), a.why]),
        )
      : undefined,
    howToCorrect(plan, phrasing),
  );
  section(
    "Questions that would change the plan",
    bullets(plan.questions.map((q) => `**${q.text}** ${q.why} (taken until you say: ${takenText(q)})`)),
  );
  section("Documents", bullets(plan.documents.map((d) => `[${d.title}](${d.url}), facts of ${d.asOf}`)));
  section("Facts used", bullets(plan.facts.map((f) => `${f.name}: ${f.source}, ${f.asOf}`)));
  out.push(footer(plan));
  return `${out.join("\n\n")}\n`;
}

function understood(brief: Brief): string | undefined {
  const rows = BRIEF_FIELDS.flatMap((field: BriefField) => {
    const said = brief[field];
    return said === undefined ? [] : [[`\`${field}\``, shownValue(said.value), said.from]];
  });
  return rows.length > 0 ? table(["field", "value", "from"], rows) : undefined;
}

function decisions(plan: Plan): string | undefined {
  if (plan.decisions.length === 0) return undefined;
  const rows = plan.decisions.map((d) => [d.name, d.title, d.reasons[0] ?? ""]);
  const detail = plan.decisions
    .filter((d) => d.refused.length > 0 || d.reasons.length > 1)
    .map((d) => `**${d.name}: ${d.title}**\n${bullets([...d.reasons.slice(1), ...refusals(d.refused), ...flips(d)])}`);
  return [table(["decision", "choice", "why"], rows), ...detail].join("\n\n");
}

/** Ways to the goal without training this model, with their figures and how those were made. */
function offRamps(ways: readonly OffRamp[]): string | undefined {
  if (ways.length === 0) return undefined;
  return table(
    ["way", "why", "takes", "how"],
    ways.map((r) => [r.title, r.why, takes(r), `${r.formula}${r.asOf ? ` (${r.asOf})` : ""}`]),
  );
}

function memory(plan: Plan): string | undefined {
  const m = plan.memory;
  if (!m) return undefined;
  const lines = [
    `It ${fitText(m)}: the run needs ${gibRange(m.neededGib)} of ${gib(m.usableGib)} usable per device, at the ${m.peakMoment} moment. The largest part is ${m.bindingTerm}. \`nvidia-smi\` may show more, up to the whole card: PyTorch caches what it once had.`,
    instruments(m),
    floors(plan),
    table(
      ["part", "GiB"],
      m.parts.map((p) => [p.name, p.gib.toFixed(2)]),
    ),
    `Host memory about ${gibRange(m.hostGib)}. Behind these numbers: ${plan.calibration ? `a probe on ${plan.calibration.device}, ${plan.calibration.date}${m.status === "does-not-fit" ? ", which ran out of memory or came too near it; the rest is estimated" : ""}.` : CALIBRATION[m.calibration]}`,
    bullets(m.warnings.map((w) => `${w.rule}: ${w.text}`)),
  ];
  return lines.filter((l) => l !== undefined).join("\n\n");
}

/** The same memory as three instruments would read it. */
function instruments({ perDevice }: NonNullable<Plan["memory"]>): string {
  const row = (name: string, r: Range): string[] => [name, gib(r.low), gib(r.expected), gib(r.high)];
  return table(
    ["instrument", "low", "expected", "high"],
    [
      row("allocated (`torch.cuda.max_memory_allocated`)", perDevice.allocatedGib),
      row("reserved (`torch.cuda.max_memory_reserved`)", perDevice.reservedGib),
      row("device (`nvidia-smi`)", perDevice.deviceGib),
    ],
  );
}

/** The question behind "how much memory do I need": the least of each method, micro batch 1. */
function floors(plan: Plan): string | undefined {
  if (!plan.memoryFloors || plan.memoryFloors.length === 0) return undefined;
  const least = plan.memoryFloors.map(
    (f) => `${methodName(f.method)} ${gib(f.neededGib.expected)} (up to ${gib(f.neededGib.high)})`,
  );
  return `The least that each method needs for these samples (micro batch 1, checkpointing, fused loss; full training with 8-bit states): ${least.join(", ")}.`;
}

type Unit = Calibration["changes"][number]["unit"] | Calibration["comparison"][number]["unit"];

const SPEED = { one: number, range: (r: Range) => rangeText(r, number) };

/** A speed's unit stands behind it; the others' formats bring theirs. */
const unitBehind = (unit: Unit): string => (unit.endsWith("/s") ? ` ${unit}` : "");

const SHOW: Record<Unit, { one(x: number): string; range(r: Range): string }> = {
  GiB: { one: gib, range: gibRange },
  "tokens/s": SPEED,
  "images/s": SPEED,
  "clips/s": SPEED,
  h: { one: hours, range: hoursRange },
  USD: { one: usd, range: usdRange },
};

/** What the estimate said of the probe's own run, what the probe read, and which numbers of the plan that moved. */
function measured(c: Calibration | undefined): (string | undefined)[] {
  if (!c) return [];
  const signed = (share: number): string => `${share >= 0 ? "+" : "−"}${number(Math.abs(share) * 100)} %`;
  return [
    c.headline,
    table(
      ["reading", "predicted", "measured", "error of the prediction"],
      c.comparison.map((r) => [
        r.name,
        `${SHOW[r.unit].range(r.predicted)}${unitBehind(r.unit)}`,
        `${r.atLeast ? "more than " : ""}${SHOW[r.unit].one(r.measured)}${unitBehind(r.unit)}`,
        `${signed(r.error)}${r.atLeast ? " or more" : ""}`,
      ]),
    ),
    table(
      ["in the plan", "before", "now"],
      c.changes.map((r) => [r.name, SHOW[r.unit].range(r.before), SHOW[r.unit].range(r.after)]),
    ),
    bullets(c.notes),
  ];
}

const CALIBRATION = {
  measured: "published measurements of this kind of run.",
  simulated: "simulated runs of the real code; no published measurement.",
  uncalibrated: "formulas alone; no measurement of this kind of run, so the band is wide.",
} as const;

/** What is gone through: rows and trees, or tokens and steps. */
function work(w: Workload | undefined, { tokens, optimizerSteps }: TimePlan): string[] {
  if (w?.modality === "tabular")
    return ["work", `${count(tokens)} rows, ${count(optimizerSteps)} trees a fit`, "rows; trees of one fit"];
  const { unit, amount, formula } = w
    ? workOf(w)
    : { unit: "tokens", amount: tokens, formula: "examples × average tokens × epochs" };
  return ["work", `${count(amount)} ${unit}, ${count(optimizerSteps)} optimizer steps`, formula];
}

function timeAndCost(plan: Plan): string | undefined {
  const { time, cost } = plan;
  if (!time && !cost) return undefined;
  const rows: string[][] = [];
  if (time) rows.push(["training time", hoursRange(time.trainHours), time.formula], work(plan.workload, time));
  if (cost) {
    if (time) rows.push(["training cost", rentText(cost.trainUsd), cost.formula]);
    if (cost.servingUsdPerMonth)
      rows.push([
        "serving per month",
        usdRange(cost.servingUsdPerMonth),
        "machines × price per hour × 730 hours; functions: the share that is up",
      ]);
    if (cost.usdPerMillionTokens)
      rows.push(["per million tokens served", usdRange(cost.usdPerMillionTokens), "at the asked load"]);
    if (cost.usdPerThousandRequests)
      rows.push(["per thousand requests served", usdRange(cost.usdPerThousandRequests), "at the asked load"]);
  }
  const notes = cost
    ? `Not included: ${cost.notIncluded.join("; ")}.${cost.priceAsOf ? ` Price of ${cost.priceAsOf}, ${cost.priceSource}.` : ""}`
    : undefined;
  // A machine of one's own that only serves has neither: no head without rows.
  const found = rows.length > 0 ? table(["what", "expected (low to high)", "how"], rows) : undefined;
  const said = [found, notes].filter((x) => x !== undefined);
  return said.length > 0 ? said.join("\n\n") : undefined;
}

function serving(plan: Plan): string | undefined {
  const s = plan.serving;
  if (!s) return undefined;
  const onePass = s.timePerOutputTokenSeconds.high === 0;
  const { promptTokens, outputTokens } = s.longestRequest;
  const rows = [
    [
      "machine",
      `${fleetText(s)}${s.offer ? ` on ${s.offer.platform}, ${usd(s.usdPerHourPerReplica ?? s.offer.usdPerHour)} per hour each (${s.offer.asOf})` : ", your own"}`,
    ],
    [
      "engine",
      `${s.engine}, ${s.baseQuantization === "none" ? (onePass ? "unquantised" : "16-bit") : s.baseQuantization} weights, up to ${count(s.maxConcurrentRequests)} ${s.maxConcurrentRequests === 1 ? "request" : "requests"} at a time`,
    ],
    ...(promptTokens + outputTokens > s.contextLength
      ? [["longest request", `${count(promptTokens)} tokens in and ${count(outputTokens)} out`]]
      : []),
    ["rate per replica", `${rangeText(s.requestsPerSecondPerReplica, number)} requests per second`],
    ...(onePass
      ? [["time to an answer", secondsRange(s.timeToFirstTokenSeconds)]]
      : [
          ["time to first token", secondsRange(s.timeToFirstTokenSeconds)],
          ["time per output token", secondsRange(s.timePerOutputTokenSeconds)],
        ]),
    ["cold start", secondsRange(s.coldStartSeconds)],
    ...(s.autoscaling ? [["autoscaling", growthText(s.autoscaling)]] : []),
  ];
  return [table(["what", "value"], rows), ways(s), bullets(s.notes)].filter((x) => x !== undefined).join("\n\n");
}

/** What each way to serve the load would cost: the same numbers that the decision compares. */
function ways(s: ServingPlan): string | undefined {
  const priced = s.ways?.filter((w) => w.usdPerMonth !== undefined) ?? [];
  if (priced.length < 2) return undefined;
  return table(
    ["way to serve", "machine", "rent a month", "finds nothing running"],
    priced.map((w) => [
      w.deployment,
      w.machine ?? "",
      usd(w.usdPerMonth!),
      // Less than one in ten thousand is a figure of the formula, not of a month.
      w.coldShare === undefined || w.coldShare < 1e-4 ? "never" : `${number(w.coldShare * 100)} % of requests`,
    ]),
  );
}

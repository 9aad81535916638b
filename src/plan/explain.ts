import type { Brief, BriefField } from "../brief/brief.ts";
import { BRIEF_FIELDS } from "../brief/fields.ts";
import type { Range } from "../units.ts";
import { workOf } from "./duration.ts";
import { count, gib, gibRange, hours, hoursRange, inFlight, number, secondsRange, usd, usdRange } from "./format.ts";
import { bullets, shownValue, table } from "./markdown.ts";
import type { Calibration, OffRamp, Plan, ServingPlan, TimePlan } from "./plan.ts";
import type { Workload } from "./workload.ts";

const VERDICT: Record<Plan["status"], string> = {
  feasible: "Feasible",
  infeasible: "Not possible as asked",
  "off-ramp": "There is a cheaper way",
};

export interface ExplainOptions {
  /** What a person reads on a screen: without the settings, documents, facts and the refusals of lesser decisions. */
  short?: boolean;
}

/** The plan as Markdown: verdict first, then numbers with their ranges. The one rendering that every front end shows. */
export function explain(plan: Plan, { short = false }: ExplainOptions = {}): string {
  const out: string[] = [`# ${VERDICT[plan.status]}`, plan.headline];
  const section = (title: string, ...body: (string | undefined)[]): void => {
    const text = body.filter((b): b is string => b !== undefined && b !== "");
    if (text.length > 0) out.push(`## ${title}`, ...text);
  };

  for (const notice of plan.notices) out.push(`> ${notice}`);
  section("Predicted beside measured", ...measured(plan.calibration));
  section("What I understood", understood(plan.brief));
  section("Conflicts", bullets(plan.conflicts.map((c) => c.text)));
  section("What blocks it", bullets(plan.blockers.map((b) => b.text)));
  section(
    plan.status === "feasible" && plan.memory?.status === "fits" ? "Room to spare" : "What would work instead",
    bullets(plan.repairs.map((r) => r.summary)),
  );
  section(
    plan.status === "off-ramp"
      ? "What to do instead"
      : plan.workload?.phase === "serve"
        ? "Without a server of your own"
        : "Without training",
    offRamps(plan, short),
  );
  section("Decisions", decisions(plan, short));
  section("Memory", memory(plan, short));
  section("Time and cost", timeAndCost(plan));
  section("Serving", serving(plan));
  if (!short) section("Training settings", settings(plan));
  section("Risks", bullets(plan.risks.map((r) => `**${r.severity}** ${r.text} ${r.mitigation}`)));
  section("Alternatives", bullets(plan.alternatives.map((a) => `**${a.name}**: ${a.summary}`)));
  section(
    "Assumptions",
    plan.assumptions.length > 0
      ? table(
          ["field", "value", "why"],
          plan.assumptions.map((a) => [`\`${a.field}\``, shownValue(a.value), a.why]),
        )
      : undefined,
    plan.assumptions.length > 0 ? "Correct any of these with `--set field=value`, or say it in words." : undefined,
  );
  section(
    "Questions that would change the plan",
    bullets(plan.questions.map((q) => `**${q.text}** ${q.why} (default: ${shownValue(q.default)})`)),
  );
  if (!short) section("Documents", bullets(plan.documents.map((d) => `[${d.title}](${d.url}), facts of ${d.asOf}`)));
  if (!short) section("Facts used", bullets(plan.facts.map((f) => `${f.name}: ${f.source}, ${f.asOf}`)));
  out.push(
    `Plan \`${plan.planHash.slice(0, 12)}\`, made for ${plan.today} by planner ${plan.plannerVersion}. ${plan.calibration ? `Memory${plan.time && plan.calibration.changes.length > 1 ? ", speed and training time" : ""} rest on a measurement of ${plan.calibration.date}; the other numbers are estimates.` : "Numbers are estimates: run the project's memory probe before renting for long."}`,
  );
  return `${out.join("\n\n")}\n`;
}

function understood(brief: Brief): string | undefined {
  const rows = BRIEF_FIELDS.flatMap((field: BriefField) => {
    const said = brief[field];
    return said === undefined ? [] : [[`\`${field}\``, shownValue(said.value), said.from]];
  });
  return rows.length > 0 ? table(["field", "value", "from"], rows) : undefined;
}

/** The four that a person signs; the others follow from them more than they cost. */
const MAIN = new Set(["framework", "platform", "method", "deployment"]);

function decisions(plan: Plan, short: boolean): string | undefined {
  if (plan.decisions.length === 0) return undefined;
  const rows = plan.decisions.map((d) => [d.name, d.title, d.reasons[0] ?? ""]);
  const detail = plan.decisions
    .filter((d) => (!short || MAIN.has(d.name)) && (d.refused.length > 0 || d.reasons.length > 1))
    .map((d) => {
      const lines = [
        ...d.reasons.slice(1),
        ...d.refused.map((r) => `not ${r.option}: ${r.why}`),
        ...d.flips.map((f) =>
          f.to === d.choice ? `stays ${f.to}, on another machine, when ${f.when}` : `changes to ${f.to} when ${f.when}`,
        ),
      ];
      return `**${d.name}: ${d.title}**\n${lines.map((l) => `- ${l}`).join("\n")}`;
    });
  return [table(["decision", "choice", "why"], rows), ...detail].join("\n\n");
}

/** Ways to the goal without training this model, with their figures and how those were made. */
function offRamps(plan: Plan, short: boolean): string | undefined {
  if (plan.offRamps.length === 0) return undefined;
  const cost = (r: OffRamp): string => {
    const money = r.usd && `${usd(r.usd.low)} to ${usd(r.usd.high)}${r.per === undefined ? "" : ` a ${r.per}`}`;
    const time = r.hours && `${hours(r.hours.low)} to ${hours(r.hours.high)}`;
    return [money, time].filter((x) => x !== undefined).join(", ") || "no dated price";
  };
  if (short) return bullets(plan.offRamps.map((r) => `**${r.title}**, ${cost(r)}: ${r.why}`));
  return table(
    ["way", "why", "takes", "how"],
    plan.offRamps.map((r) => [r.title, r.why, cost(r), `${r.formula}${r.asOf ? ` (${r.asOf})` : ""}`]),
  );
}

function memory(plan: Plan, short: boolean): string | undefined {
  const m = plan.memory;
  if (!m) return undefined;
  const verdict =
    m.status === "fits" && m.neededGib.high > m.usableGib
      ? "It should fit, with nothing to spare at the high end"
      : { fits: "It fits", tight: "It is tight", "does-not-fit": "It does not fit" }[m.status];
  const lines = [
    `${verdict}: the run needs ${gibRange(m.neededGib)} of ${gib(m.usableGib)} usable per device, at the ${m.peakMoment} moment. The largest part is ${m.bindingTerm}. \`nvidia-smi\` may show more, up to the whole card: PyTorch caches what it once had.`,
    short ? undefined : instruments(m),
    floors(plan),
    short
      ? undefined
      : table(
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
    (f) => `${f.method} ${gib(f.neededGib.expected)} (up to ${gib(f.neededGib.high)})`,
  );
  return `The least that each method needs at this length (micro batch 1, checkpointing, fused loss): ${least.join(", ")}.`;
}

const SHOW: Record<Calibration["changes"][number]["unit"], { one(x: number): string; range(r: Range): string }> = {
  GiB: { one: gib, range: gibRange },
  "tokens/s": { one: number, range: (r) => `${number(r.expected)} (${number(r.low)} to ${number(r.high)})` },
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
        `${SHOW[r.unit].range(r.predicted)}${r.unit === "tokens/s" ? " tokens/s" : ""}`,
        `${r.atLeast ? "more than " : ""}${SHOW[r.unit].one(r.measured)}${r.unit === "tokens/s" ? " tokens/s" : ""}`,
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
  const { unit, formula } = w ? workOf(w) : { unit: "tokens", formula: "examples × average tokens × epochs" };
  return ["work", `${count(tokens)} ${unit}, ${count(optimizerSteps)} optimizer steps`, formula];
}

function timeAndCost(plan: Plan): string | undefined {
  const { time, cost } = plan;
  if (!time && !cost) return undefined;
  const rows: string[][] = [];
  if (time) rows.push(["training time", hoursRange(time.trainHours), time.formula], work(plan.workload, time));
  if (cost) {
    if (time) rows.push(["training cost", usdRange(cost.trainUsd), cost.formula]);
    if (cost.servingUsdPerMonth)
      rows.push([
        "serving per month",
        usdRange(cost.servingUsdPerMonth),
        "machines × price per hour × 730 hours; functions: the share that is up",
      ]);
    if (cost.usdPerMillionTokens)
      rows.push(["per million tokens served", usdRange(cost.usdPerMillionTokens), "at the asked load"]);
  }
  const notes = cost
    ? `Not included: ${cost.notIncluded.join("; ")}.${cost.priceAsOf ? ` Price of ${cost.priceAsOf}, ${cost.priceSource}.` : ""}`
    : undefined;
  return [table(["what", "expected (low to high)", "how"], rows), notes].filter((x) => x !== undefined).join("\n\n");
}

function serving(plan: Plan): string | undefined {
  const s = plan.serving;
  if (!s) return undefined;
  const each = s.acceleratorCountPerReplica > 1 ? `${s.acceleratorCountPerReplica} × ` : "";
  const onePass = s.timePerOutputTokenSeconds.high === 0;
  const rows = [
    [
      "machine",
      `${s.replicas} × ${each}${s.accelerator.name}${s.offer ? ` on ${s.offer.platform}, ${usd(s.usdPerHourPerReplica ?? s.offer.usdPerHour)} per hour each (${s.offer.asOf})` : ", your own"}`,
    ],
    [
      "engine",
      `${s.engine}, ${s.baseQuantization === "none" ? (onePass ? "unquantised" : "16-bit") : s.baseQuantization} weights, up to ${count(s.maxConcurrentRequests)} ${s.maxConcurrentRequests === 1 ? "request" : "requests"} at a time`,
    ],
    [
      "rate per replica",
      `${number(s.requestsPerSecondPerReplica.expected)} requests/s (${number(s.requestsPerSecondPerReplica.low)} to ${number(s.requestsPerSecondPerReplica.high)})`,
    ],
    ...(onePass
      ? [["time to an answer", secondsRange(s.timeToFirstTokenSeconds)]]
      : [
          ["time to first token", secondsRange(s.timeToFirstTokenSeconds)],
          ["time per output token", secondsRange(s.timePerOutputTokenSeconds)],
        ]),
    ["cold start", secondsRange(s.coldStartSeconds)],
    ...(s.autoscaling ? [["autoscaling", autoscaling(s.autoscaling)]] : []),
  ];
  return [table(["what", "value"], rows), ways(s), bullets(s.notes)].filter((x) => x !== undefined).join("\n\n");
}

const autoscaling = (a: ServingPlan["autoscaling"]): string =>
  `${a.minReplicas} to ${a.maxReplicas} replicas, one more at ${inFlight(a.targetConcurrentRequests)} each${a.idleSeconds === undefined ? "" : `; none after ${a.idleSeconds} idle seconds`}`;

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

function settings(plan: Plan): string | undefined {
  const t = plan.training;
  if (!t) return undefined;
  const rows = Object.entries(t).map(([k, v]) => [`\`${k}\``, String(v)]);
  return table(["setting", "value"], rows);
}

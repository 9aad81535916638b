import type { ComparedSide } from "./compared.ts";
import { gib, gibRange, hoursRange, number, usdRange } from "./format.ts";
import { bullets, shownValue, table } from "./markdown.ts";
import type { Plan } from "./plan.ts";
import { rentText } from "./sentences.ts";

/** The set-up that a person described: the verdict, what was predicted beside what was read, the smallest changes. */
export function described({ described: run, repairs }: Plan): (string | undefined)[] {
  if (!run) return [];
  const said = Object.entries(run.request).filter(([field]) => field !== "model" && field !== "phase");
  const yours = repairs.filter((r) => r.of !== undefined);
  const unsaid = run.assumptions.map((a) => `${a.field} ${shownValue(a.value)}`);
  return [
    run.headline,
    run.comparison.length > 0
      ? table(
          ["reading", "predicted", "measured", "error of the prediction"],
          run.comparison.map((r) => [
            r.name,
            gibRange(r.predicted),
            `${r.atLeast ? "at least " : ""}${gib(r.measured)}`,
            `${r.error >= 0 ? "+" : "−"}${number(Math.abs(r.error) * 100)} %`,
          ]),
        )
      : undefined,
    `Estimated as ${said.map(([field, value]) => `${field} ${shownValue(value)}`).join(", ")}${unsaid.length > 0 ? `; not said and taken as usual: ${unsaid.join(", ")}` : ""}. It peaks at the ${run.peakMoment} moment.`,
    bullets(run.notes),
    yours.length > 0 ? "On the same hardware, the smallest change first:" : undefined,
    bullets(yours.map((r) => r.summary)),
  ];
}

/** The set-ups that a text compares, side by side. */
export function compared({ compared: plan }: Plan): (string | undefined)[] {
  if (!plan) return [];
  const VERDICT = { feasible: "feasible", infeasible: "not possible", "off-ramp": "a cheaper way exists" } as const;
  const columns: [string, (s: ComparedSide) => string][] = [
    ["set-up", (s) => (s.chosen ? `**${s.name}**` : s.name)],
    ["verdict", (s) => VERDICT[s.status]],
    [
      "memory per device",
      (s) => (s.neededGib && s.usableGib ? `${gib(s.neededGib.expected)} of ${gib(s.usableGib)}, ${s.memory}` : ""),
    ],
    ["training time", (s) => (s.trainHours ? hoursRange(s.trainHours) : "")],
    ["training cost", (s) => (s.trainUsd ? rentText(s.trainUsd) : "")],
    ["serving per month", (s) => (s.servingUsdPerMonth ? usdRange(s.servingUsdPerMonth) : "")],
  ];
  const used = columns.filter(([, cell]) => plan.sides.some((s) => cell(s) !== ""));
  return [
    plan.answer,
    table(
      used.map(([name]) => name),
      plan.sides.map((s) => used.map(([, cell]) => cell(s))),
    ),
  ];
}

import { hours, usd } from "../plan/format.ts";
import { machineText } from "../plan/names.ts";
import type { Plan } from "../plan/plan.ts";
import type { Range } from "../units.ts";
import { type Chart, chart, paletteOf, type Theme } from "./chart.ts";

/** A plan as a point: what it costs and how long it takes. */
export interface CostPoint {
  name: string;
  machine: string;
  hours: Range;
  usd: Range;
  chosen: boolean;
}

/** The plan and its alternatives that train, the plan first. Empty where there is nothing to compare on two axes. */
export function costPoints(plan: Plan): CostPoint[] {
  if (!plan.hardware || !plan.time || !plan.cost) return [];
  const machine = (h: NonNullable<Plan["hardware"]>): string => machineText(h.acceleratorCount, h.accelerator.name);
  return [
    {
      name: "this plan",
      machine: machine(plan.hardware),
      hours: plan.time.trainHours,
      usd: plan.cost.trainUsd,
      chosen: true,
    },
    ...plan.alternatives.map((a) => ({
      name: a.name,
      machine: machine(a.hardware),
      hours: a.trainHours,
      usd: a.trainUsd,
      chosen: false,
    })),
  ];
}

/** Told apart without colour too. */
const SHAPES = ["circle", "square", "triangle-up", "diamond", "cross", "triangle-down"];

/** Ticks of a scale that spans more than this many times its smallest value are logarithmic. */
const LOG_FROM = 20;

function axis(title: string, points: readonly Range[]): Record<string, unknown> {
  const smallest = Math.min(...points.map((p) => p.low));
  const largest = Math.max(...points.map((p) => p.high));
  const log = smallest > 0 && largest / smallest > LOG_FROM;
  return {
    type: "quantitative",
    scale: log ? { type: "log", nice: true } : { zero: true, nice: true },
    axis: { title, tickCount: 6 },
  };
}

/** Cost against time: each plan a point with its range on both axes. */
export function costChart(plan: Plan, theme: Theme = "light"): Chart | undefined {
  const points = costPoints(plan);
  if (points.length === 0) return undefined;
  const c = paletteOf(theme);
  // Points that lie close would cover each other's labels: the legend carries them, in words and figures.
  const labelOf = (p: CostPoint): string =>
    `${p.name}: ${p.machine}, ${hours(p.hours.expected)}, ${usd(p.usd.expected)}`;
  const labels = points.map(labelOf);
  const rows = points.map((p, at) => ({
    label: labels[at],
    hours: p.hours.expected,
    hoursLow: p.hours.low,
    hoursHigh: p.hours.high,
    usd: p.usd.expected,
    usdLow: p.usd.low,
    usdHigh: p.usd.high,
  }));
  const x = axis(
    "hours of training",
    points.map((p) => p.hours),
  );
  const y = axis(
    "US dollars of rent",
    points.map((p) => p.usd),
  );
  const legend = {
    title: null,
    orient: "bottom",
    columns: 1,
    labelLimit: 520,
    labelColor: c.text,
    rowPadding: 4,
    symbolOpacity: 1,
  };
  const color = { field: "label", type: "nominal", scale: { domain: labels, range: c.series }, legend };
  const shape = { field: "label", type: "nominal", scale: { domain: labels, range: SHAPES }, legend };
  return chart(theme, "Cost against time", "expected, with the range on both axes", {
    height: 300,
    data: { values: rows },
    layer: [
      {
        mark: { type: "rule", strokeWidth: 2, opacity: 0.45 },
        encoding: { x: { ...x, field: "hoursLow" }, x2: { field: "hoursHigh" }, y: { ...y, field: "usd" }, color },
      },
      {
        mark: { type: "rule", strokeWidth: 2, opacity: 0.45 },
        encoding: { x: { ...x, field: "hours" }, y: { ...y, field: "usdLow" }, y2: { field: "usdHigh" }, color },
      },
      {
        mark: { type: "point", filled: true, size: 130, opacity: 1, tooltip: true },
        encoding: { x: { ...x, field: "hours" }, y: { ...y, field: "usd" }, color, shape },
      },
    ],
  });
}

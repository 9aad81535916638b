import { type CostPoint, costPoints, hoursText, type Plan, usdText } from "../src/index.ts";
import type { Colors } from "./paint.ts";
import { columnsOf, padded, shortened } from "./width.ts";

const WIDEST = 110;
/** Below this every plan takes three lines: its name, its cost, its time. */
const NARROW = 72;
const FIGURE_COLUMNS = 8;

/** What the plan and its alternatives cost and take, as two bars a plan; empty where there is nothing to compare. */
export function costBars(plan: Plan, columns: number, colors: Colors): string {
  const points = costPoints(plan);
  if (points.length < 2) return "";
  const width = Math.min(columns, WIDEST);
  const longest = (of: (p: CostPoint) => number): number => Math.max(...points.map(of)) || 1;
  const most = { usd: longest((p) => p.usd.expected), hours: longest((p) => p.hours.expected) };
  const narrow = width < NARROW;
  const names = points.map((p) => `${p.name}: ${p.machine}`);
  const nameColumns = Math.min(44, Math.max(...names.map(columnsOf)));
  const bar = (share: number, cells: number): string => "█".repeat(Math.max(1, Math.round(share * cells)));
  const cells = Math.max(
    6,
    Math.floor(narrow ? width - FIGURE_COLUMNS - 3 : (width - nameColumns - 4) / 2 - FIGURE_COLUMNS - 2),
  );
  const pair = (share: number, figure: string, paint: (text: string) => string): string => {
    const drawn = bar(share, cells);
    return `${paint(drawn)}${" ".repeat(cells - drawn.length)} ${padded(figure, FIGURE_COLUMNS)}`;
  };
  const lines = points.flatMap((p, at) => {
    const name = names[at] ?? "";
    const paint = p.chosen ? colors.bold : (text: string) => text;
    const usd = pair(p.usd.expected / most.usd, usdText(p.usd.expected), colors.cyan);
    const hours = pair(p.hours.expected / most.hours, hoursText(p.hours.expected), colors.magenta);
    return narrow
      ? [paint(shortened(name, width)), `  ${usd}`, `  ${hours}`]
      : [`  ${paint(padded(shortened(name, nameColumns), nameColumns))}  ${usd} ${hours}`];
  });
  return `${[colors.bold("Cost and time"), "", ...lines].map((line) => line.trimEnd()).join("\n")}\n`;
}

import { stripVTControlCharacters } from "node:util";
import { type EstimateAnswer, fitText, gibText, type MemoryRow, memoryRows } from "../src/index.ts";
import { textOf, wrapped } from "./inline.ts";
import type { Colors } from "./paint.ts";
import { columnsOf, padded, shortened } from "./width.ts";

type FitStatus = EstimateAnswer["status"];

/** Below this the bar gets its own line under its name. */
const NARROW = 60;
const WIDEST = 110;
const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

const MARK: Record<FitStatus, string> = { fits: "✓", tight: "!", "does-not-fit": "✗" };

/**
 * Memory of one device by part: each part begins where the one above ended, so the last one ends at the total.
 * Under them the band from low to high, and the device's limit as a line through all rows.
 */
export function memoryBars(title: string, answer: EstimateAnswer, columns: number, colors: Colors): string {
  const rows = memoryRows(answer);
  const needed = answer.neededGib;
  const width = Math.min(columns, WIDEST);
  const narrow = width < NARROW;
  const nameColumns = Math.min(28, Math.max(...rows.map((row) => columnsOf(row.name)), 10));
  const figureColumns = 9;
  const barColumns = Math.max(12, narrow ? width - 2 : width - nameColumns - figureColumns - 5);
  // The limit's mark takes a column of its own at the far end.
  const scale = (barColumns - 1) / (Math.max(answer.usableGib, needed.high, needed.expected) || 1);
  const limit = Math.round(answer.usableGib * scale);
  const out = [colors.bold(title), ""];
  const label = (name: string, figure: string, bar: string) => {
    if (narrow)
      out.push(
        `${padded(shortened(name, width - figureColumns - 1), width - figureColumns)}${padded(figure, figureColumns, "right")}`,
        `  ${bar}`,
      );
    else
      out.push(
        `  ${padded(shortened(name, nameColumns), nameColumns)}  ${padBar(bar, barColumns)} ${padded(figure, figureColumns, "right")}`,
      );
  };
  let start = 0;
  for (const row of rows) {
    label(row.name, gibText(row.gib), partBar(row, start * scale, scale, limit, colors));
    start += row.gib;
  }
  label("in all", gibText(needed.expected), bandBar(needed, scale, limit, barColumns, answer.status, colors));
  const paint = statusPaint(answer.status, colors);
  const verdict = verdictLine(answer);
  out.push("", ...folded([verdict], width).map((line, at) => (at === 0 ? paint(line) : line)));
  out.push(...folded(legend(answer), width).map(colors.dim));
  return `${out.map((line) => line.trimEnd()).join("\n")}\n`;
}

const verdictLine = (answer: EstimateAnswer): string =>
  `${MARK[answer.status]} ${fitText(answer)}: ${number(answer.neededGib.low)}–${number(answer.neededGib.high)} GiB of ${number(answer.usableGib)} GiB usable`;

/** The same memory in one line: what is expected with the part to cut first, on to the high end, against the limit. */
export function memoryLine(label: string, answer: EstimateAnswer, columns: number, colors: Colors): string {
  const { expected, high } = answer.neededGib;
  const figures = `${MARK[answer.status]} ${number(expected)} of ${number(answer.usableGib)} GiB  ▓ ${answer.bindingTerm}`;
  const narrow = columns < NARROW;
  const cells = narrow ? columns - 2 : Math.min(columns, WIDEST) - columnsOf(label) - columnsOf(figures) - 4;
  const scale = (cells - 1) / (Math.max(answer.usableGib, high, expected) || 1);
  const at = (gib: number): number => Math.round(gib * scale);
  const first = answer.parts.find((part) => part.name === answer.bindingTerm)?.gib ?? 0;
  const paint = statusPaint(answer.status, colors);
  const bar = Array.from({ length: cells }, (_, column) => {
    if (column === at(answer.usableGib)) return colors.bold("┃");
    if (column < at(first)) return colors.magenta("▓");
    if (column < at(expected)) return paint("█");
    return column < at(high) ? paint("░") : colors.dim("·");
  });
  return narrow
    ? `${shortened(`${label.trimEnd()} ${figures}`, columns)}\n  ${bar.join("")}\n`
    : `${label}  ${bar.join("")}  ${figures}\n`;
}

/** Fills lines with whole phrases; a phrase longer than a line breaks between words. */
function folded(phrases: string[], width: number): string[] {
  const lines: string[] = [];
  for (const phrase of phrases) {
    const last = lines.at(-1);
    if (last !== undefined && columnsOf(last) + 2 + columnsOf(phrase) <= width)
      lines[lines.length - 1] = `${last}  ${phrase}`;
    else lines.push(...wrapped([{ text: phrase, tone: "plain" }], width).map((line) => textOf(line)));
  }
  return lines;
}

function partBar(row: MemoryRow, from: number, scale: number, limit: number, colors: Colors): string {
  const start = Math.round(from);
  const eighths = Math.max(1, Math.round((from + row.gib * scale - start) * 8));
  // Shapes differ too, so that the bars can be told apart without colour.
  const full = row.kind === "overhead" ? "░" : row.kind === "binding" ? "▓" : "█";
  const tail = row.kind === "part" ? (EIGHTHS[eighths % 8] ?? "") : eighths % 8 > 3 || eighths < 8 ? full : "";
  const bar = full.repeat(Math.floor(eighths / 8)) + tail;
  const end = start + columnsOf(bar);
  const paint = row.kind === "binding" ? colors.magenta : row.kind === "overhead" ? colors.dim : colors.cyan;
  const limitMark = colors.dim("┊");
  if (limit < start) return `${" ".repeat(limit)}${limitMark}${" ".repeat(start - limit - 1)}${paint(bar)}`;
  if (limit >= end) return `${" ".repeat(start)}${paint(bar)}${" ".repeat(limit - end)}${limitMark}`;
  const characters = [...bar];
  const before = characters.slice(0, limit - start).join("");
  const after = characters.slice(limit - start + 1).join("");
  return `${" ".repeat(start)}${before && paint(before)}┊${after && paint(after)}`;
}

/** `├──●──┤` from low over expected to high, with `┃` at the device's limit. */
function bandBar(
  needed: { low: number; expected: number; high: number },
  scale: number,
  limit: number,
  columns: number,
  status: FitStatus,
  colors: Colors,
): string {
  const at = (gib: number) => Math.min(columns - 1, Math.round(gib * scale));
  const [low, expected, high] = [at(needed.low), at(needed.expected), at(needed.high)];
  const paint = statusPaint(status, colors);
  return Array.from({ length: columns }, (_, column) => {
    if (column === limit) return colors.bold("┃");
    if (column < low || column > high) return " ";
    if (column === expected) return paint("●");
    return paint(column === low ? "├" : column === high ? "┤" : "─");
  })
    .join("")
    .trimEnd();
}

function legend(answer: EstimateAnswer): string[] {
  return ["┃ limit", "├●┤ low, expected, high", `▓ ${answer.bindingTerm}: cut this first`, `at ${answer.peakMoment}`];
}

function statusPaint(status: FitStatus, colors: Colors): (text: string) => string {
  return status === "fits" ? colors.green : status === "tight" ? colors.magenta : colors.red;
}

/** Pads a painted bar: its escape sequences take no columns. */
function padBar(bar: string, columns: number): string {
  return bar + " ".repeat(Math.max(0, columns - columnsOf(stripVTControlCharacters(bar))));
}

const number = (gib: number) => (gib >= 100 ? gib.toFixed(0) : gib.toFixed(1));

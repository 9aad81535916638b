import type { Line } from "./inline.ts";
import { inline, wrapped } from "./inline.ts";
import type { Colors, Screen } from "./paint.ts";
import { painted } from "./paint.ts";
import { drawTable } from "./table.ts";
import { columnsOf, withoutControls } from "./width.ts";

/** Lines of prose longer than this are hard to follow; tables may use the whole terminal. */
const READABLE_COLUMNS = 100;
const WIDEST_TABLE = 160;

/**
 * Shows Markdown as the screen can: laid out and coloured on a terminal, otherwise the Markdown itself, so that
 * a redirected answer is a document. Either way nothing in it can steer a terminal.
 */
export function shown(markdown: string, screen: Screen): string {
  const text = withoutControls(markdown).replace(/\n*$/, "\n");
  return screen.columns === undefined ? text : laidOut(text, screen.columns, screen.colors);
}

function laidOut(markdown: string, columns: number, colors: Colors): string {
  const prose = Math.max(20, Math.min(columns, READABLE_COLUMNS));
  const out: string[] = [];
  const lines = markdown.split("\n");
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? "";
    if (line.startsWith("```")) {
      const end = lines.findIndex((other, index) => index > at && other.startsWith("```"));
      const code = lines.slice(at + 1, end === -1 ? lines.length : end);
      // Never wrapped: a command must be copied as it is.
      out.push(...code.map((text) => colors.cyan(`  ${text}`)));
      at = end === -1 ? lines.length : end + 1;
    } else if (isTableStart(lines, at)) {
      let end = at + 2;
      while (lines[end]?.trimStart().startsWith("|")) end += 1;
      out.push(...drawTable(tableOf(lines.slice(at, end)), Math.min(columns, WIDEST_TABLE), colors));
      at = end;
    } else {
      const block = blockAt(lines, at);
      out.push(...drawBlock(block, prose, colors));
      at = block.end;
    }
  }
  return `${out
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

interface Block {
  kind: "heading" | "item" | "quote" | "rule" | "paragraph" | "blank";
  indent: string;
  mark: string;
  text: string;
  end: number;
}

const STARTS_BLOCK = /^\s*$|^#{1,6} |^\s*(?:[-*+]|\d+[.)]) |^> |^```|^\||^---+$/;

/** Reads the block that starts at a line, joining the lines that continue it. */
function blockAt(lines: string[], at: number): Block {
  const line = lines[at] ?? "";
  const one = (kind: Block["kind"], mark: string, text: string, indent = ""): Block => ({
    kind,
    indent,
    mark,
    text,
    end: at + 1,
  });
  if (line.trim() === "") return one("blank", "", "");
  const heading = /^(#{1,6}) (.*)$/.exec(line);
  if (heading) return one("heading", heading[1] ?? "", heading[2] ?? "");
  if (/^---+$/.test(line)) return one("rule", "", "");
  const item = /^(\s*)([-*+]|\d+[.)]) (.*)$/.exec(line);
  const quote = /^> ?(.*)$/.exec(line);
  let end = at + 1;
  const rest: string[] = [];
  for (; end < lines.length && !STARTS_BLOCK.test(lines[end] ?? ""); end += 1) rest.push((lines[end] ?? "").trim());
  const joined = (first: string) => [first, ...rest].join(" ");
  if (item) {
    const number = /\d/.test(item[2] ?? "");
    return {
      kind: "item",
      indent: item[1] ?? "",
      mark: number ? `${item[2]} ` : "• ",
      text: joined(item[3] ?? ""),
      end,
    };
  }
  if (quote) return { kind: "quote", indent: "", mark: "│ ", text: joined(quote[1] ?? ""), end };
  return { kind: "paragraph", indent: "", mark: "", text: joined(line.trim()), end };
}

function drawBlock(block: Block, columns: number, colors: Colors): string[] {
  switch (block.kind) {
    case "blank":
      return [""];
    case "rule":
      return [colors.dim("─".repeat(columns))];
    case "heading": {
      const runs = inline(block.text).map((run) => ({ ...run, tone: "bold" as const }));
      const drawn = wrapped(runs, columns).map((line) => painted(line, colors));
      // The first levels are underlined as well, so that structure survives without colour.
      const longest = Math.max(
        ...wrapped(runs, columns).map((line: Line) => columnsOf(line.map((r) => r.text).join(""))),
      );
      const rule = block.mark.length === 1 ? "═" : "─";
      return block.mark.length <= 2 ? ["", ...drawn, colors.dim(rule.repeat(longest))] : ["", ...drawn];
    }
    case "item":
    case "quote":
    case "paragraph": {
      const hang = block.indent + " ".repeat(columnsOf(block.mark));
      const first = block.indent + (block.kind === "quote" ? colors.dim(block.mark) : block.mark);
      const next = block.kind === "quote" ? first : hang;
      const drawn = wrapped(inline(block.text), columns - columnsOf(hang));
      return drawn.map((line, index) => (index === 0 ? first : next) + painted(line, colors));
    }
    default:
      return block.kind satisfies never;
  }
}

function isTableStart(lines: string[], at: number): boolean {
  return lines[at]?.startsWith("|") === true && /^\|(\s*:?-+:?\s*\|)+\s*$/.test(lines[at + 1] ?? "");
}

function tableOf(lines: string[]) {
  const cells = (line: string) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split(/(?<!\\)\|/)
      .map((cell) => cell.trim().replaceAll("\\|", "|").replaceAll("<br>", " "));
  const align = cells(lines[1] ?? "").map((cell): "left" | "right" =>
    cell.endsWith(":") && !cell.startsWith(":") ? "right" : "left",
  );
  return { head: cells(lines[0] ?? ""), rows: lines.slice(2).map(cells), align };
}

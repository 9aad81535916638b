import type { KnownBlock } from "@slack/types";
import { bare } from "./inline.ts";
import { tables } from "./table.ts";
import { heading, list, preformatted, sections } from "./text.ts";

const ITEM = /^[-*] (.*)$/;
/** A number whose unit stands in the head of its column. */
const BARE_NUMBER = /^[\d.,]+$/;
const RULE = /^\|(?: ?:?-+:? ?\|)+$/;

/** The core's Markdown as blocks: headings, native tables, lists, code and text. Used where the core renders and no block says it better. */
export function markdownBlocks(markdown: string, hosts: readonly string[]): KnownBlock[] {
  const lines = markdown.split("\n");
  const out: KnownBlock[] = [];
  let text: string[] = [];
  const flush = (): void => {
    if (text.some((line) => line.trim() !== "")) out.push(...paragraph(text, hosts));
    text = [];
  };
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    const title = /^#{1,6} +(.+)$/.exec(line);
    if (title) {
      flush();
      out.push(...heading(bare(title[1]!)));
    } else if (line.startsWith("```")) {
      flush();
      const end = lines.findIndex((l, i) => i > at && l.startsWith("```"));
      const last = end < 0 ? lines.length : end;
      out.push(...preformatted(lines.slice(at + 1, last).join("\n")));
      at = last;
    } else if (line.startsWith("|") && RULE.test(lines[at + 1] ?? "")) {
      flush();
      let end = at + 2;
      while (lines[end]?.startsWith("|")) end += 1;
      const head = cells(line);
      const rows = lines.slice(at + 2, end).map(cells);
      // A message holds one table: those of names and values read as well as a list, on a phone better.
      out.push(...(head.length === 2 ? pairs(head as [string, string], rows, hosts) : tables(head, rows)));
      at = end - 1;
    } else if (line.trim() === "") flush();
    else text.push(line);
  }
  flush();
  return out;
}

/** Names with their values. */
function pairs([, unit]: [string, string], rows: readonly string[][], hosts: readonly string[]): KnownBlock[] {
  return list(
    rows.map(
      ([name = "", value = ""]) =>
        `**${name}**: ${value}${BARE_NUMBER.test(value) && unit !== "value" ? ` ${unit}` : ""}`,
    ),
    hosts,
  );
}

function paragraph(lines: readonly string[], hosts: readonly string[]): KnownBlock[] {
  const items = lines.map((line) => ITEM.exec(line)?.[1]);
  if (items.every((item) => item !== undefined)) return list(items, hosts);
  return sections(
    lines.map((line, i) => (items[i] === undefined ? line.replace(/^> ?/, "") : `• ${items[i]}`)),
    hosts,
  );
}

const cells = (line: string): string[] =>
  line
    .replace(/^\|/, "")
    .replace(/\|\s*$/, "")
    .split(/(?<!\\)\|/)
    .map((cell) => bare(cell.replaceAll("\\|", "|").trim()));

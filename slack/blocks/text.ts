import type { ContextBlock, HeaderBlock, KnownBlock, RichTextBlock, SectionBlock } from "@slack/types";
import { batches, pieces, shortened } from "./cut.ts";
import { mrkdwn, plain } from "./escape.ts";
import { inline } from "./inline.ts";
import { LIMITS } from "./limits.ts";

/** A header, and under it what did not fit into it. */
export function heading(text: string): KnownBlock[] {
  const line = text.replace(/\s+/g, " ").trim();
  const header: HeaderBlock = { type: "header", text: plain(shortened(line, LIMITS.headerCharacters)) };
  return line.length <= LIMITS.headerCharacters ? [header] : [header, ...sections([line], [])];
}

/** Lines of Markdown as sections of mrkdwn. */
export const sections = (lines: readonly string[], hosts: readonly string[]): SectionBlock[] =>
  pieces(lines.map((line) => inline(line, hosts)).join("\n"), LIMITS.textCharacters).map((text) => ({
    type: "section",
    text: mrkdwn(text),
    // Without it, clients fold a long answer away.
    expand: true,
  }));

/** A list, one item a line. */
export const list = (items: readonly string[], hosts: readonly string[]): SectionBlock[] =>
  sections(
    items.map((item) => `• ${item.replace(/\s*\n\s*/g, " ")}`),
    hosts,
  );

/** As many full texts as one message holds. */
const MOST_ASIDE = Math.min(LIMITS.contextElements, Math.floor(LIMITS.messageBlockCharacters / LIMITS.textCharacters));

/** Small grey text. */
export const aside = (text: string, hosts: readonly string[]): ContextBlock[] =>
  batches(pieces(inline(text, hosts), LIMITS.textCharacters).map(mrkdwn), MOST_ASIDE).map((elements) => ({
    type: "context",
    elements,
  }));

/** Text in a fixed width, exactly as it is: code, configuration, bars. */
export const preformatted = (text: string): RichTextBlock[] =>
  // Cut between lines only, so that the pieces put together are the text again.
  byLines(text.replace(/\n+$/, ""), LIMITS.textCharacters).map((piece) => ({
    type: "rich_text",
    elements: [{ type: "rich_text_preformatted", elements: [{ type: "text", text: piece }] }],
  }));

function byLines(text: string, limit: number): string[] {
  const out: string[] = [];
  for (const line of text.split("\n").flatMap((l) => (l.length > limit ? pieces(l, limit) : [l]))) {
    const last = out.at(-1);
    if (last !== undefined && last.length + 1 + line.length <= limit) out[out.length - 1] = `${last}\n${line}`;
    else out.push(line);
  }
  return out.filter((piece) => piece !== "");
}

import { escaped, mayLink } from "./escape.ts";

/** `[label](address)`; the address ends at white space or a parenthesis. */
const LINK = /\[([^\]\n]{1,300})\]\(([^()\s<>|]{1,2000})\)/g;

/** One line of Markdown as mrkdwn: bold, code and allowed links; everything else as the person wrote it. */
export function inline(markdown: string, hosts: readonly string[]): string {
  return markdown
    .split(/(`[^`\n]+`)/)
    .map((part) => (part.length > 2 && part.startsWith("`") && part.endsWith("`") ? escaped(part) : words(part, hosts)))
    .join("");
}

function words(text: string, hosts: readonly string[]): string {
  let out = "";
  let from = 0;
  for (const match of text.matchAll(LINK)) {
    const [whole, label, address] = match as unknown as [string, string, string];
    out += bold(escaped(text.slice(from, match.index)));
    // A bar would end the address, a bracket the link: neither is in an address that gets here.
    out += mayLink(address, hosts)
      ? `<${escaped(address)}|${bold(escaped(label.replaceAll("|", "¦")))}>`
      : `${bold(escaped(label))} (${escaped(address)})`;
    from = match.index + whole.length;
  }
  return out + bold(escaped(text.slice(from)));
}

/** Slack has no way to escape an asterisk: a word that holds one is shown as code, so that no pair of them vanishes. */
const bold = (text: string): string =>
  text
    .split(/(\*\*(?=\S)[^*\n]+?\*\*)/)
    .map((part, i) => (i % 2 === 1 ? part.slice(1, -1) : part.replace(/[^\s`]*\*[^\s`]*/g, "`$&`")))
    .join("");

/** One line of Markdown without its marks, for places that show text as it is. */
export const bare = (markdown: string): string =>
  markdown
    .replace(LINK, "$1 ($2)")
    .replace(/\*\*(?=\S)([^*\n]+?)\*\*/g, "$1")
    .replace(/`([^`\n]+)`/g, "$1");

import { type Inline, plain } from "./inline.ts";

/** A text of mrkdwn, part by part. */
export type Part =
  | { readonly type: "lines" | "quote"; readonly inside: readonly Inline[] }
  | { readonly type: "code"; readonly text: string };

const FENCED = /```\n?([\s\S]*?)```/;
const QUOTED = /^(?:&gt;|>) ?/;

/** Slack's own markup: https://docs.slack.dev/messaging/formatting-message-text */
export function readMrkdwn(text: string): Part[] {
  return text.split(FENCED).flatMap((piece, i): Part[] => {
    if (i % 2 === 1) return [{ type: "code", text: unescaped(piece.replace(/\n$/, "")) }];
    const parts: { isQuote: boolean; lines: string[] }[] = [];
    for (const line of piece.split("\n")) {
      const isQuote = QUOTED.test(line);
      if (parts.at(-1)?.isQuote !== isQuote) parts.push({ isQuote, lines: [] });
      parts.at(-1)!.lines.push(line.replace(isQuote ? QUOTED : "", ""));
    }
    return parts
      .map(({ isQuote, lines }): Part => ({ type: isQuote ? "quote" : "lines", inside: words(lines.join("\n")) }))
      .filter((part) => part.type !== "lines" || part.inside.length > 0);
  });
}

/** Code first: nothing is read inside it. Then what stands in angle brackets, then emphasis. */
const TOKEN = /`([^`\n]+)`|<([^<>\n]+)>/;
const MARKS = [
  ["bold", /(?<![\w*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\w*])/],
  ["italic", /(?<![\w_])_(?=[^\s_])([^_\n]*[^\s_])_(?![\w_])/],
  ["strike", /(?<![\w~])~(?=[^\s~])([^~\n]*[^\s~])~(?![\w~])/],
] as const;

function words(text: string): Inline[] {
  // What emphasis goes around may hold code and links: it is found first, on text where those are masked.
  const masked = text.replace(new RegExp(TOKEN, "g"), (found) => "\u0000".repeat(found.length));
  for (const [type, mark] of MARKS) {
    const found = mark.exec(masked);
    if (found === null) continue;
    const [from, to] = [found.index, found.index + found[0].length];
    return [
      ...words(text.slice(0, from)),
      { type, inside: words(text.slice(from + 1, to - 1)) },
      ...words(text.slice(to)),
    ];
  }
  const token = TOKEN.exec(text);
  if (token === null) return text === "" ? [] : [plain(unescaped(text))];
  const [whole, code, bracket = ""] = token;
  return [
    ...words(text.slice(0, token.index)),
    code === undefined ? inBrackets(bracket) : { type: "code", text: unescaped(code) },
    ...words(text.slice(token.index + whole.length)),
  ];
}

function inBrackets(inside: string): Inline {
  const [target = "", label] = inside.split("|");
  const [mark, id] = [target[0], target.slice(1)];
  if (mark === "@") return { type: "user", id };
  if (mark === "#") return { type: "room", id };
  if (mark === "!") {
    const range = id.split("^")[0]!;
    return ["here", "channel", "everyone"].includes(range)
      ? { type: "broadcast", range }
      : plain(label ?? `<${inside}>`);
  }
  return { type: "link", url: unescaped(target), inside: [plain(unescaped(label ?? target))] };
}

export const unescaped = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

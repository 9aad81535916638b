import { AdvisorError } from "../../src/index.ts";

/** `{{expression}}` in a magic's words: a value of the kernel. `\{{` is two braces. Single braces mean nothing. */

type Part = { text: string } | { expression: string };

export function interpolated(text: string): Part[] {
  const parts: Part[] = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    if (text.startsWith("\\{{", at)) {
      plain += "{{";
      at += 3;
    } else if (text.startsWith("{{", at)) {
      const end = closing(text, at + 2);
      if (plain !== "") parts.push({ text: plain });
      plain = "";
      parts.push({ expression: text.slice(at + 2, end).trim() });
      at = end + 2;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain !== "") parts.push({ text: plain });
  return parts;
}

/** Where the expression ends: at `}}` outside its own braces and strings. */
function closing(text: string, from: number): number {
  let depth = 0;
  let quote = "";
  for (let at = from; at < text.length; at += 1) {
    const c = text[at]!;
    if (quote !== "") {
      if (c === "\\") at += 1;
      else if (c === quote) quote = "";
    } else if (c === '"' || c === "'" || c === "`") quote = c;
    else if (c === "{") depth += 1;
    else if (c === "}" && depth > 0) depth -= 1;
    else if (c === "}" && text[at + 1] === "}") {
      if (text.slice(from, at).trim() === "") break;
      return at;
    }
  }
  throw new AdvisorError(
    "invalid-input",
    `"${text.slice(from - 2, from + 20)}" begins an expression and does not end it`,
    "Write {{expression}}; two braces that mean themselves are \\{{.",
  );
}

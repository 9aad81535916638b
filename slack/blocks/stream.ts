import { pieces } from "./cut.ts";
import { escaped, mayLink } from "./escape.ts";
import { LIMITS } from "./limits.ts";

const LINK = /\[([^\]\n]*)\]\(([^()\s]*)\)/g;
/** What a client would make a link of by itself. */
const ADDRESS = /\b(?:[a-z][a-z0-9+.-]{1,20}:\/\/|www\.|mailto:)[^\s`]*/gi;

/**
 * Markdown on its way into a markdown block or a stream. `<!here>`, `<@U…>` and `<url|label>` are live there, so angle
 * brackets are escaped; links that are not allowed become text. A link may be cut anywhere between two chunks of a
 * stream: a line is held back until it is whole.
 */
export class MarkdownGuard {
  readonly #hosts: readonly string[];
  #held = "";
  #inCode = false;

  constructor(hosts: readonly string[]) {
    this.#hosts = hosts;
  }

  /** Takes what came, gives what may go. */
  push(chunk: string): string {
    const lines = (this.#held + chunk).split("\n");
    this.#held = lines.pop()!;
    return lines.map((line) => `${this.#line(line)}\n`).join("");
  }

  /** The last line, which no line break ended. */
  end(): string {
    const last = this.#line(this.#held);
    this.#held = "";
    return last;
  }

  #line(line: string): string {
    if (/^\s*```/.test(line)) {
      this.#inCode = !this.#inCode;
      return escaped(line);
    }
    if (this.#inCode) return escaped(line);
    return line
      .split(/(`[^`]+`)/)
      .map((part) => (/^`[^`]+`$/.test(part) ? escaped(part) : this.#words(part)))
      .join("");
  }

  #words(text: string): string {
    let out = "";
    let from = 0;
    for (const match of text.matchAll(LINK)) {
      const [whole, label = "", address = ""] = match;
      out += inert(text.slice(from, match.index));
      out += mayLink(address, this.#hosts)
        ? `[${inert(label)}](${escaped(address)})`
        : `${inert(label)} (${address === "" ? "" : `\`${escaped(address.replaceAll("`", ""))}\``})`;
      from = match.index + whole.length;
    }
    return out + inert(text.slice(from));
  }
}

/** Text in which no address, link or definition of one is left. */
const inert = (text: string): string =>
  escaped(text.replaceAll("](", "]\\(").replaceAll("]:", "]\\:")).replace(ADDRESS, (address) => `\`${address}\``);

/** A whole Markdown text, guarded, in pieces that one markdown block holds each. */
export function markdownPieces(markdown: string, hosts: readonly string[]): string[] {
  const guard = new MarkdownGuard(hosts);
  return pieces(guard.push(markdown) + guard.end(), LIMITS.markdownCharacters);
}

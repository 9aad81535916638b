import type { Span, Text } from "../text.ts";

/** One setting as a configuration writes it. */
export interface Setting {
  value: string;
  /** The key, its sign and its value. */
  span: Span;
  /** The key and its sign. */
  keySpan: Span;
}

/** Reads one value: a quoted string, a number or a word. The end of a line, a comma or a bracket ends it. */
const VALUE = "(\"[^\"\\n]{0,200}\"|'[^'\\n]{0,200}'|[^\\s,;(){}\\[\\]\"']{1,200})";

/**
 * Finds `key: value`, `"key": value`, `key=value`, `--key value` and `--key` for known keys only. Not a parser of YAML,
 * JSON or Python: a paste is often a fragment, cut off or quoted in a sentence, and a parser would refuse it whole.
 * Nesting is therefore unknown, and a key is listed only where it means one thing at any depth.
 */
export class Keys {
  readonly #pattern: RegExp;
  readonly #plain: ReadonlySet<string>;

  /** `plain` keys are also words of prose: they count beside two others only. */
  constructor(keys: readonly string[], plain: readonly string[]) {
    const names = [...keys, ...plain]
      .sort((a, b) => b.length - a.length)
      .map((key) => key.replaceAll("_", "[_-]"))
      .join("|");
    const sign = `["']?[ \\t]{0,8}[:=](?!=)[ \\t]{0,8}`;
    this.#pattern = new RegExp(
      `(?<![a-z0-9_.-])(?:(?<key>["']?(?<name>${names})${sign})(?<value>${VALUE})|(?<flag>--(?<option>${names})(?:[ =]|(?![\\w-])))(?<given>(?!-)${VALUE})?)`,
      "g",
    );
    this.#plain = new Set(plain);
  }

  find(text: Text): Map<string, Setting> {
    const all = new Map<string, Setting>();
    // The pattern of all keys takes milliseconds to compile; a text without their signs has no settings.
    if (!/[a-z_]["']?[ \t]{0,8}[:=]|--[a-z]/.test(text.low)) return all;
    for (const match of text.low.matchAll(this.#pattern)) {
      const { key, name, value, flag, option, given } = match.groups!;
      const written = (name ?? option)!.replaceAll("-", "_");
      const at = match.index;
      const keyEnd = at + (key ?? flag)!.length;
      // `--bf16 --optim x`: what follows a switch is the next option.
      const alone = flag !== undefined && given === undefined;
      const end = alone ? keyEnd : keyEnd + (value ?? given)!.length;
      if (all.has(written)) continue;
      all.set(written, {
        value: alone ? "true" : (value ?? given)!.replace(/^["']|["']$/g, ""),
        span: [at, end],
        keySpan: [at, keyEnd],
      });
    }
    const sure = [...all.keys()].filter((key) => !this.#plain.has(key)).length;
    if (sure < 2) for (const key of this.#plain) all.delete(key);
    return all;
  }
}

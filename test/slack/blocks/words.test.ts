import fc from "fast-check";
import { expect, test } from "vitest";
import { pieces, shortened } from "../../../slack/blocks/cut.ts";
import { escaped, mayLink } from "../../../slack/blocks/escape.ts";
import { inline } from "../../../slack/blocks/inline.ts";
import { MarkdownGuard, markdownPieces } from "../../../slack/blocks/stream.ts";
import { refuseChunks } from "../../../slack/blocks/validate.ts";

const HOSTS = ["huggingface.co"];
/** What people write to reach everybody, or to make a link look like another. */
const NASTY = [
  "<!here>",
  "<!channel>",
  "<@U012AB3CD>",
  "<#C012AB3CD>",
  "<https://evil.example|https://huggingface.co>",
  "[huggingface.co](https://evil.example)",
  "[x](javascript:alert(1))",
  "[x]: https://evil.example",
  "https://evil.example/a?b=1",
  "www.evil.example",
  "&lt;!here&gt;",
  "**bold** `code` _it_",
  "```",
  "`",
  "](",
  "[",
  "\n",
  "😀",
  " ",
];
const words = fc.array(fc.constantFrom(...NASTY, "plain words"), { maxLength: 12 }).map((parts) => parts.join(""));

test("a mention in any form is text in mrkdwn: every opening bracket is one of ours", () => {
  expect(inline("<!here> ping <@U1>", HOSTS)).toBe("&lt;!here&gt; ping &lt;@U1&gt;");
  fc.assert(
    fc.property(words, (text) => {
      expect(inline(text, HOSTS).replace(/<https:\/\/huggingface\.co[^|<>]*\|[^<>]*>/g, "")).not.toMatch(/[<>]/);
    }),
  );
});

test("links lead to allowed hosts, and others are shown with their address", () => {
  expect(inline("see [the card](https://huggingface.co/meta-llama)", HOSTS)).toBe(
    "see <https://huggingface.co/meta-llama|the card>",
  );
  expect(inline("see [huggingface.co](https://evil.example)", HOSTS)).toBe("see huggingface.co (https://evil.example)");
  expect(mayLink("https://hub.huggingface.co/x", HOSTS)).toBe(true);
  for (const url of [
    "http://huggingface.co",
    "https://huggingface.co.evil.example",
    "https://evilhuggingface.co",
    "https://huggingface.co@evil.example",
    "javascript:alert(1)",
    "//huggingface.co",
  ])
    expect(mayLink(url, HOSTS)).toBe(false);
});

test("bold and code of the core's Markdown are bold and code in Slack", () => {
  expect(inline("**method**: `qlora` < lora", HOSTS)).toBe("*method*: `qlora` &lt; lora");
  expect(inline("`a**b**c`", HOSTS)).toBe("`a**b**c`");
});

test("a stream that is cut anywhere says the same, and nothing in it is live", () => {
  fc.assert(
    fc.property(words, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1 }), (text, sizes) => {
      const whole = new MarkdownGuard(HOSTS);
      const expected = whole.push(text) + whole.end();
      const guard = new MarkdownGuard(HOSTS);
      let out = "";
      for (let at = 0, i = 0; at < text.length; i += 1) {
        const size = sizes[i % sizes.length]!;
        out += guard.push(text.slice(at, at + size));
        at += size;
      }
      out += guard.end();
      expect(out).toBe(expected);
      expect(out).not.toMatch(/[<>]/);
    }),
  );
});

test("in a markdown block no address is live outside of code unless it is allowed", () => {
  const guarded = (text: string): string => {
    const guard = new MarkdownGuard(HOSTS);
    return guard.push(text) + guard.end();
  };
  expect(guarded("[card](https://huggingface.co/x)")).toBe("[card](https://huggingface.co/x)");
  expect(guarded("[card](https://evil.example)")).toBe("card (`https://evil.example`)");
  expect(guarded("go to https://evil.example now")).toBe("go to `https://evil.example` now");
  expect(guarded("[a\nb](https://evil.example)")).toBe("[a\nb]\\(`https://evil.example)`");
  expect(guarded("[x]: https://evil.example")).toBe("[x]\\: `https://evil.example`");
  expect(guarded("```\nif a < b: https://evil.example\n```")).toBe("```\nif a &lt; b: https://evil.example\n```");
});

test("a long text becomes chunks that Slack takes, with every word in order", () => {
  const text = Array.from({ length: 9000 }, (_, i) => `w${i}`).join(" ");
  const chunks = markdownPieces(text, HOSTS);
  expect(chunks.length).toBeGreaterThan(3);
  expect(chunks.join(" ")).toBe(text);
  expect(refuseChunks(chunks.map((piece) => ({ type: "markdown_text", text: piece })))).toBeUndefined();
});

test("pieces keep every character but white space, and never end inside one", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), fc.integer({ min: 8, max: 80 }), (text, limit) => {
      const safe = escaped(text);
      const found = pieces(safe, limit);
      expect(found.join("").replace(/\s/g, "")).toBe(safe.replace(/\s/g, ""));
      for (const piece of found) {
        expect(piece.length).toBeLessThanOrEqual(limit);
        expect(piece).not.toMatch(/[\ud800-\udbff]$|^[\udc00-\udfff]/);
        expect(piece).not.toMatch(/&[a-z]{0,3}$/);
      }
      expect(shortened(text, limit).length).toBeLessThanOrEqual(limit);
    }),
  );
});

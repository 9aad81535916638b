import { expect, test } from "vitest";
import { readMrkdwn } from "../../../slack/playground/page/blocks/mrkdwn.ts";

const inside = (text: string): unknown => {
  const [part] = readMrkdwn(text);
  return part?.type === "code" ? part.text : part?.inside;
};
const text = (words: string): object => ({ type: "text", text: words });

test("emphasis stands at the edges of words only, as in Slack", () => {
  expect(inside("a *bold* word")).toEqual([text("a "), { type: "bold", inside: [text("bold")] }, text(" word")]);
  expect(inside("2*3*4 and snake_case_name ~ x")).toEqual([text("2*3*4 and snake_case_name ~ x")]);
  expect(inside("*QLoRA on `nf4` _now_*")).toEqual([
    {
      type: "bold",
      inside: [text("QLoRA on "), { type: "code", text: "nf4" }, text(" "), { type: "italic", inside: [text("now")] }],
    },
  ]);
});

test("nothing is read inside code, and escaped brackets are brackets", () => {
  expect(inside("`*a* <!here> &lt;b&gt;`")).toEqual([{ type: "code", text: "*a* <!here> <b>" }]);
  expect(inside("&lt;!here&gt; &amp;lt;")).toEqual([text("<!here> &lt;")]);
});

test("mentions, channels and links are told apart", () => {
  expect(inside("<@U1> <#C2|ml> <!here> <https://a.example/x_y_z|the *doc*>")).toEqual([
    { type: "user", id: "U1" },
    text(" "),
    { type: "room", id: "C2" },
    text(" "),
    { type: "broadcast", range: "here" },
    text(" "),
    { type: "link", url: "https://a.example/x_y_z", inside: [text("the *doc*")] },
  ]);
});

test("code blocks and quotes are parts of their own, and their lines stay lines", () => {
  expect(readMrkdwn("before\n```\nx = 1\ny = *2*\n```\n&gt; said\n> twice\nafter").map((p) => p.type)).toEqual([
    "lines",
    "code",
    "quote",
    "lines",
  ]);
  expect(readMrkdwn("```\nx\ny\n```")).toEqual([{ type: "code", text: "x\ny" }]);
});

test("a long line without any mark is read in one go", () => {
  const long = "word ".repeat(20_000);
  expect(inside(long)).toEqual([text(long)]);
});

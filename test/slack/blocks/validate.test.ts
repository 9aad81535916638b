import type { KnownBlock } from "@slack/types";
import { expect, expectTypeOf, test } from "vitest";
import type { MessageBlock, ViewBlock } from "../../../slack/blocks/block-schema.ts";
import { LIMITS } from "../../../slack/blocks/limits.ts";
import {
  expandedBlocks,
  refuseChunks,
  refuseMessage,
  refuseView,
  textCharacters,
} from "../../../slack/blocks/validate.ts";

const mrkdwn = (text: string) => ({ type: "mrkdwn", text });
const plain = (text: string) => ({ type: "plain_text", text });
const section = (text = "x") => ({ type: "section", text: mrkdwn(text) });
const button = (id: string) => ({ type: "button", action_id: id, text: plain("Go"), value: "v" });
const modal = (blocks: unknown[], more: object = {}) => ({ type: "modal", title: plain("Form"), blocks, ...more });
const input = { type: "input", label: plain("Budget"), element: { type: "plain_text_input", action_id: "budget" } };
const row = (n: number, text = "c") => Array.from({ length: n }, () => ({ type: "raw_text", text }));
const rows = (n: number, columns: number, text = "c") => Array.from({ length: n }, () => row(columns, text));

const errorOf = (blocks: unknown): string | undefined => refuseMessage({ text: "t", blocks })?.error;

test("a recommendation with header, sections, table, buttons and feedback is taken", () => {
  const blocks = [
    { type: "header", text: plain("QLoRA on one RTX 4090") },
    { ...section(), fields: [mrkdwn("*Memory*\n17 GiB"), mrkdwn("*Cost*\n$40")], accessory: button("change") },
    { type: "data_table", caption: "Memory by part", rows: rows(101, 20) },
    { type: "actions", elements: [button("pull_request"), button("zip")] },
    { type: "container", title: plain("Assumptions"), is_collapsible: true, child_blocks: [section()] },
    { type: "markdown", text: "# Why\n\nBecause." },
    {
      type: "context_actions",
      elements: [
        {
          type: "feedback_buttons",
          positive_button: { text: plain("Good"), value: "1" },
          negative_button: { text: plain("Bad"), value: "0" },
        },
      ],
    },
  ];
  expect(refuseMessage({ text: "plan", blocks })).toBeUndefined();
});

test("a fault is named as Slack names it, with a JSON pointer", () => {
  expect(refuseMessage({ text: "t", blocks: [{ type: "header", text: plain("h".repeat(151)) }] })).toEqual({
    error: "invalid_blocks",
    messages: ["[ERROR] must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
  });
});

test("an unknown block, field or element type is refused", () => {
  expect(errorOf([{ type: "chart" }])).toBe("invalid_blocks");
  expect(errorOf([{ ...section(), colour: "red" }])).toBe("invalid_blocks");
  expect(errorOf([{ type: "actions", elements: [{ type: "slider" }] }])).toBe("invalid_blocks");
  expect(errorOf("[]")).toBe("invalid_blocks");
});

test.each([
  ["51 blocks", Array.from({ length: 51 }, () => section())],
  ["a section of 3001 characters", [section("x".repeat(3001))]],
  ["an empty text", [section("")]],
  ["eleven fields", [{ type: "section", fields: Array.from({ length: 11 }, () => mrkdwn("f")) }]],
  ["a field of 2001 characters", [{ type: "section", fields: [mrkdwn("x".repeat(2001))] }]],
  [
    "a button text of 76 characters",
    [{ type: "actions", elements: [{ ...button("a"), text: plain("x".repeat(76)) }] }],
  ],
  ["a button value of 2001 characters", [{ type: "actions", elements: [{ ...button("a"), value: "x".repeat(2001) }] }]],
  ["twenty-six elements", [{ type: "actions", elements: Array.from({ length: 26 }, (_, i) => button(`b${i}`)) }]],
  ["two buttons of one action_id", [{ type: "actions", elements: [button("a"), button("a")] }]],
  [
    "two blocks of one block_id",
    [
      { ...section(), block_id: "b" },
      { ...section(), block_id: "b" },
    ],
  ],
  ["a section without text or fields", [{ type: "section" }]],
  ["an image without a source", [{ type: "image", alt_text: "memory by part" }]],
  ["a markdown block of 12,001 characters", [{ type: "markdown", text: "x".repeat(12_001) }]],
  [
    "a container of eleven children",
    [{ type: "container", title: plain("c"), child_blocks: Array(11).fill(section()) }],
  ],
  [
    "a container inside a container's children",
    [{ type: "container", title: plain("c"), child_blocks: [{ type: "markdown", text: "x" }] }],
  ],
  ["an alert, which only modals show", [{ type: "alert", text: plain("Over budget") }]],
  ["an input, which only views take", [input]],
  ["a data table of 102 rows", [{ type: "data_table", caption: "t", rows: rows(102, 2) }]],
  ["a data table of 21 columns", [{ type: "data_table", caption: "t", rows: rows(2, 21) }]],
  ["a data table whose rows differ in length", [{ type: "data_table", caption: "t", rows: [row(2), row(3)] }]],
  [
    "tables of 10,001 characters in all",
    [
      { type: "data_table", caption: "t", rows: [row(1, "x".repeat(5000)), row(1, "y")] },
      { type: "data_table", caption: "t", rows: [row(1, "x".repeat(4999)), row(1, "y")] },
    ],
  ],
  [
    "two plain tables",
    [
      { type: "table", rows: rows(2, 2) },
      { type: "table", rows: rows(2, 2) },
    ],
  ],
  [
    "an initial option that is not offered",
    [
      {
        type: "actions",
        elements: [
          {
            type: "static_select",
            options: [{ text: plain("one"), value: "1" }],
            initial_option: { text: plain("two"), value: "2" },
          },
        ],
      },
    ],
  ],
  [
    "an option value of 76 characters",
    [
      {
        type: "actions",
        elements: [
          {
            type: "static_select",
            options: [{ text: plain("one"), value: "1".repeat(76) }],
          },
        ],
      },
    ],
  ],
])("%s: invalid_blocks", (_, blocks) => {
  expect(errorOf(blocks)).toBe("invalid_blocks");
});

test("text adds up over the blocks: 12,000 + 1,172 characters pass, one more is msg_blocks_too_long", () => {
  const long = { type: "markdown", text: "x".repeat(12_000) };
  expect(errorOf([long, section("y".repeat(LIMITS.messageBlockCharacters - 12_000))])).toBeUndefined();
  expect(errorOf([long, section("y".repeat(LIMITS.messageBlockCharacters - 11_999))])).toBe("msg_blocks_too_long");
});

test("a markdown block counts as the blocks it expands to: heading, text, table, text", () => {
  expect(expandedBlocks("# Plan\n\nfirst\nsecond\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nlast")).toBe(4);
  expect(errorOf([{ type: "markdown", text: "# h\n".repeat(51) }])).toBe("msg_blocks_too_long");
});

test("a message needs text, blocks or a file; an update takes 4,000 characters of text", () => {
  expect(refuseMessage({})?.error).toBe("no_text");
  expect(refuseMessage({ withFiles: true })).toBeUndefined();
  expect(refuseMessage({ text: "x".repeat(4001) })).toBeUndefined();
  expect(refuseMessage({ text: "x".repeat(4001), isUpdate: true })?.error).toBe("msg_too_long");
});

test("a markdown block beside an uploaded file is refused", () => {
  const blocks = [{ type: "markdown", text: "see the chart" }];
  expect(refuseMessage({ blocks })).toBeUndefined();
  expect(refuseMessage({ blocks, withFiles: true })?.error).toBe("invalid_blocks");
});

test("a form with inputs needs a submit button and a title of at most 24 characters", () => {
  const submit = plain("Design");
  expect(refuseView(modal([input], { submit }))).toBeUndefined();
  expect(refuseView(modal([input]))?.error).toBe("invalid_arguments");
  expect(refuseView(modal([section()], { title: plain("x".repeat(25)) }))?.error).toBe("invalid_arguments");
  expect(refuseView(modal([section()], { private_metadata: "x".repeat(3001) }))?.error).toBe("invalid_arguments");
  expect(refuseView(modal(Array(101).fill(section())))?.error).toBe("invalid_arguments");
});

test("markdown blocks and tables stand in messages only, alerts in modals only", () => {
  expect(refuseView(modal([{ type: "alert", text: plain("Over budget"), level: "warning" }]))).toBeUndefined();
  expect(refuseView(modal([{ type: "markdown", text: "x" }]))?.error).toBe("invalid_arguments");
  expect(refuseView({ type: "home", blocks: [section(), { type: "alert", text: plain("x") }] })?.error).toBe(
    "invalid_arguments",
  );
  expect(refuseView({ type: "home", blocks: [section()] })).toBeUndefined();
});

test("chunks of a stream are text, plan titles, tasks and blocks", () => {
  const task = { type: "task_update", id: "memory", title: "Estimate memory", status: "in_progress" };
  expect(
    refuseChunks([{ type: "markdown_text", text: "hi" }, { type: "plan_update", title: "Plan" }, task]),
  ).toBeUndefined();
  expect(refuseChunks([{ type: "blocks", blocks: [section()] }])).toBeUndefined();
  expect(refuseChunks([{ ...task, output: "x".repeat(256) }])).toBeUndefined();
  expect(refuseChunks([{ ...task, output: "x".repeat(257) }])?.error).toBe("invalid_chunks");
  expect(refuseChunks([{ ...task, status: "done" }])?.error).toBe("invalid_chunks");
  expect(refuseChunks([{ type: "markdown_text" }])?.error).toBe("invalid_chunks");
});

test("all text that people read counts: headings, cells and button labels, not values and ids", () => {
  const table = { type: "data_table", caption: "not counted", rows: [row(2, "ab"), row(2, "cd")] };
  const blocks = [{ type: "header", text: plain("plan") }, { type: "actions", elements: [button("zip")] }, table];
  expect(textCharacters(blocks)).toBe("plan".length + "Go".length + 4 * 2);
});

test("every block that the client library knows is known here, but the remote file that no app may post", () => {
  expectTypeOf<Exclude<KnownBlock["type"], MessageBlock["type"] | ViewBlock["type"]>>().toEqualTypeOf<"file">();
});

import { z } from "zod";
import { homeBlock, type MessageBlock, messageBlock, modalBlock } from "./block-schema.ts";
import { plainText } from "./element-schema.ts";
import { LIMITS } from "./limits.ts";
import { urlSource } from "./rich-text-schema.ts";

/** Why Slack would not take a payload: its error code, and one line a fault with a JSON pointer, as Slack writes them. */
export interface Refusal {
  readonly error:
    | "invalid_blocks"
    | "msg_blocks_too_long"
    | "msg_too_long"
    | "no_text"
    | "invalid_chunks"
    | "invalid_arguments";
  readonly messages: readonly string[];
}

export interface MessagePayload {
  readonly text?: string | undefined;
  readonly blocks?: unknown;
  /** The message carries an uploaded file. */
  readonly withFiles?: boolean;
  /** `chat.update` takes a tenth of the text that `chat.postMessage` takes. */
  readonly isUpdate?: boolean;
}

const viewId = z.string().max(LIMITS.idCharacters).optional();
const viewFields = {
  private_metadata: z.string().max(LIMITS.privateMetadataCharacters).optional(),
  callback_id: viewId,
  external_id: viewId,
};
const modalText = plainText(LIMITS.modalTitleCharacters);
const view = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("modal"),
    ...viewFields,
    title: modalText,
    submit: modalText.optional(),
    close: modalText.optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    blocks: z.array(modalBlock).max(LIMITS.viewBlocks),
  }),
  z.strictObject({ type: z.literal("home"), ...viewFields, blocks: z.array(homeBlock).max(LIMITS.viewBlocks) }),
]);

const step = z.string().min(1).max(LIMITS.stepCharacters);
const chunk = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("markdown_text"), text: z.string().min(1).max(LIMITS.markdownCharacters) }),
  z.strictObject({ type: z.literal("plan_update"), title: step }),
  z.strictObject({
    type: z.literal("task_update"),
    id: z.string().min(1),
    title: step,
    status: z.enum(["pending", "in_progress", "complete", "error"]),
    details: z.string().max(LIMITS.stepCharacters).optional(),
    output: z.string().max(LIMITS.stepCharacters).optional(),
    sources: z.array(urlSource).optional(),
  }),
  z.strictObject({
    type: z.literal("blocks"),
    blocks: z.array(messageBlock).min(1).max(LIMITS.messageBlocks),
  }),
]);
export type Chunk = z.infer<typeof chunk>;

type Path = readonly PropertyKey[];
interface Fault {
  readonly path: Path;
  readonly text: string;
}

/** What Slack would answer to `chat.postMessage`, `chat.update` or `chat.postEphemeral` with this content; undefined if it takes it. */
export function refuseMessage(message: MessagePayload): Refusal | undefined {
  const { text = "", blocks } = message;
  if (text.length > (message.isUpdate ? LIMITS.updateTextCharacters : LIMITS.postTextCharacters))
    return refusal("msg_too_long", [{ path: ["text"], text: `${text.length} characters` }]);
  if (blocks === undefined) return text === "" && !message.withFiles ? { error: "no_text", messages: [] } : undefined;
  const read = z.array(messageBlock).max(LIMITS.messageBlocks).safeParse(blocks);
  if (!read.success) return refusal("invalid_blocks", faultsOf(read.error, ["blocks"]));
  const found = [...crossFaults(read.data, ["blocks"]), ...messageFaults(read.data, message.withFiles ?? false)];
  if (found.length > 0) return refusal("invalid_blocks", found);
  const characters = textCharacters(read.data);
  const count = read.data.reduce((sum, b) => sum + (b.type === "markdown" ? expandedBlocks(b.text) : 1), 0);
  if (characters > LIMITS.messageBlockCharacters)
    return refusal("msg_blocks_too_long", [{ path: ["blocks"], text: `${characters} characters of text` }]);
  if (count > LIMITS.messageBlocks)
    return refusal("msg_blocks_too_long", [{ path: ["blocks"], text: `${count} blocks once markdown is expanded` }]);
  return text === "" && read.data.length === 0 && !message.withFiles ? { error: "no_text", messages: [] } : undefined;
}

/** What Slack would answer to `views.open`, `views.update`, `views.push` or `views.publish`. */
export function refuseView(payload: unknown): Refusal | undefined {
  const read = view.safeParse(payload);
  if (!read.success) return refusal("invalid_arguments", faultsOf(read.error, ["view"]));
  const found = crossFaults(read.data.blocks, ["view", "blocks"]);
  if (read.data.type === "modal" && read.data.submit === undefined && read.data.blocks.some((b) => b.type === "input"))
    found.push({ path: ["view", "submit"], text: "missing required field: submit (the view has input blocks)" });
  if (collect(read.data.blocks, (o) => o.focus_on_load === true).length > 1)
    found.push({ path: ["view", "blocks"], text: "only one element can set focus_on_load" });
  return found.length > 0 ? refusal("invalid_arguments", found) : undefined;
}

/** What Slack would answer to the chunks of `chat.startStream`, `chat.appendStream` or `chat.stopStream`. */
export function refuseChunks(payload: unknown): Refusal | undefined {
  const read = z.array(chunk).safeParse(payload);
  if (!read.success) return refusal("invalid_chunks", faultsOf(read.error, ["chunks"]));
  const found = read.data.flatMap((c, i) =>
    c.type === "blocks" ? crossFaults(c.blocks, ["chunks", i, "blocks"]) : [],
  );
  return found.length > 0 ? refusal("invalid_blocks", found) : undefined;
}

/**
 * How many blocks Slack makes of one markdown block: headings, rules, tables and images stand alone, text between
 * them is one. Slack documents that a block "may result in multiple blocks", not the rule; this counts high.
 */
export function expandedBlocks(markdown: string): number {
  let count = 0;
  let last = "";
  for (const line of markdown.split("\n")) {
    if (line.trim() === "") continue;
    const kind = /^#{1,6}\s|^\s*([-*_]\s*){3,}$|^!\[/.test(line) ? "alone" : line.startsWith("|") ? "table" : "text";
    if (kind === "alone" || kind !== last) count += 1;
    last = kind;
  }
  return Math.max(1, count);
}

/** All text that a person would read in these blocks: what `messageBlockCharacters` counts. */
export function textCharacters(blocks: unknown): number {
  return collect(blocks, (o) => typeof o.text === "string").reduce((sum, o) => sum + String(o.text).length, 0);
}

/** The faults that a block has by what stands beside it. */
function crossFaults(blocks: readonly unknown[], at: Path): Fault[] {
  const found: Fault[] = [];
  const blockIds = new Set<string>();
  visit(blocks, at, (o, path) => {
    const fail = (text: string, field?: string): number => found.push({ path: field ? [...path, field] : path, text });
    if (typeof o.block_id === "string") {
      if (blockIds.has(o.block_id)) fail(`\`block_id\` "${o.block_id}" already exists`, "block_id");
      blockIds.add(o.block_id);
    }
    if (o.type === "actions" || o.type === "context_actions") {
      const ids = (o.elements as { action_id?: string }[]).flatMap((e) => e.action_id ?? []);
      for (const id of ids.filter((x, i) => ids.indexOf(x) !== i)) fail(`\`action_id\` "${id}" already exists`);
    }
    if (o.type === "section" && o.text === undefined && o.fields === undefined)
      fail("either text or fields is required");
    if (o.type === "image" && (o.image_url === undefined) === (o.slack_file === undefined))
      fail("exactly one of image_url and slack_file is required");
    if (o.type === "card" && ["hero_image", "title", "actions", "body"].every((k) => o[k] === undefined))
      fail("one of hero_image, title, actions and body is required");
    if (o.type === "container" && o.title === undefined && o.rich_text_title === undefined)
      fail("one of title and rich_text_title is required");
    if (o.type === "container" && o.default_collapsed === true && o.is_collapsible !== true)
      fail("default_collapsed requires is_collapsible", "default_collapsed");
    if (/^(multi_)?static_select$/.test(String(o.type))) {
      if ((o.options === undefined) === (o.option_groups === undefined))
        fail("exactly one of options and option_groups is required");
    }
    if (o.type === "plain_text_input" && Number(o.min_length ?? 0) > Number(o.max_length ?? Infinity))
      fail("min_length cannot be greater than max_length", "min_length");
    for (const initial of [o.initial_option, ...((o.initial_options as unknown[] | undefined) ?? [])])
      if (initial !== undefined && !offered(o).includes(JSON.stringify(initial)))
        fail("the initial option must match one of the options exactly");
    if (o.type === "data_table" || o.type === "table") tableFaults(o as unknown as Table, fail);
  });
  return found;
}

interface Table {
  readonly type: "table" | "data_table";
  readonly rows: readonly (readonly { readonly type: string }[])[];
}

function tableFaults(table: Table, fail: (text: string, field?: string) => number): void {
  if (table.rows.some((r) => r.length !== table.rows[0]!.length)) fail("all rows must have the same length", "rows");
  if (table.type === "data_table" && table.rows[0]!.some((c) => c.type === "rich_text"))
    fail("header cells cannot be rich_text", "rows");
}

function messageFaults(blocks: readonly MessageBlock[], withFiles: boolean): Fault[] {
  const found: Fault[] = [];
  const tables = collect(blocks, (o) => o.type === "table" || o.type === "data_table");
  if (tables.filter((t) => t.type === "table").length > 1)
    found.push({ path: ["blocks"], text: "only_one_table_allowed" });
  const characters = tables.reduce((sum, t) => sum + textCharacters(t.rows), 0);
  if (characters > LIMITS.messageTableCharacters)
    found.push({ path: ["blocks"], text: `tables must hold at most ${LIMITS.messageTableCharacters} characters` });
  if (withFiles && blocks.some((b) => b.type === "markdown"))
    found.push({ path: ["blocks"], text: "markdown blocks cannot accompany files" });
  return found;
}

/** Every option a menu offers, as text to compare with. */
function offered(menu: Readonly<Record<string, unknown>>): string[] {
  const groups = (menu.option_groups as { options: unknown[] }[] | undefined) ?? [];
  return [...((menu.options as unknown[] | undefined) ?? []), ...groups.flatMap((g) => g.options)].map((o) =>
    JSON.stringify(o),
  );
}

function visit(value: unknown, path: Path, on: (o: Record<string, unknown>, path: Path) => void): void {
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value)) on(value as Record<string, unknown>, path);
  for (const [key, child] of Object.entries(value)) visit(child, [...path, key], on);
}

function collect(value: unknown, wanted: (o: Record<string, unknown>) => boolean): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  visit(value, [], (o) => wanted(o) && found.push(o));
  return found;
}

function faultsOf(error: z.ZodError, at: Path): Fault[] {
  return error.issues.map((i) => ({ path: [...at, ...i.path], text: wording(i) }));
}

/** The validator's own words where they are known, so that a log of the double reads like a log of Slack. */
function wording(issue: z.core.$ZodIssue): string {
  if (issue.code === "too_big" && issue.origin === "string")
    return `must be less than ${Number(issue.maximum) + 1} characters`;
  if (issue.code === "too_small" && issue.origin === "string")
    return `must be more than ${Number(issue.minimum) - 1} characters`;
  if (issue.code === "too_big" && issue.origin === "array") return `no more than ${issue.maximum} items allowed`;
  if (issue.code === "unrecognized_keys") return `invalid additional property: ${issue.keys.join(", ")}`;
  if (issue.code === "invalid_union") return "unsupported type";
  if (issue.code === "invalid_type" && issue.message.includes("received undefined")) return "missing required field";
  return issue.message;
}

function refusal(error: Refusal["error"], faults: readonly Fault[]): Refusal {
  return {
    error,
    messages: faults.map((f) => `[ERROR] ${f.text} [json-pointer:/${f.path.map(String).join("/")}]`),
  };
}

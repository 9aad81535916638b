import { z } from "zod";
import {
  accessory,
  actionsElement,
  anyText,
  button,
  contextAction,
  image,
  imageElement,
  inputElement,
  mrkdwn,
  plainText,
} from "./element-schema.ts";
import { LIMITS } from "./limits.ts";
import { richText, urlSource } from "./rich-text-schema.ts";

const block = { block_id: z.string().min(1).max(LIMITS.idCharacters).optional() };

const actions = z.strictObject({
  type: z.literal("actions"),
  ...block,
  elements: z.array(actionsElement).min(1).max(LIMITS.actionsElements),
});
const alert = z.strictObject({
  type: z.literal("alert"),
  ...block,
  text: anyText(LIMITS.textCharacters),
  level: z.enum(["default", "info", "warning", "error", "success"]).optional(),
});
const card = z.strictObject({
  type: z.literal("card"),
  ...block,
  hero_image: imageElement.optional(),
  icon: imageElement.optional(),
  title: mrkdwn(LIMITS.cardTitleCharacters).optional(),
  subtitle: mrkdwn(LIMITS.cardTitleCharacters).optional(),
  body: mrkdwn(LIMITS.cardBodyCharacters).optional(),
  actions: z.array(button).min(1).optional(),
});
const carousel = z.strictObject({
  type: z.literal("carousel"),
  ...block,
  elements: z.array(card).min(1).max(LIMITS.carouselCards),
});
const context = z.strictObject({
  type: z.literal("context"),
  ...block,
  elements: z
    .array(
      z.discriminatedUnion("type", [imageElement, plainText(LIMITS.textCharacters), mrkdwn(LIMITS.textCharacters)]),
    )
    .min(1)
    .max(LIMITS.contextElements),
});
const contextActions = z.strictObject({
  type: z.literal("context_actions"),
  ...block,
  elements: z.array(contextAction).min(1).max(LIMITS.contextActionsElements),
});
const divider = z.strictObject({ type: z.literal("divider"), ...block });
const header = z.strictObject({ type: z.literal("header"), ...block, text: plainText(LIMITS.headerCharacters) });
const imageBlock = z.strictObject({ ...image, ...block, title: plainText(LIMITS.imageTitleCharacters).optional() });
const input = z.strictObject({
  type: z.literal("input"),
  ...block,
  label: plainText(LIMITS.inputLabelCharacters),
  hint: plainText(LIMITS.inputLabelCharacters).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
  element: inputElement,
});
const markdown = z.strictObject({
  type: z.literal("markdown"),
  ...block,
  text: z.string().min(1).max(LIMITS.markdownCharacters),
});
const section = z.strictObject({
  type: z.literal("section"),
  ...block,
  text: anyText(LIMITS.textCharacters).optional(),
  fields: z.array(anyText(LIMITS.sectionFieldCharacters)).min(1).max(LIMITS.sectionFields).optional(),
  accessory: accessory.optional(),
  expand: z.boolean().optional(),
});

const rawText = z.strictObject({ type: z.literal("raw_text"), text: z.string().min(1) });
const rawNumber = z.strictObject({ type: z.literal("raw_number"), value: z.number(), text: z.string().min(1) });
const cell = z.discriminatedUnion("type", [rawText, rawNumber, richText]);
const rows = (most: number, least: number) =>
  z.array(z.array(cell).min(1).max(LIMITS.tableColumns)).min(least).max(most);
const table = z.strictObject({
  type: z.literal("table"),
  ...block,
  rows: rows(LIMITS.tableRows, 1),
  column_settings: z
    .array(
      z
        .strictObject({ align: z.enum(["left", "center", "right"]).optional(), is_wrapped: z.boolean().optional() })
        .nullable(),
    )
    .max(LIMITS.tableColumns)
    .optional(),
});
const dataTable = z.strictObject({
  type: z.literal("data_table"),
  ...block,
  caption: z.string().min(1),
  rows: rows(LIMITS.dataTableRows, 2),
  page_size: z.int().min(1).max(100).optional(),
  row_header_column_index: z
    .int()
    .min(0)
    .max(LIMITS.tableColumns - 1)
    .optional(),
});

const taskCard = z.strictObject({
  type: z.literal("task_card"),
  ...block,
  task_id: z.string().min(1),
  title: z.string().min(1),
  details: richText.optional(),
  output: richText.optional(),
  sources: z.array(urlSource).optional(),
  status: z.enum(["pending", "in_progress", "complete", "error"]),
});
const plan = z.strictObject({
  type: z.literal("plan"),
  ...block,
  title: z.string().min(1),
  // Slack's examples leave the type out here, the client library's types ask for it.
  tasks: z
    .array(taskCard.partial({ type: true }))
    .max(LIMITS.planTasks)
    .optional(),
});
const video = z.strictObject({
  type: z.literal("video"),
  ...block,
  video_url: z.url({ protocol: /^https$/ }),
  thumbnail_url: z.url(),
  alt_text: z.string().min(1),
  title: plainText(LIMITS.videoTitleCharacters),
  title_url: z.url({ protocol: /^https$/ }).optional(),
  author_name: z.string().max(49).optional(),
  provider_name: z.string().optional(),
  provider_icon_url: z.url().optional(),
  description: plainText(LIMITS.textCharacters).optional(),
});

/**
 * Children that both the documentation and the live validator accept: slack-morphism 2.31 reports that the validator
 * refuses file, input and rich_text, which the documentation lists.
 */
const container = z.strictObject({
  type: z.literal("container"),
  ...block,
  title: plainText(LIMITS.containerTitleCharacters).optional(),
  rich_text_title: richText.optional(),
  subtitle: anyText(LIMITS.containerTitleCharacters).optional(),
  child_blocks: z
    .array(z.discriminatedUnion("type", [actions, context, divider, header, imageBlock, section, table, video]))
    .min(1)
    .max(LIMITS.containerChildren),
  width: z.enum(["narrow", "standard", "wide", "full"]).optional(),
  icon: imageElement.optional(),
  is_collapsible: z.boolean().optional(),
  default_collapsed: z.boolean().optional(),
  has_header_divider: z.boolean().optional(),
});

const everywhere = [actions, card, context, divider, header, imageBlock, richText, section, video] as const;
/** Which block may stand where: docs.slack.dev/blocks.json, "available-in-surfaces". */
export const messageBlock = z.discriminatedUnion("type", [
  ...everywhere,
  carousel,
  container,
  contextActions,
  dataTable,
  markdown,
  plan,
  table,
  taskCard,
]);
export const modalBlock = z.discriminatedUnion("type", [...everywhere, alert, input]);
export const homeBlock = z.discriminatedUnion("type", [...everywhere, carousel, input]);

export type MessageBlock = z.infer<typeof messageBlock>;
export type ViewBlock = z.infer<typeof modalBlock> | z.infer<typeof homeBlock>;

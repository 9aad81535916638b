import type { Element } from "./block-ids.ts";

/** What a person put into an element: text, a chosen option's value, or several of them. */
export type Entry = string | readonly string[];

/** By action id; by `block_id/action_id` where several blocks share one, as those of our forms do. */
export type Entries = Readonly<Record<string, Entry>>;

export const entryIn = (entries: Entries, { block, element }: Element): Entry | undefined =>
  entries[`${block.block_id}/${element.action_id}`] ?? entries[element.action_id];

type Option = { readonly value: string };
const several = (entry: Entry | undefined): readonly string[] => (typeof entry === "string" ? [entry] : (entry ?? []));

/** The fields that Slack adds to an action or to `state.values` for what a person entered. */
export function enteredFields(element: Element["element"], entry: Entry | undefined): Record<string, unknown> {
  const values = several(entry);
  const chosen = values.map((v) => optionOf(element, v));
  const one = <T>(list: readonly T[]): T | null => list[0] ?? null;
  switch (element.type) {
    case "static_select":
    case "radio_buttons":
    case "overflow":
      return { selected_option: one(chosen) ?? element.initial_option ?? null };
    case "multi_static_select":
    case "checkboxes":
      return { selected_options: entry === undefined ? (element.initial_options ?? []) : chosen };
    case "users_select":
      return { selected_user: one(values) ?? element.initial_user ?? null };
    case "conversations_select":
      return { selected_conversation: one(values) ?? element.initial_conversation ?? null };
    case "channels_select":
      return { selected_channel: one(values) ?? element.initial_channel ?? null };
    case "multi_users_select":
      return { selected_users: values };
    case "multi_conversations_select":
      return { selected_conversations: values };
    case "multi_channels_select":
      return { selected_channels: values };
    case "datepicker":
      return { selected_date: one(values) ?? element.initial_date ?? null };
    case "timepicker":
      return { selected_time: one(values) ?? element.initial_time ?? null };
    case "datetimepicker":
      return { selected_date_time: values.length > 0 ? Number(values[0]) : (element.initial_date_time ?? null) };
    case "button":
    case "icon_button":
      return { value: element.value, text: element.text };
    case "feedback_buttons":
      return { value: one(values) };
    case "plain_text_input":
      return { value: one(values.map((v) => fitting(element, v))) ?? element.initial_value ?? null };
    default:
      return { value: one(values) ?? element.initial_value ?? null };
  }
}

function optionOf(element: Element["element"], value: string): unknown {
  if (element.options === undefined && element.option_groups === undefined) return undefined;
  const groups = (element.option_groups as { options: Option[] }[] | undefined) ?? [];
  const offered = [...((element.options as Option[] | undefined) ?? []), ...groups.flatMap((g) => g.options)];
  const option = offered.find((o) => o.value === value);
  if (option !== undefined) return option;
  throw new Error(`"${element.action_id}" offers ${offered.map((o) => `"${o.value}"`).join(", ")}, not "${value}"`);
}

/** Slack's own page refuses what is too long or too short before the app hears of it. */
function fitting(element: Element["element"], text: string): string {
  const [least, most] = [Number(element.min_length ?? 0), Number(element.max_length ?? 3000)];
  if (text.length >= least && text.length <= most) return text;
  throw new Error(`"${element.action_id}" takes ${least} to ${most} characters, got ${text.length}`);
}

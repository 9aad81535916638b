import { z } from "zod";
import { LIMITS } from "./limits.ts";

const id = z.string().min(1).max(LIMITS.idCharacters);

export const plainText = (characters: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(characters),
    emoji: z.boolean().optional(),
  });

export const mrkdwn = (characters: number) =>
  z.strictObject({
    type: z.literal("mrkdwn"),
    text: z.string().min(1).max(characters),
    verbatim: z.boolean().optional(),
  });

export const anyText = (characters: number) =>
  z.discriminatedUnion("type", [plainText(characters), mrkdwn(characters)]);

const confirm = z.strictObject({
  title: plainText(LIMITS.confirmTitleCharacters).optional(),
  text: anyText(LIMITS.confirmTextCharacters),
  confirm: plainText(LIMITS.confirmButtonCharacters).optional(),
  deny: plainText(LIMITS.confirmButtonCharacters).optional(),
  style: z.enum(["primary", "danger"]).optional(),
});

const option = z.strictObject({
  text: anyText(LIMITS.optionCharacters),
  value: z.string().min(1).max(LIMITS.optionCharacters),
  description: anyText(LIMITS.optionCharacters).optional(),
});
const plainOption = option.extend({
  text: plainText(LIMITS.optionCharacters),
  description: plainText(LIMITS.optionCharacters).optional(),
});
const overflowOption = plainOption.extend({ url: z.url().max(LIMITS.urlCharacters).optional() });

const action = { action_id: id.optional() };
const confirmable = { confirm: confirm.optional() };
const focusable = { focus_on_load: z.boolean().optional() };
const placeholder = { placeholder: plainText(LIMITS.placeholderCharacters).optional() };
const dispatching = {
  dispatch_action_config: z
    .strictObject({ trigger_actions_on: z.array(z.enum(["on_enter_pressed", "on_character_entered"])).min(1) })
    .optional(),
};
const menu = { ...action, ...confirmable, ...focusable, ...placeholder };
const severalOf = { max_selected_items: z.int().min(1).optional() };

const unique = (options: readonly { value: string }[]): boolean =>
  new Set(options.map((o) => o.value)).size === options.length;
const REPEATED = "option values must be unique";
const options = (item: typeof option | typeof plainOption | typeof overflowOption, most: number) =>
  z.array(item).min(1).max(most).refine(unique, REPEATED);

const staticMenu = {
  ...menu,
  options: z.array(plainOption).min(1).max(LIMITS.selectOptions).refine(unique, REPEATED).optional(),
  option_groups: z
    .array(
      z.strictObject({
        label: plainText(LIMITS.optionCharacters),
        options: z.array(plainOption).min(1).max(LIMITS.selectOptions).refine(unique, REPEATED),
      }),
    )
    .min(1)
    .max(LIMITS.selectOptions)
    .optional(),
};

export const button = z.strictObject({
  type: z.literal("button"),
  ...action,
  ...confirmable,
  text: plainText(LIMITS.buttonTextCharacters),
  value: z.string().max(LIMITS.buttonValueCharacters).optional(),
  url: z.url().max(LIMITS.urlCharacters).optional(),
  style: z.enum(["primary", "danger"]).optional(),
  accessibility_label: z.string().max(LIMITS.buttonTextCharacters).optional(),
});

const imageSource = {
  image_url: z.url().max(LIMITS.urlCharacters).optional(),
  slack_file: z
    .union([z.strictObject({ id: z.string().min(1) }), z.strictObject({ url: z.url() })], "either an id or a url")
    .optional(),
};
/** Fields shared by the image block and the image element; which source is given is checked in `validate.ts`. */
export const image = {
  type: z.literal("image"),
  alt_text: z.string().min(1).max(LIMITS.altTextCharacters),
  ...imageSource,
};
export const imageElement = z.strictObject(image);

const checkboxes = z.strictObject({
  type: z.literal("checkboxes"),
  ...action,
  ...confirmable,
  ...focusable,
  options: options(option, LIMITS.choiceOptions),
  initial_options: z.array(option).min(1).optional(),
});
const radioButtons = z.strictObject({
  type: z.literal("radio_buttons"),
  ...action,
  ...confirmable,
  ...focusable,
  options: options(option, LIMITS.choiceOptions),
  initial_option: option.optional(),
});
const overflow = z.strictObject({
  type: z.literal("overflow"),
  ...action,
  ...confirmable,
  options: options(overflowOption, LIMITS.overflowOptions),
});
const datepicker = z.strictObject({
  type: z.literal("datepicker"),
  ...menu,
  initial_date: z.iso.date().optional(),
});
const timepicker = z.strictObject({
  type: z.literal("timepicker"),
  ...menu,
  initial_time: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .optional(),
  timezone: z.string().optional(),
});
const datetimepicker = z.strictObject({
  type: z.literal("datetimepicker"),
  ...action,
  ...confirmable,
  ...focusable,
  initial_date_time: z.int().min(1e9).max(9_999_999_999).optional(),
});

const filter = z
  .strictObject({
    include: z
      .array(z.enum(["im", "mpim", "private", "public"]))
      .min(1)
      .optional(),
    exclude_external_shared_channels: z.boolean().optional(),
    exclude_bot_users: z.boolean().optional(),
  })
  .optional();
const conversationMenu = { default_to_current_conversation: z.boolean().optional(), filter };
const respondable = { response_url_enabled: z.boolean().optional() };

const menus = [
  z.strictObject({ type: z.literal("static_select"), ...staticMenu, initial_option: plainOption.optional() }),
  z.strictObject({
    type: z.literal("multi_static_select"),
    ...staticMenu,
    ...severalOf,
    initial_options: z.array(plainOption).min(1).optional(),
  }),
  z.strictObject({ type: z.literal("users_select"), ...menu, initial_user: z.string().optional() }),
  z.strictObject({
    type: z.literal("multi_users_select"),
    ...menu,
    ...severalOf,
    initial_users: z.array(z.string()).optional(),
  }),
  z.strictObject({
    type: z.literal("conversations_select"),
    ...menu,
    ...conversationMenu,
    ...respondable,
    initial_conversation: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal("multi_conversations_select"),
    ...menu,
    ...conversationMenu,
    ...severalOf,
    initial_conversations: z.array(z.string()).optional(),
  }),
  z.strictObject({
    type: z.literal("channels_select"),
    ...menu,
    ...respondable,
    initial_channel: z.string().optional(),
  }),
  z.strictObject({
    type: z.literal("multi_channels_select"),
    ...menu,
    ...severalOf,
    initial_channels: z.array(z.string()).optional(),
  }),
] as const;

const typed = { ...action, ...focusable, ...placeholder, ...dispatching };
const plainTextInput = z.strictObject({
  type: z.literal("plain_text_input"),
  ...typed,
  initial_value: z.string().max(LIMITS.inputCharacters).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(LIMITS.inputCharacters).optional(),
  max_length: z.int().min(1).max(LIMITS.inputCharacters).optional(),
});
const numberInput = z.strictObject({
  type: z.literal("number_input"),
  ...typed,
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
});
const emailInput = z.strictObject({
  type: z.literal("email_text_input"),
  ...typed,
  initial_value: z.string().optional(),
});
const urlInput = z.strictObject({ type: z.literal("url_text_input"), ...typed, initial_value: z.string().optional() });
const fileInput = z.strictObject({
  type: z.literal("file_input"),
  ...action,
  filetypes: z.array(z.string()).min(1).optional(),
  max_files: z.int().min(1).max(LIMITS.inputFiles).optional(),
});

const picks = [checkboxes, radioButtons, datepicker, timepicker, datetimepicker, ...menus] as const;

/** External selects and workflow buttons are left out: this app has no options listener and no workflows. */
export const actionsElement = z.discriminatedUnion("type", [button, overflow, ...picks]);
export const accessory = z.discriminatedUnion("type", [button, overflow, imageElement, ...picks]);
export const inputElement = z.discriminatedUnion("type", [
  plainTextInput,
  numberInput,
  emailInput,
  urlInput,
  fileInput,
  ...picks,
]);

const feedbackButton = z.strictObject({
  text: plainText(LIMITS.buttonTextCharacters),
  value: z.string().min(1).max(LIMITS.buttonValueCharacters),
  accessibility_label: z.string().max(LIMITS.buttonTextCharacters).optional(),
});
export const contextAction = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("feedback_buttons"),
    ...action,
    positive_button: feedbackButton,
    negative_button: feedbackButton,
  }),
  z.strictObject({
    type: z.literal("icon_button"),
    ...action,
    ...confirmable,
    icon: z.literal("trash"),
    text: plainText(LIMITS.buttonTextCharacters),
    accessibility_label: z.string().max(LIMITS.buttonTextCharacters).optional(),
    value: z.string().max(LIMITS.buttonValueCharacters).optional(),
    visible_to_user_ids: z.array(z.string()).optional(),
  }),
]);

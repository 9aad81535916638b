import type { Finding, ItemId } from "./checklist.ts";

/** What held, and what did not. */
export const yes = (item: ItemId, text: string): Finding => ({ item, ok: true, text });
export const no = (item: ItemId, text: string): Finding => ({ item, ok: false, text });
export const check = (item: ItemId, ok: boolean, held: string, failed: string): Finding =>
  ok ? yes(item, held) : no(item, failed);
/** What could not be checked, why, and what a person can do to know: a command, in backticks. */
export const open = (item: ItemId, why: string, answer: string): Finding => ({
  item,
  ok: undefined,
  text: `${why}. ${answer}`,
});

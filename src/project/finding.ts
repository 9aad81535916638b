import type { Finding, ItemId } from "./checklist.ts";

/** What held, what did not, and what could not be checked. */
export const yes = (item: ItemId, text: string): Finding => ({ item, ok: true, text });
export const no = (item: ItemId, text: string): Finding => ({ item, ok: false, text });
export const open = (item: ItemId, text: string): Finding => ({ item, ok: undefined, text });
export const check = (item: ItemId, ok: boolean, held: string, failed: string): Finding =>
  ok ? yes(item, held) : no(item, failed);

import type { Message } from "./world.ts";

const LIVE =
  /<!(here|channel|everyone)(?:\|[^>]*)?>|<@([UW][A-Z0-9]+)(?:\|[^>]*)?>|<!subteam\^([A-Z0-9]+)(?:\|[^>]*)?>/g;
/** Texts in which Slack reads `<…>`; plain text and table cells are shown as they are. */
const READS_MARKUP = ["mrkdwn", "markdown"];

/** Whom a message notifies: people and groups by id, and `here`, `channel` or `everyone`. */
export function pingsOf(message: Message): string[] {
  const found: string[] = [];
  const read = (text: string): void => {
    for (const [, range, user, group] of text.matchAll(LIVE)) found.push((range ?? user ?? group)!);
  };
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null) return;
    const { type, text, range, user_id } = node as Record<string, unknown>;
    if (READS_MARKUP.includes(String(type)) && typeof text === "string") read(text);
    if (type === "broadcast") found.push(String(range));
    if (type === "user") found.push(String(user_id));
    for (const child of Object.values(node)) visit(child);
  };
  // With blocks, the text is only what a notification shows; it still pings.
  read(message.text);
  visit(message.blocks);
  return [...new Set(found)];
}

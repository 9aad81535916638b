import type { MrkdwnElement, PlainTextElement } from "@slack/types";

/** In mrkdwn, `<` opens mentions (`<!here>`, `<@U…>`) and links: https://docs.slack.dev/messaging/formatting-message-text */
export const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** Slack refuses a whole message for one empty text. */
const NOTHING = "–";
export const nonempty = (text: string): string => (text.trim() === "" ? NOTHING : text);

/** Text that is shown as it is: nothing in it is a mention or a link. */
export const plain = (text: string): PlainTextElement => ({ type: "plain_text", text: nonempty(text), emoji: false });

/** Text that was escaped already. `verbatim` keeps Slack from making links and mentions of bare words. */
export const mrkdwn = (text: string): MrkdwnElement => ({ type: "mrkdwn", text, verbatim: true });

/** Whether a link may be one: HTTPS to a host that is allowed, or below it. */
export function mayLink(url: string, hosts: readonly string[]): boolean {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    return false;
  }
  if (parsed.protocol !== "https:" || parsed.username !== "" || parsed.password !== "") return false;
  return hosts.some((host) => parsed.hostname === host || parsed.hostname.endsWith(`.${host}`));
}

const ENTITIES: Readonly<Record<string, string>> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };

/**
 * What a person typed, from what Slack made of it: our mention goes, links and channels become their text, entities
 * their character (docs.slack.dev/messaging/formatting-message-text). The same words as in a terminal give the same plan.
 */
export function typedWords(text: string, bot: string): string {
  return text
    .replace(/<([^<>\n]*)>/g, (whole, inside: string) => {
      const [target = "", label] = inside.split("|", 2);
      if (target === `@${bot}`) return " ";
      if (target.startsWith("@")) return whole;
      if (target.startsWith("!")) return `@${label?.replace(/^@/, "") || target.slice(1).split("^")[0]}`;
      if (target.startsWith("#")) return label ? `#${label}` : target;
      const address = target.replace(/^mailto:/, "");
      // Slack makes a link of a bare name; the name is what was typed.
      return label !== undefined && address.replace(/\/$/, "").endsWith(label.replace(/\/$/, "")) ? label : address;
    })
    .replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity]!)
    .replace(/[^\S\n]+/g, " ")
    .trim();
}

/** Whether people speak with each other: somebody is mentioned, and it is not us. */
export const isToSomebodyElse = (text: string, bot: string): boolean =>
  /<@[A-Z0-9]+(?:\|[^>]*)?>/.test(text) && !text.includes(`<@${bot}`);

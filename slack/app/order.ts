/** What the words after `/ml-architect` ask for: one of ours, or a design. */
export type Order =
  | { type: "form" | "help" | "status" | "list" | "cancel" | "examples" }
  | { type: "config"; words: string[] }
  | { type: "forget"; isSure: boolean }
  | { type: "design"; words: string };

const ALONE = ["help", "status", "list", "cancel", "examples"] as const;

/** A word of ours counts alone; in a sentence it is part of what somebody wants. */
export function orderOf(text: string): Order {
  const words = text.trim();
  if (words === "") return { type: "form" };
  const alone = ALONE.find((word) => word === words.toLowerCase());
  if (alone) return { type: alone };
  const sure = /^delete my data( now)?$/i.exec(words);
  if (sure) return { type: "forget", isSure: sure[1] !== undefined };
  const [first = "", ...rest] = words.split(/\s+/);
  return first.toLowerCase() === "config" ? { type: "config", words: rest } : { type: "design", words };
}

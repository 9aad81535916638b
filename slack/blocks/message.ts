import type { KnownBlock } from "@slack/types";
import { pieces } from "./cut.ts";
import { escaped } from "./escape.ts";
import { LIMITS } from "./limits.ts";

/** What is posted. `text` is what notifications and screen readers say; it is escaped like everything else. */
export interface Message {
  text: string;
  blocks: KnownBlock[];
}

/** A block with the text it counts for, and the text a person would hear. */
interface Weighed {
  block: KnownBlock;
  size: number;
}

/** Blocks as messages that Slack accepts, in order: as few as may be, none over a limit, nothing left out. */
export function messages(blocks: readonly KnownBlock[], says: string): Message[] {
  const groups: Weighed[][] = [];
  let open: Weighed[] = [];
  for (const block of blocks) {
    const next = { block, size: textOf(block) };
    if (open.length === 0 || !fits(open, next)) {
      // A header belongs to what follows it.
      const carried = open.at(-1)?.block.type === "header" && open.length > 1 ? [open.pop()!] : [];
      open = [...carried];
      groups.push(open);
    }
    open.push(next);
  }
  const [first = "", ...rest] = pieces(escaped(says), LIMITS.fallback);
  return groups.map((group, i) => ({
    text: i === 0 ? first : (rest[i - 1] ?? first.slice(0, LIMITS.fallback)),
    blocks: group.map(({ block }) => block),
  }));
}

const isTable = (block: KnownBlock): boolean => block.type === "table" || block.type === "data_table";

function fits(open: readonly Weighed[], next: Weighed): boolean {
  if (open.length >= LIMITS.messageBlocks) return false;
  const size = open.reduce((sum, each) => sum + each.size, next.size);
  if (size > LIMITS.messageText) return false;
  return !isTable(next.block) || open.filter(({ block }) => isTable(block)).length < LIMITS.tables;
}

/** Characters of everything in a block that a person reads. */
function textOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, each) => sum + textOf(each), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + (key === "text" && typeof each === "string" ? each.length : textOf(each)),
    0,
  );
}

import type { KnownBlock } from "@slack/types";
import { pieces } from "./cut.ts";
import { escaped } from "./escape.ts";
import { LIMITS } from "./limits.ts";
import { textCharacters } from "./validate.ts";

/** What is posted. `text` is what notifications and screen readers say; it is escaped like everything else. */
export interface Message {
  text: string;
  blocks: KnownBlock[];
}

/** A block with the characters it counts for. */
interface Weighed {
  block: KnownBlock;
  size: number;
}

/** Blocks as messages that Slack accepts, in order: as few as may be, none over a limit, nothing left out. */
export function messages(blocks: readonly KnownBlock[], says: string): Message[] {
  const groups: Weighed[][] = [];
  let open: Weighed[] = [];
  for (const block of blocks) {
    const next = { block, size: textCharacters(block) };
    if (open.length === 0 || !fits(open, next)) {
      // A header belongs to what follows it.
      const carried = open.at(-1)?.block.type === "header" && open.length > 1 ? [open.pop()!] : [];
      open = [...carried];
      groups.push(open);
    }
    open.push(next);
  }
  const [first = "", ...rest] = pieces(escaped(says), LIMITS.updateTextCharacters - COUNTED);
  return groups.map((group, i) => ({
    text:
      groups.length === 1
        ? first
        : `${i === 0 ? first : (rest[i - 1] ?? pieces(first, 200)[0])} (${i + 1} of ${groups.length})`,
    blocks: group.map(({ block }) => block),
  }));
}

/** Room for "(12 of 34)". */
const COUNTED = 20;

/** More than one in a message is `only_one_table_allowed`. */
const isTable = (block: KnownBlock): boolean => block.type === "table" || block.type === "data_table";

function fits(open: readonly Weighed[], next: Weighed): boolean {
  if (open.length >= LIMITS.messageBlocks) return false;
  const size = open.reduce((sum, each) => sum + each.size, next.size);
  if (size > LIMITS.messageBlockCharacters) return false;
  return !isTable(next.block) || !open.some(({ block }) => isTable(block));
}

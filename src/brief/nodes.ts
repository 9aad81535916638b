import { HAN, WORDS } from "./words.ts";

/** What holds several accelerators. */
const NODES = "(?:nodes?|machines?|servers?|boxes|box|hosts?|instances?|vms?|台|机|knoten|nodos|nós|noeuds|rechner)";
/** A small number before what it counts, as digits, a word or an article. */
const SPELLED = [...Object.keys(WORDS).filter((word) => WORDS[word]! <= 100), "a single"]
  .sort((a, b) => b.length - a.length)
  .join("|");
export const COUNT_LEAD = `(\\d{1,5}|${SPELLED}|an?|my|einer?|einen|eine[rmn]?|una?|uma?|une?|[${Object.keys(HAN).join("")}])`;

/** The number that such a word stands for; an article is one. */
export function counted(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  return /^\d/.test(word) ? Number(word) : (HAN[word] ?? WORDS[word] ?? 1);
}

/** "2 nodes each 4x …", "2x8 …", "4x … per node, 2 nodes", "两台8卡…". `start` is relative to the lead, `after` to the end of the card. */
export function machines(
  lead: string,
  tail: string,
  countStart: number,
): { nodes: number; each: boolean; start: number; after: number } | undefined {
  const head = lead.slice(0, Math.max(0, countStart));
  const left = new RegExp(
    `(?:^|[^a-z0-9.])${COUNT_LEAD}\\s?x?\\s?(?:gpu |compute |aws |cloud )?(?<unit>${NODES})\\s?(?:,|:|\\(|-)?\\s?(?:(?:每台|每机|各|each|with|of|having|x|\\*|@|w\\/|containing|running|mit|con|com|avec|je|jeweils|cada|每台|每机|各|are)\\s?)*(?:x|\\*)?\\s?$`,
  ).exec(head);
  if (left) {
    const nodes = counted(left[1]);
    // 2机16卡 gives the total; 两台8卡 what each holds.
    return nodes
      ? { nodes, each: left.groups!.unit !== "机" || /每|各/.test(left[0]), start: left.index, after: 0 }
      : undefined;
  }
  const grid = /(?:^|[^a-z0-9.])(\d{1,4})\s?[x*]\s?$/.exec(head);
  if (grid) return { nodes: Number(grid[1]), each: true, start: grid.index, after: 0 };
  const per = new RegExp(
    `^s?\\s?(?:gpus?\\s?)?(?:per|a|each|\\/|pro|por|par)\\s?${NODES}(?<more>[^.;]{0,24}?(\\d{1,4}|two|three|four|eight)\\s?${NODES})?`,
  ).exec(tail);
  if (per) {
    const more =
      counted(per[2]) ?? counted(new RegExp(`(\\d{1,4}|two|three|four|eight)\\s?${NODES}[^.;]{0,24}$`).exec(head)?.[1]);
    return more ? { nodes: more, each: true, start: countStart, after: per[0].length } : undefined;
  }
  const spread = new RegExp(
    `^s?\\s?(?:gpus?\\s?)?,?\\s?\\(?(?:across|over|on|in|spread over|split (?:across|over)|auf|en|em|sur)\\s(\\d{1,4}|two|three|four|eight)\\s${NODES}`,
  ).exec(tail);
  if (spread) return { nodes: counted(spread[1])!, each: false, start: countStart, after: spread[0].length };
  const behind = /^s?\s?(?:gpus?\s?)?(nodes|machines|servers|boxes|boxen)/.exec(tail);
  if (behind) {
    const n = new RegExp(`(?:^|[^a-z0-9.])${COUNT_LEAD}\\s$`).exec(head);
    const nodes = counted(n?.[1]);
    return nodes && n ? { nodes, each: true, start: n.index, after: behind[0].length } : undefined;
  }
  return undefined;
}

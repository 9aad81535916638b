import { findAccelerator } from "../catalog/names.ts";
import type { Accelerator, Catalog } from "../catalog/schema.ts";
import { type Cued, cued, findAll } from "./cues.ts";
import { meeting, type Span, type Text } from "./text.ts";

/** One accelerator named in a text, with the memory and the count written beside it. */
export interface CardMention {
  /** Catalog id, or a slug of the name where the catalog does not know the card. */
  id: string;
  known: Accelerator | undefined;
  /** Memory as stated; undefined where only the catalog knows it. */
  memoryGib: number | undefined;
  /** How many, as far as the name itself says ("v5e-8", "ml.g5.12xlarge"). */
  countInName: number | undefined;
  plural: boolean;
  /** Where an instance type puts it. */
  platform: string | undefined;
  /** The name alone. */
  name: Span;
  /** The name with its memory. */
  span: Span;
}

/** Edges that let "2xT4" and "a100x8" be two words each. */
const LEFT = "(?:(?<![a-z0-9_.])|(?<=\\d ?[x*])|(?<=(?<![a-z])x))(?<!\\w-)";
const RIGHT = "(?=s?(?![a-z0-9])|s?[x*]\\d|_)";
const CONSUMER = "10[5678]0|16[56]0|20[678]0|30[56789]0|40[56789]0|50[56789]0";

/** [pattern source, how to spell it for the catalog] — `$1` is the number. */
const NAMES: [source: string, spelling: string][] = [
  ["rtx ?pro ?(\\d{4})(?: ?blackwell)?", "rtx pro $1 blackwell"],
  ["(?:nvidia )?(?:quadro )?rtx[ -]?(6000|5000|4000|4500|5880|2000)[ -]?ada", "rtx $1 ada"],
  ["(?<!\\d)(6000|5880|5000|4500)[ -]?ada", "rtx $1 ada"],
  ["quadro rtx ?(\\d{4})", "quadro rtx $1"],
  ["(?:nvidia )?(?:quadro )?rtx[ -]?a(\\d{4})", "rtx a$1"],
  ["(?:nvidia )?a(2000|4000|4500|5000|5500|6000)", "rtx a$1"],
  ["(?:nvidia |geforce )*(?:rtx|gtx)[ -]?(\\d{4})[ -]?(ti super|ti|super|d)?", "rtx $1$2"],
  [`(?:nvidia |geforce )*(${CONSUMER})[ -]?(ti super|ti|super|d)?`, "rtx $1$2"],
  ["(?:nvidia )?titan (rtx|xp|v)", "titan $1"],
  ["(?:radeon )?(?:rx ?)?(6[89]00|7[6789]00|9070)[ -]?(xtx|xt|gre)", "rx $1 $2"],
  ["(?:intel )?arc ?([ab]\\d{3})", "arc $1"],
  ["(?:amd |instinct )*mi ?(\\d{2,3})([axp]?)", "mi$1$2"],
  ["(?:nvidia )?gh ?200", "gh200"],
  ["(?:nvidia )?gb ?(200|300)", "gb$1"],
  ["(?:nvidia )?([bh])-?(100|200|300|800|20)", "$1$2"],
  ["(?:nvidia |tesla )*(?:a(?:100|800|40|30|10g?|16)|v100|p(?:100|40)|k80|m(?:40|60)|l(?:40s|40|4|20)|t4)", ""],
  ["(?:nvidia |tesla )+(a2|p4|k20|m10)", "$1"],
  ["(?:ascend|昇腾) ?(910[abc]?|310p?)", "ascend $1"],
  ["(?:cloud )?tpu[ -]?(v\\d[ep]?|7x)(?:[ -]\\d{1,4})?", "tpu $1"],
  ["(v[2-6][ep]?)-(8|16|32|64|128|256|512)", "tpu $1"],
  ["trainium ?([123])?", "trainium$1"],
  ["trn([12])", "trainium$1"],
  ["inferentia ?([12])?", "inferentia$1"],
  ["(?:intel |habana )*gaudi ?([123])?", "gaudi$1"],
  ["dgx[ -]?spark", "dgx spark"],
  ["(?:nvidia )?jetson(?: (?:agx|orin|nano|nx|xavier|thor|tx2))+", ""],
  ["agx orin|orin agx", "jetson agx orin"],
  ["orin (nano|nx)", "jetson orin $1"],
  ["jetson", "jetson"],
  ["(?:ryzen )?(?:ai )?(?:strix halo|max\\+? ?395)", "strix halo"],
  ["(?:apple )?(?:silicon )?(?:chip )?(m[1-5])[ -]?(pro|max|ultra)", "apple $1 $2"],
  [
    "(?:apple|macbook(?: air| pro)?|mac mini|mac studio|imac|mac)(?: with| w/)?(?: an?)? ?(m[1-5])(?: (pro|max|ultra))?",
    "apple $1 $2",
  ],
  ["(m[1-5])(?= ?(?:mac|air\\b|chip|macbook))", "apple $1"],
];

export const NAME: Cued = cued(
  /\d{4}|(?:^|[^a-z])[abhlkmptv]-?\d|[ahlbtv]100|mi ?\d|g[bh] ?\d|6[89]00|7[6789]00|rtx|gtx|titan|radeon|arc|tpu|trn|trainium|inferentia|gaudi|ascend|昇腾|dgx|jetson|orin|strix|395|apple|mac|tesla|nvidia|[x*]\s?[a-z]\d/,
  new RegExp(`${LEFT}(?:${NAMES.map(([s]) => s.replace(/\((?!\?)/g, "(?:")).join("|")})${RIGHT}`, "g"),
);
/** Each name alone, to tell which one matched and with which numbers; without what must follow, where the match ends. */
const PARTS = NAMES.map(([s]) => new RegExp(`^(?:${s.replace(/\(\?=.*$/, "")})$`));

/** What may follow a four-digit card number when it was a count after all. */
const NOT_A_CARD =
  /^\s?(?:rows?|examples?|samples?|images?|tokens?|docs?|documents?|tickets?|steps?|users?|photos?|pages?|records?|words?|chars|条|张图|samples|gb|mb|usd|eur|€)\b/;
const NOT_AFTER = /(?:[$€£¥]|seq|ctx|context|length|len|cutoff|step|max_len|year|top)[ =:]?$/;

const MEMORY_AFTER =
  /^s?(?: ?(?:sxm\d?|pcie|nvl|hbm\d?e?|gpus?|cards?|super|with|w\/|de|mit|con|com|avec|having|macbook|mac|pro|air|mini|studio|laptop|chip|a|-|_|,|\/| ){0,3}?)[ \-_/(]{0,2}(\d{1,4})(?: ?(?:-? ?g(?:i?b|igs?)?(?:\s?(?:v?ram|显存|memory|each))?|显存)|s)?\)?(?![a-z0-9%]|[.,]\d|-\d)/;
const MEMORY_BEFORE = /(?:^|[^a-z0-9.])(\d{1,4})(?: ?-?g(?:i?b|igs?)?)(?: (?:nvidia|of))?[ \-的]?$/;
/** Sizes cards come in: a bare number beside a card's name is memory only when it is one of these. */
const SIZES = new Set([4, 6, 8, 10, 11, 12, 16, 20, 22, 24, 32, 40, 48, 64, 80, 94, 96, 128, 141, 180, 192, 256, 288]);

function spell(index: number, written: string): string {
  const spelling = NAMES[index]![1];
  if (!spelling) return written.replace(/nvidia |tesla /g, "").trim();
  const parts = PARTS[index]!.exec(written) ?? [];
  return spelling
    .replace(/\$(\d)/g, (_, n) => parts[Number(n)] ?? "")
    .trim()
    .replace(/\s+/g, " ");
}

/** An A800 computes like the A100 that stands in for it, but a brief keeps the name that was said. */
function isNamed(card: Accelerator, spelling: string): boolean {
  const squash = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  const telling = spelling.split(" ").findLast((word) => /\d/.test(word)) ?? spelling;
  return squash(`${card.id} ${card.name} ${card.vendor}`).includes(squash(telling));
}

/** The catalog's card of this name and, where stated, this memory. */
function lookUp(catalog: Catalog, spelling: string, memoryGib: number | undefined): Accelerator | undefined {
  if (memoryGib !== undefined) {
    const sized = findAccelerator(catalog, `${spelling} ${memoryGib}gb`);
    if (sized?.memoryGib === memoryGib && isNamed(sized, spelling)) return sized;
  }
  const plain = findAccelerator(catalog, spelling);
  if (plain && !isNamed(plain, spelling)) return undefined;
  if (!plain || memoryGib === undefined || plain.memoryGib === memoryGib) return plain;
  // Advertised sizes are round: H200 is sold as 141, B200 as 180 or 192. Apple's one chip comes with many memories.
  return plain.vendor === "Apple" || Math.abs(plain.memoryGib - memoryGib) <= 0.08 * memoryGib ? plain : undefined;
}

/** Cards of one message that are read: more are a price list. */
const MOST_CARDS = 200;

/** Every accelerator the text names, in order; spans in `names` are already something else. */
export function findCards(text: Text, catalog: Catalog, names: readonly Span[]): CardMention[] {
  const found: CardMention[] = instances(text, catalog);
  const claimed = meeting([...names, ...found.map((f) => f.span)]);
  for (const match of findAll(text.low, NAME)) {
    const start = match.index;
    const end = start + match[0].length;
    if (found.length >= MOST_CARDS) break;
    if (claimed(start, end)) continue;
    const index = PARTS.findIndex((name) => name.test(match[0]));
    const tail = text.low.slice(end, end + 32);
    const bareNumber = /^\d{4}$/.test(match[0]);
    if (bareNumber && (NOT_A_CARD.test(tail) || NOT_AFTER.test(text.low.slice(Math.max(0, start - 12), start))))
      continue;
    const stated = MEMORY_AFTER.exec(tail);
    const withUnit = stated !== null && /\d ?(?:-? ?g|显存)/.test(stated[0]);
    const mine =
      stated && (withUnit || (SIZES.has(Number(stated[1])) && bareSize(text, end + stated[0].length, stated[0])))
        ? stated
        : null;
    const lead = MEMORY_BEFORE.exec(text.low.slice(Math.max(0, start - 16), start));
    const memory =
      mine && !OF_HOST.test(tail.slice(mine[0].search(/\d/))) ? Number(mine[1]) : lead ? Number(lead[1]) : undefined;
    // "4x A10 (96GB total)" adds the cards up.
    const summed =
      mine !== null &&
      /^[\s)]{0,2}(?:total|in total|combined|altogether|overall)\b|^ (?:v?ram )?(?:total|in total|combined)\b/.test(
        tail.slice(mine[0].length),
      );
    const memoryGib = summed
      ? undefined
      : memory !== undefined && SIZES.has(memory)
        ? memory
        : memory !== undefined && withUnit
          ? memory
          : undefined;
    const spelling = spell(index, match[0]);
    const form = /^s?[ _-]?(sxm|pcie|nvl)\d?(?![a-z])/.exec(tail)?.[1];
    const known = (form && lookUp(catalog, `${spelling} ${form}`, memoryGib)) || lookUp(catalog, spelling, memoryGib);
    const slug =
      `${spelling}${memoryGib && !known && !/jetson/.test(spelling) && variants(catalog, spelling) ? `-${memoryGib}gb` : ""}`.replace(
        / /g,
        "-",
      );
    found.push({
      id: known?.id ?? slug,
      known,
      memoryGib,
      countInName: slice(spelling, match[0]),
      plural: /^s(?![a-z0-9])/.test(tail),
      platform: undefined,
      name: [start, end],
      span: [
        lead && !mine ? start - lead[0].length + lead[0].search(/\d/) : start,
        end + (mine && memory === Number(mine[1]) ? mine[0].length : 0),
      ],
    });
  }
  return found.sort((a, b) => a.span[0] - b.span[0]);
}

/** A card the catalog knows in one memory, or not at all, may be sold in another: A800 80GB, P100 12GB. */
function variants(catalog: Catalog, spelling: string): boolean {
  return findAccelerator(catalog, spelling) !== undefined || /^[ahbpvk]\d{2,3}$/.test(spelling);
}

/** "V100 32" but not "V100 32 rows" nor "A100 40 epochs". */
function bareSize(text: Text, end: number, written: string): boolean {
  if (/\d\)?s$/.test(written)) return true;
  return (
    !/^\s?(?:[a-z%]|\d|[x*]|条|张|轮|万)/.test(text.low.slice(end, end + 4)) ||
    /^\s?(?:,|\.|\?|x\d|gpus?|cards?|each|nodes?|cluster|for|on|and|with|or|to|in|at)\b/.test(
      text.low.slice(end, end + 8),
    )
  );
}

/** "3090, 64gb ram": the memory is the host's. */
const OF_HOST =
  /^\d{1,4} ?-? ?g?(?:i?b|igs?)?\)?\s?(?:of )?(?:system |host |cpu |main )?(?:(?:ram|ddr\d)(?![a-z])|memory (?:on|in) the |memory,? cpu|(?:de )?ram\b|内存|メモリ)/;

/** Chips in a TPU slice. Up to v4 the number in its name counts cores, two a chip. */
function slice(spelling: string, written: string): number | undefined {
  const match = /(v\d[ep]?)-(\d{1,4})$/.exec(written);
  if (!spelling.startsWith("tpu") || !match) return undefined;
  const n = Number(match[2]);
  return /^v(?:[234]|5p)$/.test(match[1]!) ? Math.max(1, n / 2) : n;
}

const INSTANCE =
  /(?<![a-z0-9.])(?:ml\.)?((?:g[4-7]\w{0,2}|p[2-6]\w{0,8}(?:-b\d00)?|trn\d\w?|inf\d)\.(?:\d{1,2}x?large|xlarge|large|metal|medium)|[ag][2-4]-(?:highgpu|megagpu|ultragpu|standard|edgegpu)-\d{1,3}g?|standard_n[a-z]\d{1,3}\w{0,20})(?![a-z0-9])/g;

interface Instance {
  accelerator: string;
  acceleratorCount: number;
  platform: string;
}
const indexes = new WeakMap<Catalog, Map<string, Instance>>();

/** Instance types from the price list: what they hold is a fact there. */
function instanceIndex(catalog: Catalog): Map<string, Instance> {
  const ready = indexes.get(catalog);
  if (ready) return ready;
  const index = new Map<string, Instance>();
  for (const { instanceType, accelerator, acceleratorCount, platform } of catalog.prices) {
    const key = instanceType.toLowerCase().replace(/^ml\./, "");
    if (!index.has(key)) index.set(key, { accelerator, acceleratorCount, platform });
    const family = key.split(".")[0]!;
    if (!index.has(family)) index.set(family, { accelerator, acceleratorCount: 0, platform });
  }
  indexes.set(catalog, index);
  return index;
}

function instances(text: Text, catalog: Catalog): CardMention[] {
  const found: CardMention[] = [];
  for (const match of text.low.matchAll(INSTANCE)) {
    const index = instanceIndex(catalog);
    const type = index.get(match[1]!) ?? index.get(match[1]!.split(".")[0]!);
    const span: Span = [match.index, match.index + match[0].length];
    if (!type) continue;
    const known = catalog.accelerators.find((a) => a.id === type.accelerator);
    found.push({
      id: type.accelerator,
      known,
      memoryGib: undefined,
      countInName: type.acceleratorCount || undefined,
      plural: false,
      platform: match[0].startsWith("ml.") ? "sagemaker" : type.platform === "sagemaker" ? "aws" : type.platform,
      name: span,
      span,
    });
  }
  return found;
}

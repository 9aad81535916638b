import type { CardMention } from "./cards.ts";
import type { Quantity } from "./numbers.ts";
import { open, type Reading, say } from "./reading.ts";
import { after, before, type Span } from "./text.ts";

/** Cards that were not enough, that somebody quoted, or that the person refuses are not what they have. */
const NOT_OURS =
  /\b(?:no|not|without|instead of|rather than|other than|can'?t (?:get|afford|use)|cannot (?:get|afford|use)|don'?t have|do not have|haven'?t got|quoted[^,.]{0,30}|sin|sem|kein(?:e|en)?|pas de|like openai'?s)\s(?:an?\s|any\s|the\s|access to\s)?$|(?:没有|不用)$/;
const TRIED = /\b(?:tried|tested|used to (?:have|use)|had)\b/;
const TRIED_IN_VAIN =
  /\b(?:none|neither|nothing|all|both|not|never)\b.{0,16}\b(?:enough|work\w*|fit\w*|fail\w*|slow|small)\b/;

/** What stands between two set-ups that are compared. */
const VERSUS =
  /^\s?(?:gpus?|cards?)?(?: for (?:\d{1,3}|an?|one|two) (?:hours?|days?|weeks?|months?))?\s?,?\s?(?:vs\.?|versus|or|compared (?:to|with)|against|还是|或|oder|ou|\bo\b|\/)\s(?:an?\s|the\s|just\s|maybe\s|should i (?:get|buy|rent)\s)?(?:single\s)?$|^\s?(?:还是|\/)\s?$/;

interface SetUp {
  card: CardMention;
  count: number | undefined;
  nodes: number | undefined;
  from: "stated" | "inferred";
  span: Span;
}

/** Accelerators, how many of them, on how many machines, and with what memory. */
export function readHardware(reading: Reading): void {
  const ours = reading.cards.filter((c) => isOurs(reading, c));
  const setUps = ours.map((card) => setUp(reading, card));
  for (const { span } of setUps) takeWithin(reading, span);
  const compared = comparison(reading, setUps);
  const [first] = setUps;
  if (compared.length > 1) {
    say(
      reading,
      "alternatives",
      compared.slice(0, 8).map(({ card, count, nodes }) => ({
        accelerator: card.id,
        ...(count === undefined ? {} : { acceleratorCount: count }),
        ...(nodes === undefined ? {} : { nodeCount: nodes }),
        ...(card.memoryGib === undefined ? {} : { acceleratorMemoryGib: card.memoryGib }),
      })),
      [compared[0]!.span[0], compared.at(-1)!.span[1]],
    );
    return;
  }
  if (first) {
    // The same card named twice, once with its count or memory: both speak of one set-up.
    const best = setUps.find((s) => s.count !== undefined && s.card.id === first.card.id) ?? first;
    const sized = setUps.find((s) => s.card.memoryGib !== undefined && sameKind(s.card.id, first.card.id)) ?? first;
    say(reading, "accelerator", (sized.card.known ? sized : first).card.id, first.card.name);
    if (sized.card.memoryGib !== undefined) say(reading, "acceleratorMemoryGib", sized.card.memoryGib, sized.card.span);
    if (best.count !== undefined) say(reading, "acceleratorCount", best.count, best.span, best.from);
    if (best.nodes !== undefined) say(reading, "nodeCount", best.nodes, best.span);
  }
  if (reading.cards.length === 0 || first) readUnnamed(reading);
}

function sameKind(a: string, b: string): boolean {
  return a.split("-")[0] === b.split("-")[0];
}

/** Marks the numbers inside a set-up as understood. */
function takeWithin(reading: Reading, span: Span): void {
  for (const q of reading.quantities) if (q.start >= span[0] && q.end <= span[1]) reading.taken.add(q);
}

function isOurs(reading: Reading, card: CardMention): boolean {
  const lead = before(reading.text, card.span[0], 80);
  if (NOT_OURS.test(lead.replace(/(?:\d{1,3} ?[x*]? ?)$/, ""))) return false;
  const sentence = lead + after(reading.text, card.span[0], 160);
  if (TRIED.test(lead) && TRIED_IN_VAIN.test(sentence)) return false;
  const quoted = /\bquot\w+\b.{0,40}\bfor (?:an?|the|one)\s$/.test(lead);
  return !quoted;
}

const NODES = "(?:nodes?|machines?|servers?|boxes|box|hosts?|instances?|vms?|台|机|knoten|nodos|nós|noeuds|rechner)";
const COUNT_LEAD =
  "(\\d{1,5}|one|two|three|four|five|six|eight|ten|twelve|sixteen|dual|quad|a single|single|a couple of|a pair of|an?|my|zwei|drei|vier|acht|einer?|einen|eine[rmn]?|dos|tres|cuatro|una?|dois|duas|três|quatro|uma?|deux|trois|quatre|une?|[一二两兩三四五六七八单双])";
const BEFORE_CARD = new RegExp(
  `(?:^|[^a-z0-9.$-]|(?<=[x*]))${COUNT_LEAD}\\s?(?:x|\\*|张|張|块|塊|卡|枚|个|個|台|pcs|times|of (?:the|my|our)|of)?\\s?(?:(?:gpus?|nvidia|used|new|spare|old|gaming|laptop|rented|local|desktop|free|的|on-?prem|cloud|dedicated|consumer|reserved)[\\s]?){0,3}$`,
);
const AFTER_CARD =
  /^s?\s?(?:gpus?\s?)?[(]?\s?(?:x|\*)\s?(\d{1,4})(?![a-z0-9.]|\d)|^s?\s?[(](\d{1,4})[)]|^s?\s?[,:]?\s?(\d{1,4}|[一二两三四五六七八])\s?(?:张|张卡|块|卡|枚|of them|units|pcs|gpus?|cards?)(?![a-z])/;
const HAN: Record<string, number> = {
  一: 1,
  二: 2,
  两: 2,
  兩: 2,
  三: 3,
  四: 4,
  五: 5,
  六: 6,
  七: 7,
  八: 8,
  单: 1,
  双: 2,
};
const WORDS: Record<string, number> = {
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  eight: 8,
  ten: 10,
  twelve: 12,
  sixteen: 16,
  dual: 2,
  quad: 4,
  "a couple of": 2,
  "a pair of": 2,
  zwei: 2,
  drei: 3,
  vier: 4,
  acht: 8,
  dos: 2,
  tres: 3,
  cuatro: 4,
  dois: 2,
  duas: 2,
  três: 3,
  quatro: 4,
  deux: 2,
  trois: 3,
  quatre: 4,
};

function counted(word: string | undefined): number | undefined {
  if (word === undefined) return undefined;
  return /^\d/.test(word) ? Number(word) : (HAN[word] ?? WORDS[word] ?? 1);
}

/** The count and the machines around one card's name. */
function setUp(reading: Reading, card: CardMention): SetUp {
  const { text } = reading;
  const lead = before(text, card.span[0], 64);
  const tail = after(text, card.span[1], 48);
  const left = BEFORE_CARD.exec(lead);
  const right = AFTER_CARD.exec(tail);
  let count = right ? counted(right[1] ?? right[2] ?? right[3]) : left ? counted(left[1]) : undefined;
  let start = !right && left ? card.span[0] - left[0].length + left[0].indexOf(left[1]!) : card.span[0];
  let end = right ? card.span[1] + right[0].length : card.span[1];
  let from: SetUp["from"] = left && !right && /^(?:an?|my|un[ea]?|uma?|ein)/.test(left[1]!) ? "inferred" : "stated";
  if (card.countInName !== undefined) {
    count = card.countInName * (count ?? 1);
    from = "inferred";
  }
  // A DGX or HGX is a machine of eight.
  const box = /\b(?:dgx|hgx)[ -]?$/.exec(lead);
  let nodes: number | undefined;
  if (box) {
    const machines = new RegExp(`(?:^|[^a-z0-9.])${COUNT_LEAD}\\s?x?\\s?(?:nvidia )?$`).exec(lead.slice(0, box.index));
    nodes = counted(machines?.[1]) ?? 1;
    count = nodes * 8;
    if (machines) start = card.span[0] - lead.length + machines.index;
  }
  const around = machines(lead, tail, start - (card.span[0] - lead.length));
  if (around && !box) {
    nodes = around.nodes;
    count = around.each ? (count ?? 1) * nodes : count;
    start = Math.min(start, card.span[0] - lead.length + around.start);
    end = Math.max(end, card.span[1] + around.after);
  }
  return { card, count: count === undefined || count < 1 ? undefined : count, nodes, from, span: [start, end] };
}

/** "2 nodes each 4x …", "2x8 …", "4x … per node, 2 nodes", "两台8卡…". `start` is relative to the lead, `after` to the end of the card. */
function machines(
  lead: string,
  tail: string,
  countStart: number,
): { nodes: number; each: boolean; start: number; after: number } | undefined {
  const head = lead.slice(0, Math.max(0, countStart));
  const left = new RegExp(
    `(?:^|[^a-z0-9.])${COUNT_LEAD}\\s?x?\\s?(?:gpu |compute |aws |cloud )?(?<unit>${NODES})\\s?(?:,|:|\\(|-)?\\s?(?:(?:each|with|of|having|x|\\*|@|w\\/|containing|running|mit|con|com|avec|je|jeweils|cada|每台|每机|各|are)\\s?){0,3}(?:x|\\*)?\\s?$`,
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

/** The run of set-ups joined by "vs" or "or". */
function comparison(reading: Reading, setUps: SetUp[]): SetUp[] {
  let run: SetUp[] = setUps.slice(0, 1);
  const compares = /\b(?:compare|comparing|which (?:is|one|gpu|card)|versus|vs)\b/.test(reading.text.low);
  for (let i = 1; i < setUps.length; i++) {
    const between = reading.text.low.slice(setUps[i - 1]!.span[1], setUps[i]!.span[0]).replace(/^s\b/, "");
    const joined =
      VERSUS.test(between) ||
      (run.length > 1 && /^\s?,\s?$/.test(between)) ||
      (compares && /^\s?(?:and|,|,? or|y|und|e|et|和|跟|与)\s?$/.test(between));
    if (joined && setUps[i]!.card.id !== setUps[i - 1]!.card.id) run.push(setUps[i]!);
    else if (joined && setUps[i]!.count !== setUps[i - 1]!.count) run.push(setUps[i]!);
    else if (run.length < 2) run = [setUps[i]!];
  }
  // "A, B or C": what stands before the first joined pair belongs to it too.
  const lead = setUps.indexOf(run[0]!);
  if (run.length > 1 && lead > 0) {
    const between = reading.text.low.slice(setUps[lead - 1]!.span[1], setUps[lead]!.span[0]);
    if (/^s?\s?,\s?$/.test(between)) run.unshift(setUps[lead - 1]!);
  }
  return run;
}

const GPU =
  "(?:gpus?|graphics cards?|video cards?|cards?|accelerators?|grafikkarten?|gráficas?|placas?(?: de vídeo)?|cartes?(?: graphiques?)?|显卡|卡|グラボ)";
const VRAM = "(?:v-?ram|gpu (?:ram|memory|mem)|video (?:ram|memory)|显存|显卡|graphics memory)";
const GIB = "(?:gi?gs?|gb|gib|g)";
const VRAM_AFTER = new RegExp(`^\\s?${GIB}\\s?(?:of )?(?:\\w+ )?(?:${VRAM})`);
const CARD_AFTER = new RegExp(
  `^\\s?-?\\s?${GIB}\\s?(?:nvidia |laptop |consumer |gaming |notebook |desktop |memory |class |的|single )*(?:${GPU}|gpus?)(?![a-z])`,
);
const VRAM_BEFORE = new RegExp(
  `(?:${VRAM}|gpus?(?: with| w\\/| has| of| mit| con| com| avec)?)\\s?(?:is|of|:|=|,|\\(|共|有|只有|each)?\\s?(?:only |about |~|around )?$`,
);
const COUNT_AFTER =
  /^\s?(?:x|张|块|个)?\s?(?:nvidia |consumer |gaming |rented |big |small |cloud |identical |more )?(?:gpus?|graphics cards|卡|张显卡|显卡|accelerators|gráficas|placas|grafikkarten)(?![a-z])(?!\s?(?:memory|ram|hours?|hrs?|h\b|days?))/;

/** As a configuration writes it: "gpus=4", "num_gpus: 8", "nproc_per_node 8". */
const COUNT_BEFORE =
  /(?:\b(?:num[_ -]?|n[_-]?)?gpus?(?:[_ -]?count)?["']?\s?[=:]|nproc[_-]per[_-]node[ =]|--gpus |number of gpus(?: is|:|=)?|gpu count(?::|=| is)?)\s?$/;

/** Hardware known by its memory or its number alone: "one 24 GB GPU", "16 gigs vram", "8卡", "8 gpus". */
function readUnnamed(reading: Reading): void {
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 40);
    const lead = before(reading.text, q.start, 40);
    if (
      q.multiplier === "" &&
      (VRAM_AFTER.test(tail) ||
        CARD_AFTER.test(tail) ||
        (new RegExp(`^\\s?${GIB}(?![a-z0-9])`).test(tail) &&
          VRAM_BEFORE.test(lead) &&
          !/^\s?\w+ ?(?:of )?(?:system |host |cpu )?(?:ram|ddr)/.test(tail)))
    ) {
      if (
        /\b(?:need|needs|require\w*|at least|takes?|uses?|using|peak\w*|hits?|out of|over)\s(?:about |around |~)?$/.test(
          lead,
        ) &&
        !CARD_AFTER.test(tail)
      )
        continue;
      reading.taken.add(q);
      const unit = new RegExp(`^\\s?-?\\s?${GIB}`).exec(tail)![0].length;
      say(reading, "acceleratorMemoryGib", q.high, [q.start, q.end + unit]);
      const count =
        /(?:^|[^a-z0-9.])(\d{1,4}|one|two|three|four|eight|an?|my|single|dual|[一二两三四五六七八单双])\s?(?:x|\*|张|块|个)?\s?(?:single )?$/.exec(
          lead,
        );
      if (count && (CARD_AFTER.test(tail) || /^\d|two|one|single|dual|[一-龥]/.test(count[1]!))) {
        const n = counted(count[1])!;
        const start = q.start - count[0].length + count[0].indexOf(count[1]!);
        takeWithin(reading, [start, q.end]);
        if (n >= 1)
          say(
            reading,
            "acceleratorCount",
            n,
            [start, q.start],
            /^\d|one|two|single|[一-龥]/.test(count[1]!) ? "stated" : "inferred",
          );
      }
    }
  }
  for (const q of open(reading)) {
    if (q.multiplier !== "" || q.high < 1 || !Number.isInteger(q.high)) continue;
    const tail = after(reading.text, q.end, 32);
    const match =
      COUNT_AFTER.exec(tail) ??
      (COUNT_BEFORE.test(before(reading.text, q.start, 24)) && !/^\s?-?(?:gb|g\b|gib|%|x\b)/.test(tail)
        ? /^/.exec(tail)
        : null);
    if (!match) continue;
    reading.taken.add(q);
    const node = unnamedNodes(reading, q, match[0].length);
    say(reading, "acceleratorCount", node ? node.total : q.high, [q.start, q.end + match[0].length]);
    if (node) say(reading, "nodeCount", node.nodes, [q.start, q.end]);
  }
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 24);
    if (
      q.multiplier !== "" ||
      !/^\s?x?\s?(?:gpu |compute )?(?:nodes|node cluster|machines|台机器|机)(?![a-z])/.test(tail)
    )
      continue;
    if (!Number.isInteger(q.high) || q.high < 1 || reading.brief.nodeCount) continue;
    reading.taken.add(q);
    say(reading, "nodeCount", q.high, [q.start, q.end]);
  }
}

/** "4 nodes of 8 gpus", "8 gpus per node x 4 nodes". */
function unnamedNodes(reading: Reading, q: Quantity, unit: number): { nodes: number; total: number } | undefined {
  const lead = before(reading.text, q.start, 64);
  const tail = after(reading.text, q.end + unit, 48);
  const around = machines(lead, tail, lead.length);
  if (!around) return undefined;
  for (const other of reading.quantities) {
    if (other.start >= q.start - lead.length + around.start && other.end <= q.end + unit + around.after)
      reading.taken.add(other);
  }
  return { nodes: around.nodes, total: around.each ? around.nodes * q.high : q.high };
}

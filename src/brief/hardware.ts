import { addSides, isChoice } from "./alternatives.ts";
import type { CardMention } from "./cards.ts";
import { COUNT_LEAD, counted, machines } from "./nodes.ts";
import { note, type Reading, say, takeWithin } from "./reading.ts";
import { isRefused } from "./refusals.ts";
import { after, before, type Span } from "./text.ts";
import { readUnnamed } from "./unnamed.ts";

/** Cards that were not enough, that somebody quoted, or that the person refuses are not what they have. */
const NOT_OURS =
  /\b(?:no|not|without|instead of|rather than|other than|can'?t (?:get|afford|use)|cannot (?:get|afford|use)|don'?t have|do not have|haven'?t got|quoted[^,.]{0,30}|sin|sem|kein(?:e|en)?|pas de|like openai'?s)\s(?:an?\s|any\s|the\s|access to\s)?$|(?:没有|不用)$/;
const TRIED = /\b(?:tried|tested|used to (?:have|use)|had)\b/;
const TRIED_IN_VAIN =
  /\b(?:none|neither|nothing|all|both|not|never)\b.{0,16}\b(?:enough|work\w*|fit\w*|fail\w*|slow|small)\b/;

const FAILS =
  /^s?\s?(?:[a-z]+ ){0,2}(?:ooms?\b|oom'?(?:ed|ing)|(?:runs? )?out of memory|dies|crash\w*|fails?\b|killed)/;

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
  const kinds = new Set(setUps.map((s) => s.card.id));
  // "Takes 50 GB on an A100, why does 4x3090 run out": what dies is what must be helped.
  const failing = kinds.size > 1 ? setUps.find((s) => FAILS.test(after(reading.text, s.span[1], 48))) : undefined;
  const first = failing ?? setUps[0];
  if (compared.length > 1) {
    addSides(
      reading,
      compared.map(({ card, count, nodes, span }) => ({
        values: {
          accelerator: card.id,
          ...(count === undefined ? {} : { acceleratorCount: count }),
          ...(nodes === undefined ? {} : { nodeCount: nodes }),
          ...(card.memoryGib === undefined ? {} : { acceleratorMemoryGib: card.memoryGib }),
        },
        span,
      })),
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
  if (first) noteOthers(reading, first, setUps);
  if (reading.cards.length === 0 || first) readUnnamed(reading);
}

/** A plan has one machine to train on: another that is named beside it is said back, and not dropped in silence. */
function noteOthers(reading: Reading, first: SetUp, setUps: readonly SetUp[]): void {
  const words = (s: SetUp): string => reading.text.given.slice(...s.card.name).trim();
  const others = setUps.filter((s) => !sameKind(s.card.id, first.card.id)).map((s) => `"${words(s)}"`);
  if (others.length > 0)
    note(
      reading,
      `"${words(first)}" is the machine that is planned; ${[...new Set(others)].join(" and ")} stands beside it and was not planned on.`,
    );
}

/** The same card, whatever memory each mention gives it. */
function sameKind(a: string, b: string): boolean {
  const core = (id: string) => id.replace(/-\d{1,3}gb.*$/, "");
  return core(a) === core(b);
}

function isOurs(reading: Reading, card: CardMention): boolean {
  const lead = before(reading.text, card.span[0], 80);
  if (NOT_OURS.test(lead.replace(/(?:\d{1,3} ?[x*]? ?)$/, ""))) return false;
  if (isRefused(reading.text, card.span)) return false;
  const sentence = lead + after(reading.text, card.span[0], 160);
  if (TRIED.test(lead) && TRIED_IN_VAIN.test(sentence)) return false;
  const quoted = /\bquot\w+\b.{0,40}\bfor (?:an?|the|one)\s$/.test(lead);
  return !quoted;
}

const BEFORE_CARD = new RegExp(
  `(?:^|[^a-z0-9.$-]|(?<=[x*]))${COUNT_LEAD}\\s?(?:x|\\*|张|張|块|塊|卡|枚|个|個|台|pcs|times|of (?:the|my|our)|of)?\\s?(?:(?:gpus?|nvidia|used|new|spare|old|gaming|laptop|rented|local|desktop|free|的|on-?prem|cloud|dedicated|consumer|reserved)[\\s]?)*$`,
);
const AFTER_CARD =
  /^s?\s?(?:gpus?\s?)?[(]?\s?(?:x|\*)\s?(\d{1,4})(?![a-z0-9.]|\d)|^s?\s?[(](\d{1,4})[)]|^s?\s?(?:[,:]|[をがはの])?\s?(\d{1,4}|[一二两三四五六七八])\s?(?:张|张卡|块|卡|枚|台|基|of them|units|pcs|gpus?|cards?)(?![a-z])/;

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
    const boxes = new RegExp(`(?:^|[^a-z0-9.])${COUNT_LEAD}\\s?x?\\s?(?:nvidia )?$`).exec(lead.slice(0, box.index));
    nodes = counted(boxes?.[1]) ?? 1;
    count = nodes * 8;
    if (boxes) start = card.span[0] - lead.length + boxes.index;
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

/** The run of set-ups set against each other. */
function comparison(reading: Reading, setUps: SetUp[]): SetUp[] {
  let run: SetUp[] = setUps.slice(0, 1);
  for (let i = 1; i < setUps.length; i++) {
    const [last, next] = [setUps[i - 1]!, setUps[i]!];
    const differs = next.card.id !== last.card.id || next.count !== last.count;
    const listed = run.length > 1 && /^\s?,\s?$/.test(reading.text.low.slice(last.span[1], next.span[0]));
    if (differs && (listed || isChoice(reading, last.span[1], next.span[0]))) run.push(next);
    else if (run.length < 2) run = [next];
  }
  // "A, B or C": what stands before the first joined pair belongs to it too.
  const lead = setUps.indexOf(run[0]!);
  if (run.length > 1 && lead > 0) {
    const between = reading.text.low.slice(setUps[lead - 1]!.span[1], setUps[lead]!.span[0]);
    if (/^s?\s?,\s?$/.test(between)) run.unshift(setUps[lead - 1]!);
  }
  return run;
}

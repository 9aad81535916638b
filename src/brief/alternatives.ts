import type { Brief, BriefValues } from "./brief.ts";
import { type Reading, say } from "./reading.ts";
import type { Span } from "./text.ts";

/** One side of a comparison, as far as one reader understands it. */
export interface Side {
  values: BriefValues;
  span: Span;
}

/** More set-ups than anybody compares in one question. */
const MOST = 8;

/** Words that stand between two sides and choose neither. */
const FILLING =
  /\b(?:q-?lora|lora|full|fine-?tun\w*|finetun\w*|ft|fft|gpus?|cards?|instances?|nodes?|spot|on-?demand|reserved|preemptible|rented|owned|used|with|w\/|using|in|on|of|running|doing|and|then|just|maybe|rather|even|buy|get|rent|should|would|could|does|do|is|are|i|we|go|need|take|first|second|option|set-?up|variant|plan|choice|\d{1,3} (?:gpus?|cards?)|for (?:\d{1,3}|an?|one|two) (?:hours?|days?|weeks?|months?))(?![a-z0-9])|\(?\b[ab12][).:]/g;
const CHOICE =
  /^[\s,:;.()?]{0,200}(?:vs\.?|versus|or|against|compared (?:to|with)|(?:better|cheaper|faster|slower|worse|nicer) than|beats?|outperforms?|>|还是|或者?|oder|ou|o|gegen|contre|contra|それとも|\/)[\s,:;()]{0,200}(?:an?\s|the\s|single\s)*$/;
const LISTED = /^[\s,:;]{0,12}(?:and|y|und|et|e|和|跟|与|と)?[\s,:;]{0,12}$/;
/** Said somewhere before a plain "and" or a comma, these make it a comparison. */
const COMPARES =
  /\b(?:compare|comparing|comparison|versus|vs|which (?:is|one|gpu|card|would|of)|torn between|difference between|between|whats? (?:is )?(?:cheaper|better|faster)|(?:first )?option(?: [a1])?|set-?up [a1]|deciding|decide|choose|choice|pros and cons|vergleich\w*|comparar|comparer)\b|(?:^|\s)\(?[1a][).]\s|比较|对比|哪个/;

/** Whether what stands between two mentions sets one against the other. */
export function isChoice(reading: Reading, from: number, to: number): boolean {
  if (to - from > 160) return false;
  let between = reading.text.low.slice(from, to).replace(/^s\b/, " ");
  // What each side names beside, "8B on a 4090 or 70B on an H100", chooses nothing either.
  for (const { span } of [...reading.models, ...reading.cards]) {
    if (span[0] >= from && span[1] <= to)
      between = between.slice(0, span[0] - from) + " ".repeat(span[1] - span[0]) + between.slice(span[1] - from);
  }
  const plain = between.replace(FILLING, " ");
  if (CHOICE.test(between) || CHOICE.test(plain)) return true;
  // "between A and B", "option A: …, option B: …"
  return LISTED.test(plain) && /\S/.test(between) && COMPARES.test(reading.text.low.slice(0, 4000));
}

/**
 * Adds what one reader knows of the sides. Readers come one after another: the sides of the second join those of the
 * first in order, when there are as many ("A100 LoRA against 4090 QLoRA"); otherwise the first reader's stand.
 */
export function addSides(reading: Reading, sides: readonly Side[]): boolean {
  const { compared } = reading;
  if (compared.length > 0 && compared.length !== sides.length) return false;
  reading.compared = sides.slice(0, MOST).map(({ values, span }, i) => {
    const known = compared[i];
    return known === undefined
      ? { values, span }
      : {
          values: { ...known.values, ...values },
          span: [Math.min(known.span[0], span[0]), Math.max(known.span[1], span[1])],
        };
  });
  return true;
}

/** One brief for each side: what all of them share, and what the side adds. A brief that compares nothing is its own only side. */
export function sidesOf(brief: Brief): Brief[] {
  const { alternatives, ...shared } = brief;
  if (alternatives === undefined || alternatives.value.length === 0) return [brief];
  return alternatives.value.map((side) => {
    const said = Object.entries(side).map(([field, value]) => [field, { ...alternatives, value }]);
    return { ...shared, ...Object.fromEntries(said) } as Brief;
  });
}

/** The set-ups that the text compares: none of them is the brief. */
export function readAlternatives(reading: Reading): void {
  const { compared } = reading;
  if (compared.length < 2) return;
  const span: Span = [Math.min(...compared.map((s) => s.span[0])), Math.max(...compared.map((s) => s.span[1]))];
  say(
    reading,
    "alternatives",
    compared.map((side) => side.values),
    span,
  );
}

import { type Cued, cued, find, findAll } from "./cues.ts";
import { type Reading, say } from "./reading.ts";
import { isRefused } from "./refusals.ts";
import { overlap, type Span, type Text } from "./text.ts";

/** Hardware that stands for itself: a noun, or a card's number that counts nothing behind it. */
const HARDWARE = `(?:(?:\\d{1,3}|an?|one|two|three|four|five|six|eight|ten|some) ?x? ?)?(?:(?:nvidia|geforce|rtx|gtx|tesla|amd|apple|old|new|spare|existing|little|big|idle|gaming|work|office|own|single|dev) )*(?:gpus?|cards?|laptops?|macbooks?(?: (?:air|pro))?|imac|mac (?:mini|studio)|workstations?|desktops?|pcs?|servers?|machines?|box(?:es)?|rigs?|cluster|(?:rtx|gtx|a|b|h|gb|gh|l|v|t|mi)? ?-?\\d{2,4}(?: ?ti| ?super)?[sx]?|[lt]4s?|a10gs?)(?![a-z0-9])(?! ?(?:k|hours|gb|tb|%|(?:[a-z-]{1,20} ){0,3}(?:rows|examples|samples|tickets|images|users|documents|docs|pairs|records|emails|conversations|reviews|inputs|tokens|requests|hours|people|devices|sensors|cameras|classes)))`;
/** "Our own 4090", "my laptop", "we own two L40S", "we have an A100". */
export const BEFORE: Cued = cued(
  /\b(?:our|my|we|i)\b|wir haben|nous avons|tenemos|temos|abbiamo/,
  new RegExp(
    `\\b(?:our|my)(?: own| existing| old| new)? ${HARDWARE}|\\b(?:we|i) (?:already |currently )?(?:own|bought|possess|(?:have|'ve) (?:got|bought)|have(?: access to)?)(?: an?| the)? ${HARDWARE}|\\b(?:wir haben|nous avons|tenemos|temos|abbiamo) (?:eine? eigene|eigene|propias?|própri[ao]s?)\\b`,
  ),
);
/** "One RTX 4090 of ours", "two A100s that we already have", "a 3090, already in house". */
const BEHIND =
  /^s?(?: (?:\d{1,3} ?gb|gpus?|cards?|machines?|servers?|box|laptop))?(?:,| -)? ?\(?(?:of (?:ours|mine|our own|my own)|(?:that |which )?(?:we|i)(?: already| currently)? (?:own|have|bought|possess)|(?:that |which )?(?:we|i)'ve (?:already )?(?:got|bought)|(?:that |which )?(?:is|are) (?:already )?(?:ours|mine|paid for|in[ -]house)|already (?:in[ -]house|paid for|here|bought|there|ours|owned)|owned(?: by us)?|(?:that|which) belongs? to us|(?:sitting|standing|lying) (?:around|idle|here|in|at|under)|in[ -]house)(?= ?(?:$|[,.;:!?)\n]|already|here|in|at|on|for|to|and|under|with|by|but|so|can|lora|qlora))/;
const PLACED =
  /\bon[ -]?prem(?:ises?)?\b|\b(?:in|at) (?:our|the|my) (?:office|basement|server room|rack|lab)\b|\bunder (?:my|our|the) desk\b/;
/** "Rent an H100", "one rented H100", "renting two A100s": the machine is somebody else's. */
export const RENTS: Cued = cued(
  /\brent|leas|miet|alquil|alug|lou[eé]|租/,
  new RegExp(
    `\\b(?:rent(?:ed|ing)?|leas(?:e|ed|ing)|(?:ge)?miete(?:n|ten?)?|alquil(?:ar|ad[ao]s?)|alug(?:ar|ad[ao]s?)|louer|loué(?:e|s|es)?) (?:(?:eine?n?|un[ea]?|uma?|on|cloud|cheap|single|dedicated) )*${HARDWARE}|租(?:用|一?[台张块个])`,
    "g",
  ),
);
/** "An H100 that we rent", "2 A100s, rented". */
const RENTED_BEHIND =
  /^s?(?: (?:\d{1,3} ?gb|gpus?|cards?|machines?|servers?))?(?:,| -)? ?\(?(?:(?:that |which )?(?:we|i)(?:'ll| will| would| could| can| want to| currently)? rent|(?:that |which )?(?:is|are) rented|rented|leased|on loan)(?![a-z])/;
/** Renting that names no machine: "or should I rent?". Flats are rented too. */
const RENTED =
  /\b(?:rent(?:ing)?(?= ?(?:$|[?.,;:!)]|one\b|instead|it\b|them|by\b|some|more|hourly|what|from))|on loan|cloud|aws|gcp|azure|modal|runpod|lambda)\b/g;

/**
 * Whether the hardware is theirs. Words of owning beside a word of renting or of a cloud that is not refused leave the
 * question open, and so does a comparison: one side may be bought.
 */
export function readOwnership(reading: Reading): void {
  const { text } = reading;
  const owned = ownedAt(reading);
  const rented = rentedAt(reading);
  if (owned !== undefined && rented === undefined && !rents(text)) say(reading, "owned", true, owned);
  else if (rented !== undefined && (owned === undefined || overlap(owned, rented)) && reading.compared.length < 2)
    say(reading, "owned", false, rented);
}

function rentedAt({ text, cards }: Reading): Span | undefined {
  const allowed = (span: Span): boolean => !isRefused(text, span);
  const said = findAll(text.low, RENTS)
    .map((m): Span => [m.index, m.index + m[0].length])
    .find(allowed);
  if (said) return said;
  for (const { span } of cards) {
    const behind = RENTED_BEHIND.exec(text.low.slice(span[1], span[1] + 64));
    if (behind && allowed([span[0], span[1] + behind[0].length])) return [span[0], span[1] + behind[0].length];
  }
  return undefined;
}

function ownedAt(reading: Reading): Span | undefined {
  const { low } = reading.text;
  const at = (match: RegExpExecArray): Span => [match.index, match.index + match[0].length];
  const said = find(low, BEFORE);
  if (said) return at(said);
  for (const card of reading.cards) {
    const behind = BEHIND.exec(low.slice(card.span[1], card.span[1] + 64));
    if (behind) return [card.span[0], card.span[1] + behind[0].length];
  }
  const memory = reading.brief.acceleratorMemoryGib?.span;
  const behind = memory && BEHIND.exec(low.slice(memory[1], memory[1] + 64).replace(/^ ?(?:gpu|card)s?/, ""));
  if (memory && behind) return memory;
  const placed = PLACED.exec(low);
  return placed ? at(placed) : aloneOn(reading.text);
}

function rents(text: Text): boolean {
  return [...text.low.matchAll(RENTED)].some((m) => !isRefused(text, [m.index, m.index + m[0].length]));
}

const PERSONAL =
  "(?:(?:gaming |work |old |own |personal |home )*(?:laptop|notebook pc|macbook(?: air| pro)?|imac|mac mini|mac studio|pc))";
const OF_ONES_OWN = `(?:(?:an? |the |this |my |our )?${PERSONAL}|(?:my|our|this)(?: own| one)? (?:workstation|desktop|computer|machine|box))`;
/** "Laptop only", "just my laptop", "nothing but our workstation". Who only has a laptop may still rent. */
export const ALONE: Cued = cued(
  /only|just|nothing but|solely|purely|exclusively|\bnur\b|solo|sólo|só|juste|seulement/,
  new RegExp(
    `\\b${PERSONAL}[ -]only\\b|\\b(?:only|just|nothing but|solely|purely|exclusively)(?: (?:with|on|using|use|in))? ${OF_ONES_OWN}(?![a-z])(?! for)|\\b(?:nur|solo|sólo|só|juste|seulement)(?: (?:auf|en|no|sur|con|mit))? (?:meine[mn]|mi|meu|mon) (?:laptop|notebook|portátil|rechner|pc|macbook|ordinateur)`,
  ),
);

/** Where a text says that one computer is all that may be used. */
export function aloneOn(text: Text): Span | undefined {
  const match = find(text.low, ALONE);
  return match && !isRefused(text, [match.index, match.index + match[0].length])
    ? [match.index, match.index + match[0].length]
    : undefined;
}

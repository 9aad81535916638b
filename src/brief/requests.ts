import type { Quantity } from "./numbers.ts";
import { open, type Reading, say } from "./reading.ts";
import { after, before } from "./text.ts";

const FILLER =
  "(?:\\s?(?:of|are|is|with|have|has|about|around|roughly|avg|average|averaging|typically|usually|mostly|up to|max|at most|lengths?|size|tokens?|=|:|~|<|\\())*\\s?";
const PROMPT_BEFORE = new RegExp(
  `(?:\\b(?:prompts?|inputs?|requests?|queries|isl|input (?:length|size)|prompt (?:length|size)|entradas?|eingaben?|anfragen|invites?)|提示词?|输入)${FILLER}$`,
);
const ANSWER_BEFORE = new RegExp(
  `(?:\\b(?:answers?|outputs?|repl(?:y|ies)|responses?|completions?|osl|generat(?:e|es|ing)|output (?:length|size)|salidas?|respuestas?|respostas?|saídas?|antworten|ausgaben?|réponses?|sorties?)|输出|回答)${FILLER}$`,
);
const UNIT = /^\s?-?\s?(?:tokens?|toks?|个?token)(?![a-z])/;
const IN_AFTER =
  /^\s?-?\s?(?:(?:tokens?|toks?)\s)?(?:in|input|prompts?|per prompt|of (?:prompt|input)|entrada|eingabe)(?![a-z])/;
const OUT_AFTER =
  /^\s?-?\s?(?:(?:tokens?|toks?)\s)?(?:out|outputs?|answers?|completions?|generated|responses?|repl(?:y|ies)|of (?:answer|output)|salida|ausgabe)(?![a-z])/;
/** What joins the two lengths of one request: "2k in, 400 out", "2000 / 400", "input 1000 output 200". */
const JOINED = /^[^.;\n]{0,48}$/;
const PAIR_NAMED =
  /^\s?(?:tokens? )?\(?(?:in(?:put)?|prompt)s?\s?(?:\/|:|and|,|\+|vs\.?)\s?(?:out(?:put)?|answer|completion)s?\b|^\s?(?:tokens? )?i\/o\b/;

interface Side {
  q: Quantity;
  end: number;
}

/** Tokens of one request: what goes in, and what comes out. Said together, the pair needs no unit. */
export function readRequest(reading: Reading): void {
  if (
    !/\b(?:prompts?|in|inputs?|requests?|quer|isl|answers?|out|outputs?|i\/o|repl|respon|complet|osl|generat\w*)\b|entrad|eingab|anfrag|提示|输入|输出/.test(
      reading.text.low,
    )
  )
    return;
  const plausible = open(reading).filter(
    (q) => q.high >= 16 && q.high <= 2e6 && q.low === q.high && q.multiplier !== "m",
  );
  if (readSlashed(reading, plausible)) return;
  const sides = (lead: RegExp, tail: RegExp): Side[] =>
    plausible.flatMap((q) => {
      const rest = after(reading.text, q.end, 40);
      const behind = tail.exec(rest);
      const unit = UNIT.exec(rest);
      const named =
        lead.test(before(reading.text, q.start, 40)) &&
        (unit !== null ||
          /^\s?(?:[,;.):|+/]|$|(?:in|out|and|with|tok|outputs?|answers?|completions?|repl|respon)\b)/.test(rest));
      if (!named && !behind) return [];
      return [{ q, end: q.end + (behind ?? unit ?? [""])[0].length }];
    });
  const prompts = sides(PROMPT_BEFORE, IN_AFTER);
  const answers = sides(ANSWER_BEFORE, OUT_AFTER);
  const pair = prompts.flatMap((p) =>
    answers.flatMap((a) => (a.q !== p.q && joined(reading, p, a) ? [{ p, a }] : [])),
  )[0];
  if (pair === undefined) return;
  take(reading, "promptTokens", pair.p);
  take(reading, "outputTokens", pair.a);
}

function joined(reading: Reading, p: Side, a: Side): boolean {
  const [first, second] = p.q.start < a.q.start ? [p, a] : [a, p];
  return JOINED.test(reading.text.low.slice(first.end, second.q.start));
}

/** "2000/400 tokens in/out". */
function readSlashed(reading: Reading, plausible: readonly Quantity[]): boolean {
  for (const [i, q] of plausible.entries()) {
    const next = plausible[i + 1];
    if (next === undefined || !/^\s?(?:\/|:|\+)\s?$/.test(reading.text.low.slice(q.end, next.start))) continue;
    const named = PAIR_NAMED.exec(after(reading.text, next.end, 40));
    const lead =
      /\b(?:in(?:put)?s?\s?(?:\/|and)\s?out(?:put)?s?|isl\s?\/\s?osl|prompt\s?\/\s?(?:answer|completion|output))(?: tokens?)?\s?(?:of|=|:|is|are)?\s?$/.test(
        before(reading.text, q.start, 40),
      );
    if (!named && !lead) continue;
    take(reading, "promptTokens", { q, end: q.end });
    take(reading, "outputTokens", { q: next, end: next.end + (named?.[0].length ?? 0) });
    return true;
  }
  return false;
}

function take(reading: Reading, field: "promptTokens" | "outputTokens", { q, end }: Side): void {
  reading.taken.add(q);
  say(reading, field, q.high, [q.start, end]);
}

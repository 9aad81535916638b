import { type Cued, cued, findAll } from "./cues.ts";
import type { Span, Text } from "./text.ts";

/**
 * Who a clause may be about that is not the person: people, companies, texts. What they do is a pattern of its own,
 * tried behind a match only: one pattern of both costs every start-up a tenth of a second to compile.
 */
const WHO =
  /\b(?:(?<text>paper|blog(?: ?post)?|article|tutorial|read ?me|docs?|documentation|model card|repo(?:sitory)?|guide|tweet|thread|video|talk|benchmark|leaderboard|reddit|twitter|youtube|discord|chat-?gpt|stack ?overflow)|authors?|friend|colleague|coworker|co-worker|competitors?|rivals?|vendor|consultant|guy|dude|someone|somebody|team next door|other (?:team|people|company|companies|department|lab)|others|neighbou?rs?|meta|openai|google|anthropic|deepmind|mosaic(?:ml)?|stanford|microsoft|nvidia|mistral ai|alibaba|stability)(?![a-z])/g;
/** "our docs" and "20k articles" are the person's. */
const OWN = /\b(?:our|my|your)(?: [\w-]{1,20}){0,4} $|(?:\bof|\d[km]?) $/;
/** "A friend of mine", "someone on discord", "this guide (https://…)", "stanford alpaca" before the verb. */
const BETWEEN =
  /^(?: (?:who|that|from|of|at|on|in) [a-z]+(?: [a-z]+)?| \([^)\n]{0,80}\)| (?!cloud|colab|drive|azure|tpus?|gpus?|cards?)[a-z-]{2,12})? /;
const SAYS =
  /^(?:(?:only|just|also|even|already|apparently|originally|usually|obviously|probably|clearly|itself) )?(?:used?|uses|using|trained?|trains|ran|says?|said|claims?|claimed|recommends?|recommended|suggests?|suggested|reports?|reported|shows?|showed|requires?|required|needed|needs|mentions?|wrote|lists?|advises?|told (?:me|us)|full ?finetuned|fine-?tuned|finetuned|got)\b/;
/** What only people do: texts of the person's own also "have" pages. */
const DOES =
  /^(?:(?:only|just|also|even|already|apparently|probably) )?(?:runs?|has|had|have|spent|spends|did|does|took|burned|paid|charge[sd])\b/;

/** Other ways in which such a clause begins. */
export const OPENS: Cued = cued(
  /docs|documentation|read ?me|model card|guide|paper|according|as per|\b(?:in|saw|read|heard|watched) |previous|former|past|back then|ago|used to|old|last|compared|like that|rumou?red|artikel|blog|artigo|papier|论文/,
  new RegExp(
    `\\b(?:${[
      "(?:the|this|hf|hugging ?face|official|vllm|deepspeed|pytorch) (?:[a-z]+ )?(?:docs|documentation|read ?me|model card|guide|paper):",
      "(?:according to|as per|in|saw|read|heard|watched) (?:(?:an?|the|this|that|some|one|about|of|on) )*(?:[\\w.-]{1,20} )?(?:paper|blog(?: ?post)?|article|tutorial|read ?me|docs|documentation|model card|repo|guide|thread|video|talk|benchmark|authors?|friend|colleague|consultant|someone|people)(?=[ ,])",
      "(?:previously|formerly|in the past|back then|years? ago|(?:we|i) used to (?:have|use|run))\\b",
      "(?:my|our) (?:old|previous|last|former) [a-z-]+ (?:was|were|had)\\b",
      "compared (?:to|with) (?:the|what|last) (?=[^,.;\\n]{0,40}\\b(?:took|cost|ran|was|were|before|last)\\b)",
      "(?:un)?like that\\b",
      "rumou?red\\b",
      "(?:dem |laut |im |le |el |no )(?:paper|artikel|blog|papier|artigo)\\b",
    ].join("|")})|论文(?:里|中)?(?:用|使用)`,
    "g",
  ),
);
/** Where the person comes back to themselves, or the sentence ends. */
const CLOSES =
  /[;!?\n]|\.(?=\s|$)|\s-{1,2}\s|(?:,\s?)?\b(?:but|however|though|while|whereas|obviously|instead)\b|,\s?(?:(?:and |so )?(?:we|i|i'm|we're|my|ours?|us|can|could|is|now|then|what|how|does|do|want|would)\b)|(?:,\s?)?\b(?:my|our) (?:budget|data|gpus?|cards?|box|machine|team)\b|,\s?(?=\d{1,3} ?x |\w+ (?:still )?ooms?\b|\w+ (?:is|are) (?:mine|ours))|(?:,|。|;)?(?:我们|但是?|我)/g;

/** Ranges of a text that tell of other people's runs, of papers and of the past. */
export function ofOthers(text: Text): Span[] {
  const spans: Span[] = [];
  let end = 0;
  const starts = [...findAll(text.low, OPENS), ...[...text.low.matchAll(WHO)].filter((m) => acts(text, m))];
  for (const match of starts.sort((a, b) => a.index - b.index)) {
    if (match.index < end) continue;
    CLOSES.lastIndex = match.index + match[0].length;
    const close = CLOSES.exec(text.low);
    end = close ? close.index : text.low.length;
    spans.push([match.index, end]);
  }
  return spans;
}

/** Whether somebody named there says or does something, and is not the person's own. */
function acts(text: Text, match: RegExpExecArray): boolean {
  const from = match.index + match[0].length;
  const tail = text.low.slice(from, from + 160);
  const isText = match.groups?.text !== undefined;
  const verb = (words: string) => SAYS.test(words) || (!isText && DOES.test(words));
  const between = BETWEEN.exec(tail);
  if (!verb(tail.slice(1)) && !(between && verb(tail.slice(between[0].length)))) return false;
  return !isText || !OWN.test(text.low.slice(Math.max(0, match.index - 64), match.index));
}

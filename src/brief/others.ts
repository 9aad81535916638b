import type { Span, Text } from "./text.ts";

/** People, texts and former selves whose numbers are not this person's. */
const WHO =
  "(?:(?:the|this|that|a|an|one|some|most|our|my|their|its|another|original|official|llama|alpaca|gpt|qwen|mistral|bloom|openai|model) ){0,4}(?:papers?|authors?|blog(?: ?posts?)?|articles?|tutorials?|read ?me|docs?|documentation|model card|repo(?:sitory)?|guides?|tweet|thread|video|talk|benchmarks?|leaderboard|friend|colleague|coworker|co-worker|competitors?|vendor|consultant|guy|dude|someone|somebody|other (?:team|people|company)|others)";
const COMPANY =
  "(?:meta|openai|google|anthropic|deepmind|mosaic(?:ml)?|stanford|microsoft|nvidia|mistral ai|alibaba|stability)";
const DID =
  "(?:used?|uses|using|trained?|trains|ran|runs?|had|has|have|needed|needs|spent|spends|did|does|says?|said|claims?|claimed|recommends?|recommended|suggests?|suggested|reports?|reported|shows?|showed|requires?|required|full ?finetuned|fine-?tuned|finetuned|got|took|mentions?|wrote|lists?|advises?|burned|paid)";

/** Where such a clause begins. */
const OPENS = new RegExp(
  [
    `\\b${WHO}(?: (?:who|that|from|of|at) [a-z]+(?: [a-z]+)?)?(?: (?:only|just|also|even|already|apparently|originally|usually|obviously))? ${DID}\\b`,
    `\\b${COMPANY}(?: itself)?(?: only| just| apparently)? ${DID}\\b`,
    `\\b(?:according to|as per|in) ${WHO}(?=[ ,])`,
    `\\b(?:i )?(?:saw|read|heard|watched) (?:an? |about |of |the |that |on )*(?:${WHO}|people|reddit|twitter)\\b`,
    "\\b(?:previously|formerly|in the past|back then|years? ago|we used to (?:have|use|run)|i used to (?:have|use|run))\\b",
    "\\b(?:like|unlike) that\\b",
    "\\brumou?red\\b",
    "\\b(?:dem |laut )(?:paper|artikel|blog)\\b|\\bim paper\\b|\\ble papier\\b|\\ben el paper\\b|\\bno artigo\\b|论文(?:里|中)?(?:用|使用)",
  ].join("|"),
  "g",
);
/** Where the person comes back to themselves, or the sentence ends. */
const CLOSES =
  /[;!?\n]|\.(?=\s|$)|\s-{1,2}\s|(?:,\s?)?\b(?:but|however|though|while|whereas|obviously|instead)\b|,\s?(?:(?:and |so )?(?:we|i|i'm|we're|my|our|us|can|could|is|now|then|what|how|does|do|want|would)\b)|(?:,\s?)?\b(?:my|our) (?:budget|data|gpus?|cards?|box|machine|team)\b|,\s?(?=\d{1,3} ?x |\w+ (?:still )?ooms?\b|\w+ (?:is|are) (?:mine|ours))|(?:,|。|;)?(?:我们|但是?|我)/g;

/** Ranges of a text that tell of other people's runs, of papers and of the past. */
export function ofOthers(text: Text): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.low.matchAll(OPENS)) {
    if (match.index < end) continue;
    CLOSES.lastIndex = match.index + match[0].length;
    const close = CLOSES.exec(text.low);
    end = close ? close.index : text.low.length;
    spans.push([match.index, end]);
  }
  return spans;
}

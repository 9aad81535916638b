import type { Span, Text } from "./text.ts";

/** People who are not the person. */
const THEY =
  "(?:(?:the|this|that|a|an|one|some|most|our|my|their|its|another|other|old|original|previous|llama|alpaca|gpt|qwen|mistral|bloom|youtube|reddit) ){0,4}(?:authors?|friend|colleague|coworker|co-worker|competitors?|rivals?|vendor|consultant|guy|dude|someone|somebody|team next door|other (?:team|people|compan(?:y|ies)|department|lab)|others|neighbou?rs?)";
/** Texts that are not the person's: "our docs" and "20k articles" are. */
const TEXT =
  "(?<!\\b(?:our|my|your)(?: [\\w-]{1,20}){0,2} )(?<!\\b(?:of|\\d|k|m) )(?:(?!our |my |of |with |on )[\\w.-]{1,20} ){0,3}?(?:paper|blog(?: ?post)?|article|tutorial|read ?me|docs?|documentation|model card|repo(?:sitory)?|guide|tweet|thread|video|talk|benchmark|leaderboard|reddit|twitter|youtube|discord|chat-?gpt|stack ?overflow)";
const COMPANY =
  "(?:meta|openai|google|anthropic|deepmind|mosaic(?:ml)?|stanford|microsoft|nvidia|mistral ai|alibaba|stability)(?! (?:cloud|colab|drive|azure|sheets|tpus?|gpus?|nemo|triton|cards?)\\b)(?: [a-z-]{2,12})?";
const SOMEHOW = "(?: (?:only|just|also|even|already|apparently|originally|usually|obviously|probably|clearly|itself))?";
const SAYS =
  "(?:used?|uses|using|trained?|trains|ran|says?|said|claims?|claimed|recommends?|recommended|suggests?|suggested|reports?|reported|shows?|showed|requires?|required|needed|needs|mentions?|wrote|lists?|advises?|told (?:me|us)|full ?finetuned|fine-?tuned|finetuned|got)";
const DOES = `(?:${SAYS}|runs?|has|had|have|spent|spends|did|does|took|burned|paid|charge[sd])`;

/** Where such a clause begins. */
const OPENS = new RegExp(
  [
    `\\b${THEY}(?: (?:who|that|from|of|at|on|in) [a-z]+(?: [a-z]+)?)?${SOMEHOW} ${DOES}\\b`,
    `\\b${COMPANY}${SOMEHOW} ${DOES}\\b`,
    `\\b${TEXT}(?: \\([^)\\n]{0,80}\\))?${SOMEHOW} ${SAYS}\\b`,
    "\\b(?:the|this|hf|hugging ?face|official|vllm|deepspeed|pytorch) (?:[a-z]+ )?(?:docs|documentation|read ?me|model card|guide|paper):",
    `\\b(?:according to|as per|in) (?:${THEY}|${TEXT})(?=[ ,])`,
    `\\b(?:i )?(?:saw|read|heard|watched) (?:an? |about |of |the |that |on )*(?:${THEY}|${TEXT}|people)\\b`,
    "\\b(?:previously|formerly|in the past|back then|years? ago|we used to (?:have|use|run)|i used to (?:have|use|run))\\b",
    "\\b(?:my|our) (?:old|previous|last|former) [a-z-]+ (?:was|were|had)\\b",
    "\\bcompared (?:to|with) (?:the|what|last) (?=[^,.;\\n]{0,40}\\b(?:took|cost|ran|was|were|before|last)\\b)",
    "\\b(?:like|unlike) that\\b",
    "\\brumou?red\\b",
    "\\b(?:dem |laut )(?:paper|artikel|blog)\\b|\\bim paper\\b|\\ble papier\\b|\\ben el paper\\b|\\bno artigo\\b|论文(?:里|中)?(?:用|使用)",
  ].join("|"),
  "g",
);
/** Where the person comes back to themselves, or the sentence ends. */
const CLOSES =
  /[;!?\n]|\.(?=\s|$)|\s-{1,2}\s|(?:,\s?)?\b(?:but|however|though|while|whereas|obviously|instead)\b|,\s?(?:(?:and |so )?(?:we|i|i'm|we're|my|ours?|us|can|could|is|now|then|what|how|does|do|want|would)\b)|(?:,\s?)?\b(?:my|our) (?:budget|data|gpus?|cards?|box|machine|team)\b|,\s?(?=\d{1,3} ?x |\w+ (?:still )?ooms?\b|\w+ (?:is|are) (?:mine|ours))|(?:,|。|;)?(?:我们|但是?|我)/g;

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

import { type Cued, cued, find } from "./cues.ts";
import { after, before, type Span, type Text } from "./text.ts";

const DO_NOT =
  "(?:do not|don'?t|does not|doesn'?t|did not|didn'?t|will not|won'?t|would not|wouldn'?t|can ?not|can'?t|must not|may not|should not|shouldn'?t|never)";
/** Words of refusal right before a name. */
export const REFUSING: Cued = cued(
  /\bn[eoi]|\bcan ?not|n'?t\b|without|avoid|instead|rather|other than|except|anything but|skip|drop|hate|sick of|leaving|moving|kein|ohne|\bs[ie][nm]\b|sans|pas de|geen|[没不]/,
  new RegExp(
    "(?:\\b(?:" +
      [
        "no|not(?! (?:only|just|sure))|without|never|avoid(?:ing)?|neither(?: is| are)?|nor(?: is| are)?|instead of|rather than|rather not|other than|except(?: for)?|anything but|nothing (?:on|with|from)|skip|drop|hate|sick of|leaving|moving (?:off|away from)|no need (?:for|of|to)|needn'?t|isn'?t|aren'?t|wasn'?t",
        `${DO_NOT} (?:really |even |ever )?(?:want|need|use|used|do|like|suggest|propose|recommend|have|touch|care about|consider|run on|go with|plan (?:on|for)|offer|trust)`,
        `${DO_NOT} (?:have|need) to (?:be|run|stay|work)`,
        "kein(?:e|en|em)?|nicht|ohne|sin|sem|sans|pas de|niente|geen",
      ].join("|") +
      ")|(?:没有|不用|不要|不能用|不想用|没用|不需要))" +
      // What may stand between: "not on the", "don't want to use", "kubernetes or".
      "(?:\\s|(?<=[\\u4e00-\\u9fff]))(?:(?:to|use|using|do|doing|be|run|the|a|an|any|on|in|at|with|for|like|another|fully|want|needing|access)\\s)*(?:(?:[\\w.-]{2,20})(?: or | nor |\\/))?$",
  ),
);
/** Words of refusal right behind a name: "qlora no", "is out of the question", "isn't needed". */
export const REFUSED: Cued = cued(
  /(?:^s?|\b)(?:is|are|was|were|would|seem|n(?:o|ein|icht)|do(?:es)?n| ?not)|do(?:es)? not|entfällt|不/,
  /^s?\s?(?:(?:[a-z]+ )?(?:is|are|was|were|would be|seems?)\s(?:definitely |absolutely |really |sadly |just )?(?:not\b(?! (?:bad|a problem|an issue|sure))|out\b|off the table|gone\b|taken\b|no (?:option|go|longer)|forbidden|banned|too (?:expensive|slow|big|risky|much)|unnecessary|overkill|irrelevant)|(?:isn'?t|aren'?t|doesn'?t|does not|do not|don'?t|not)\s(?:really |even )?(?:apply|matter|needed|required|relevant|necessary|wanted|allowed|possible|an? (?:option|concern|issue|requirement|must)|in scope|work)|no(?:,|\.|$)|nein\b|nicht\b|entfällt|不行|不要)/,
);

/** Whether the words around a name refuse it. */
export function isRefused(text: Text, span: Span): boolean {
  return find(before(text, span[0], 56), REFUSING) !== null || find(after(text, span[1], 48), REFUSED) !== null;
}

import { type Reading, say } from "./reading.ts";

/** "our own architecture", "a novel attention layer", "a graph neural network": nothing that a zoo of models holds. */
const CUSTOM =
  /\b(?:custom|novel|own|new|bespoke|non-?standard|home-?grown|experimental)\s+(?:neural |network |model |attention |transformer |layer )?(?:architectures?|attention|layers?|networks?|loss(?: functions?)?|neural nets?)\b|\b(?:graph neural|gnn|neural ode|spiking|capsule network|state[ -]space layer|mixture[ -]of[ -]depths)\w*\b|\bresearch(?:ing)? (?:on |into )?(?:a |an |new |novel )?(?:architectures?|attention|layers?|optimi[sz]ers?|training loops?)\b|\bwrite (?:my|our) own (?:training )?(?:loop|model)\b/;

const OFTEN =
  "(?:daily|weekly|hourly|constantly|often|frequently|all the time|every (?:day|week|hour|night|few days)|each (?:day|week|night))";
/** "docs that change daily", "our wiki is updated every week": what is known today is wrong tomorrow. */
const CHANGING = new RegExp(
  `\\b(?:docs?|documents?|documentation|wiki|knowledge(?: base)?|articles?|catalog(?:ue)?|polic(?:y|ies)|prices?|inventory|content|faqs?|manuals?|data|information|pages?)\\b[^.;]{0,40}\\b(?:chang\\w+|updat\\w+|edited|revised|refreshed|new)\\b[^.;]{0,16}\\b${OFTEN}\\b|\\b(?:${OFTEN}|frequently|constantly|daily)[- ](?:chang\\w+|updated|edited)\\b|\\balways (?:up[ -]to[ -]date|current)\\b`,
);

/** What decides between training and its alternatives: an architecture of one's own, and knowledge that will not hold still. */
export function readApproach(reading: Reading): void {
  const { low } = reading.text;
  const custom = CUSTOM.exec(low);
  if (custom && !/\b(?:no|not|without|nothing)\s(?:a\s)?$/.test(low.slice(0, custom.index)))
    say(reading, "architecture", "custom", [custom.index, custom.index + custom[0].length]);
  const changing = CHANGING.exec(low);
  if (changing) say(reading, "knowledge", "changing", [changing.index, changing.index + changing[0].length]);
}

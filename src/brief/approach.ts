import { type Cued, cued, find } from "./cues.ts";
import { type Reading, say } from "./reading.ts";

/** "our own architecture", "a novel attention layer", "a graph neural network": nothing that a zoo of models holds. */
export const CUSTOM: Cued = cued(
  /custom|novel|\bown\b|\bnew\b|bespoke|standard|home-?grown|experimental|graph|gnn|neural|spiking|capsule|state[ -]space|mixture|research/,
  /\b(?:custom|novel|own|new|bespoke|non-?standard|home-?grown|experimental)\s+(?:neural |network |model |attention |transformer |layer )?(?:architectures?|attention|layers?|networks?|loss(?: functions?)?|neural nets?)\b|\b(?:graph neural|gnn|neural ode|spiking|capsule network|state[ -]space layer|mixture[ -]of[ -]depths)\w*\b|\bresearch(?:ing)? (?:on |into )?(?:a |an |new |novel )?(?:architectures?|attention|layers?|optimi[sz]ers?|training loops?)\b|\bwrite (?:my|our) own (?:training )?(?:loop|model)\b/,
);

const OFTEN =
  "(?:daily|weekly|hourly|nightly|constantly|continuously|continually|often|frequently|regularly|rapidly|quickly|all the time|every (?:single )?(?:other )?(?:day|week|hour|night|morning|minute|few (?:days|hours)|couple of days)|each (?:day|week|night|hour)|(?:once|twice|several times|many times|multiple times|a few times|\\d times) an? (?:day|week|hour)|from (?:day to day|week to week|one (?:day|week) to the next)|day to day|week to week|in real[ -]?time|täglich|wöchentlich|ständig|laufend|a diario|cada (?:día|semana)|todos los días|diariamente|semanalmente|constantemente|tous les jours|chaque (?:jour|semaine)|en permanence)";
const KNOWN =
  "(?:docs?|documents?|documentation|wiki|confluence|handbooks?|knowledge(?: base)?|kb|articles?|catalog(?:ue)?|polic(?:y|ies)|rules|regulations?|procedures|prices?|pricing|tariffs|inventory|stock|content|faqs?|manuals?|data|information|info|facts|news|pages?|website|products?|offers?|listings?|dokument\\w*|wissen|preise|handbücher|documentos|precios|preços|documentación|tarifs|prix)";
const MOVES =
  "(?:chang\\w+|updat\\w+|edit\\w+|revis\\w+|refresh\\w+|rewritten|added|evolv\\w+|mov(?:es?|ing)|shift\\w*|outdated|stale|new|(?:ge)?änder\\w+|aktualisiert|cambia\\w*|actualiza\\w*|muda\\w*|atualiza\\w*|chang\\w*|mis(?:e|es)? à jour)";
/** "docs that change daily", "our wiki is updated every week", "constantly changing policies": what is known today is wrong tomorrow. */
export const CHANGING: Cued = cued(
  /dai?ly|weekly|hourly|nightly|const|contin|often|frequent|regular|rapid|quick|fast|soon|all the time|every|each|once|twice|times an? |day to day|week to week|to the next|real[ -]?time|stale|outdated|out of date|up[ -]to[ -]date|current|ever|always|äglich|wöchentlich|ständig|laufend|cada|todos los|diari|semanal|tous les|chaque|en permanence|每天|每周|经常/,
  new RegExp(
    [
      `\\b${KNOWN}\\b[^.;]{0,40}[\\s(]${MOVES}[^.;]{0,16}\\b${OFTEN}(?![a-z])`,
      `\\b${KNOWN}\\b[^.;]{0,24}\\b${OFTEN} ${MOVES}`,
      `\\b(?:${OFTEN}|ever|fast|always|rapidly)[- ](?:chang|updat|edit|evolv|revis|mov)\\w+ (?:\\w+ ){0,2}${KNOWN}\\b`,
      `\\b(?:${OFTEN}|ever)[- ](?:chang\\w+|updated|edited)\\b`,
      `\\bnew ${KNOWN} (?:come in |arrive |appear |are (?:added|published|written) |are coming |every|each|daily|weekly)[^.;]{0,12}${OFTEN}`,
      `\\bnew ${KNOWN} ${OFTEN}`,
      `\\b(?:go(?:es)?|become?s?|is|are) (?:stale|outdated|out of date) (?:\\w+ )?(?:quickly|fast|soon|within (?:days|a (?:day|week)|hours)|after (?:a (?:day|week)|days))`,
      `\\b(?:daily|weekly|hourly|nightly|constant|frequent|continuous) (?:changes|updates|edits|revisions|refresh(?:es)?)\\b(?! (?:of|to) (?:the )?(?:model|weights|adapter|team|stakeholders|me|us))`,
      `\\b(?:daily|weekly|hourly)[- ](?:changing|updated|refreshed)\\b`,
      "\\balways (?:be )?(?:up[ -]to[ -]date|current)\\b",
      `文档.{0,8}(?:每天|每周|经常)(?:更新|变)`,
    ].join("|"),
  ),
);
/** "Our docs rarely change": the same words, refused. */
const STEADY = /\b(?:never|rarely|seldom|hardly|don'?t|doesn'?t|do not|does not|not|no|barely|kaum|nie|nunca)\b/;

/** What decides between training and its alternatives: an architecture of one's own, and knowledge that will not hold still. */
export function readApproach(reading: Reading): void {
  const { low } = reading.text;
  const custom = find(low, CUSTOM);
  if (custom && !/\b(?:no|not|without|nothing)\s(?:a\s)?$/.test(low.slice(0, custom.index)))
    say(reading, "architecture", "custom", [custom.index, custom.index + custom[0].length]);
  const changing = find(low, CHANGING);
  if (
    changing &&
    !STEADY.test(changing[0]) &&
    !/\b(?:no|not|without|never)\s(?:\w+\s)?$/.test(low.slice(0, changing.index))
  )
    say(reading, "knowledge", "changing", [changing.index, changing.index + changing[0].length]);
}

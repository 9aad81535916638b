import { type Cued, cued } from "./cues.ts";

/** Walls that data may have to stay behind. */
const WALLS =
  "(?:building|premises?|site|office|datacent(?:er|re)|data cent(?:er|re)|hospital|clinic|factory|plant|campus|company|firm|bank|university|institute|lab|ministry|agency|house|walls|organi[sz]ation|own (?:network|servers|hardware|machines|infrastructure)|lan|intranet|(?:internal |corporate )?network|firewall|servers|hardware|infrastructure|rooms)";
const THEIRS = "(?:the |our |their |my )(?:own |company'?s? |internal )?";
/** "Data must stay in our hospital", "everything inside the bank", "kept within our own walls". */
const STAYS = new RegExp(
  [
    `\\b(?:stays?|staying|remains?|kept|keep|(?:must|has to|have to|needs? to|should|can only|may only) (?:only )?(?:be )?(?:run|live|reside|happen|processed|stored|handled|trained|hosted))(?: (?:it|everything|them|data|all|strictly|entirely|only|fully|all (?:of )?(?:it|the) ?(?:data)?|(?:the|our|all|patient|customer|client) data|everything))* (?:in|inside|within|on|at|behind) ${THEIRS}${WALLS}(?![a-z])`,
    `\\b(?:everything|all|data|nothing|records|files|documents|processing|training) (?:stays? |is |only |strictly |must be |has to be |outside |but )*(?:inside|within|behind) ${THEIRS}${WALLS}(?![a-z])`,
    `\\b(?:daten|alles) (?:müssen|muss|bleiben|bleibt|dürfen)[^,.;]{0,24}(?:im haus|im (?:krankenhaus|klinikum|werk|unternehmen|institut)|in der (?:klinik|bank|firma|praxis)|intern|in unserem|auf unseren)`,
    `\\b(?:données|tout) (?:doi(?:ven)?t|restent?)[^,.;]{0,16}(?:rester |restent? )?(?:dans (?:l'hôpital|la banque|l'entreprise|nos murs|nos locaux)|sur site|chez nous|en interne)`,
    `\\b(?:datos|todo|dados|tudo) (?:debe[nr]?|tienen? que|deve[mr]?|têm que|precisam)[^,.;]{0,16}(?:quedarse|permanecer|estar|ficar) (?:en|dentro de|na|no|dentro d[oa])(?: el| la| nuestro| nuestra| nosso| nossa)? (?:hospital|banco|empresa|oficina|instalaciones|edificio|clínica|escritório)`,
  ].join("|"),
  "g",
);

/** A network of the person's own inside somebody's cloud. */
const PRIVATE_NETWORK =
  "(?:(?:aws |amazon |gcp |google |azure )?(?:vpcs?|vnets?)|virtual private (?:cloud|network)|virtual network|private (?:cloud|subnet)|(?:own )?cloud (?:account|tenant|tenancy|subscription)|(?:aws|gcp|google cloud|azure) (?:account|tenant|subscription|project|perimeter|environment))(?![a-z])";
/** Ways of saying that nothing may leave it: "data can't leave our VPC", "must run inside the VNet", "VPC only". */
export const INSIDE_A_VPC: Cued = cued(
  /vpc|vnet|virtual (?:private|network)|private (?:cloud|subnet)|account|tenan|subscription|project|perimeter|environment/,
  new RegExp(
    [
      `\\b(?:can(?:'?t|not)|must(?: not|n'?t)|may not|never|do(?:es)?n'?t|does not|do not|not allowed to|should(?:n'?t| not)|won'?t|nothing|no data|is allowed to)\\b[^,.;]{0,24}\\b(?:leaves?|exit|go outside(?: of)?|get out of|outside(?: of)?) ${THEIRS}${PRIVATE_NETWORK}`,
      `\\b(?:stays?|remains?|kept|keep|lives?|run|runs|running|hosted|deployed|deploy|host|serve|served|trained|train|processed|stored)(?: [a-z]+){0,3} (?:in|inside|within|on) ${THEIRS}${PRIVATE_NETWORK}`,
      `\\b(?:everything|all|data|it|training|serving|inference)(?: (?:must|has to|have to|needs to|should|is|be|are|stay|only|strictly))* (?:inside|within|in) ${THEIRS}${PRIVATE_NETWORK}`,
      "\\bvpc[ -]only\\b|\\bonly (?:in|inside|within) (?:our |the |a )?(?:vpc|vnet)\\b",
    ].join("|"),
    "g",
  ),
);

/** Ways of saying that nothing may go to somebody else's machines. */
export const NO_CLOUD: readonly Cued[] = [
  cued(
    /\bcloud/,
    /\bno (?:public )?cloud\b|\bnot (?:in |on |to )?the cloud\b|\b(?:can'?t|cannot|must not|may not|not allowed to|never|won'?t|don'?t want to|aren'?t allowed to) (?:be |use |go (?:to|in|into) |leave to |touch |run in |put (?:it |data )?(?:in|on) |send (?:it |data |anything )?to )(?:any |the |a |public |third[- ]party )*cloud\b|\bcloud (?:is )?(?:not (?:allowed|an option|possible)|forbidden|a no[ -]go|prohibited|verboten)\b|\bkeine cloud\b|\bpas (?:de|dans le) cloud\b|\bkeine daten in die cloud\b|\bpas de cloud\b/g,
  ),
  cued(
    /prem|\bnur\b|schlie(?:ß|ss)lich/,
    /\bon[ -]?prem(?:ises?)?[ -]?(?:only|is a must|mandatory|required)\b|\b(?:only|strictly|must (?:be|stay|run|remain)|has to (?:be|stay|run)|have to (?:be|stay|run)|needs to (?:be|stay|run)|everything|exclusively|all)\b[^,.;]{0,16}\bon[ -]?prem(?:ises?)?\b|\b(?:nur|ausschließlich|ausschliesslich) (?:on[ -]?prem\w*|lokal|im eigenen rechenzentrum|auf eigener hardware)/g,
  ),
  cued(
    new RegExp(`${WALLS}|machine|network`),
    /\b(?:data|it|nothing|anything|records|files|documents|audio|images|scans|they|code)\b[^,.;]{0,24}\b(?:can(?:'?t|not)|must(?: not|n'?t)|may not|never|doesn'?t|not allowed to|shouldn'?t|won'?t|is allowed to|leaves?)\b[^,.;]{0,16}\b(?:leave|exit|leaves|go outside|out of|outside)?\s?(?:of )?(?:the |our |their )?(?:building|premises|site|office|datacent(?:er|re)|data cent(?:er|re)|hospital|factory|plant|campus|own (?:network|servers|hardware|datacenter)|lan|intranet|company network|network|machine|bank|house)\b/g,
  ),
  cued(
    /\b(?:stay|remain|keep|kept)/,
    /\b(?:stays?|remains?|keep|kept) (?:everything |it |data )?(?:in[ -]?house|on[ -]?site|on our (?:own )?(?:servers|hardware|machines))\b/g,
  ),
  cued(
    /nube|nuvem|servidor|hardware|datos|dados|données/,
    /\bsin (?:usar )?(?:la )?nube\b|\bno usar la nube\b|\b(?:solo|sólo|únicamente|apenas|só|somente) (?:en )?(?:servidores|servidor|hardware) (?:propios?|próprios?|próprio)\b|\bdatos no pueden salir de la (?:empresa|oficina|red)\b|\bdados não podem sair da (?:empresa|rede)\b|\bdonnées ne (?:doivent|peuvent) pas (?:sortir|quitter)\b|\bsem nuvem\b/g,
  ),
  cued(
    /[\u3040-\u9fff]/,
    /クラウド(?:は|の)?(?:禁止|不可|使えない|利用不可)|社外に(?:データを)?出せない|社外(?:持ち出し|秘)|不能上云|不上云|数据不能?出(?:内网|公司|本地|园区|厂)|本地部署/g,
  ),
  cued(
    /stay|remain|keep|kept|must|has to|have to|needs? to|should|can only|may only|inside|within|behind|daten|alles|données|tout\b|datos|todo|dados|tudo/,
    STAYS,
  ),
];

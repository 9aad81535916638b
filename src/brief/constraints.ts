import type { Constraint } from "./brief.ts";
import { aloneOn } from "./ownership.ts";
import { type Reading, say } from "./reading.ts";
import { isRefused } from "./refusals.ts";
import { before, overlap, type Span } from "./text.ts";

const CLOUD: Record<"aws" | "gcp" | "azure", string> = {
  aws: "(?:aws|amazon(?: web services)?)",
  gcp: "(?:gcp|google cloud|gcloud)",
  azure: "(?:ms |microsoft )?azure",
};

/** A cloud the team already lives in: a shop, credits, "everything runs on", "only". */
function existing(cloud: string): RegExp {
  return new RegExp(
    [
      `\\b${cloud} ?(?:-|\\s)?(?:shop|house|only|credits?|account|customer|tenant|subscription|stack|native|based|org(?:anization)?|contract|commitment|enterprise agreement|eu\\b)`,
      `\\b(?:only|already|everything|all|mostly|standardi[sz]ed|stack is|infra(?:structure)? is|live|locked|committed|stuff|rest)\\b[^,.;]{0,20}\\b(?:on|in|use|using|with|to|into) (?:the )?${cloud}\\b`,
      `\\b(?:our|company|existing|have an?) ${cloud}\\b`,
      `\\b(?:we(?:'re| are)|company is)\\b[^,.;]{0,16}\\b(?:on|in|with|at) ${cloud}\\b`,
      `\\b(?:we|they|i) (?:all )?(?:use|run|have) ${cloud}\\b`,
      `\\b(?:only|must be|has to be|stay (?:on|in|within)|needs to (?:be|run|stay) (?:on|in)|nur|solo|só|apenas|只能用|只用) (?:on |in |auf |en |na |no )?${cloud}\\b`,
      `\\bcredits (?:on|with|from|for) ${cloud}\\b`,
      `\\b${cloud} (?:ist|is) (?:vorgegeben|mandatory|required|the standard)`,
    ].join("|"),
    "g",
  );
}

/** Walls that data may have to stay behind. */
const WALLS =
  "(?:building|premises?|site|office|datacent(?:er|re)|data cent(?:er|re)|hospital|clinic|factory|plant|campus|company|firm|bank|university|institute|lab|ministry|agency|house|walls|organi[sz]ation|own (?:network|servers|hardware|machines|infrastructure)|lan|intranet|(?:internal |corporate )?network|firewall|servers|hardware|infrastructure|rooms)";
const THEIRS = "(?:the |our |their |my )(?:own |company'?s? |internal )?";
/** "Data must stay in our hospital", "everything inside the bank", "kept within our own walls". */
const STAYS = [
  `\\b(?:stays?|staying|remains?|kept|keep|(?:must|has to|have to|needs? to|should|can only|may only) (?:only )?(?:be )?(?:run|live|reside|happen|processed|stored|handled|trained|hosted))(?: (?:it|everything|them|data|all|strictly|entirely|only|fully|all (?:of )?(?:it|the) ?(?:data)?|(?:the|our|all|patient|customer|client) data|everything)){0,4} (?:in|inside|within|on|at|behind) ${THEIRS}${WALLS}(?![a-z])`,
  `\\b(?:everything|all|data|nothing|records|files|documents|processing|training) (?:stays? |is |only |strictly |must be |has to be |outside |but )*(?:inside|within|behind) ${THEIRS}${WALLS}(?![a-z])`,
  `\\b(?:daten|alles) (?:müssen|muss|bleiben|bleibt|dürfen)[^,.;]{0,24}(?:im haus|im (?:krankenhaus|klinikum|werk|unternehmen|institut)|in der (?:klinik|bank|firma|praxis)|intern|in unserem|auf unseren)`,
  `\\b(?:données|tout) (?:doi(?:ven)?t|restent?)[^,.;]{0,16}(?:rester |restent? )?(?:dans (?:l'hôpital|la banque|l'entreprise|nos murs|nos locaux)|sur site|chez nous|en interne)`,
  `\\b(?:datos|todo|dados|tudo) (?:debe[nr]?|tienen? que|deve[mr]?|têm que|precisam)[^,.;]{0,16}(?:quedarse|permanecer|estar|ficar) (?:en|dentro de|na|no|dentro d[oa])(?: el| la| nuestro| nuestra| nosso| nossa)? (?:hospital|banco|empresa|oficina|instalaciones|edificio|clínica|escritório)`,
].join("|");

const NO_CLOUD = new RegExp(
  `${STAYS}|${/\bno (?:public )?cloud\b|\bnot (?:in |on |to )?the cloud\b|\b(?:can'?t|cannot|must not|may not|not allowed to|never|won'?t|don'?t want to|aren'?t allowed to) (?:be |use |go (?:to|in|into) |leave to |touch |run in |put (?:it |data )?(?:in|on) |send (?:it |data |anything )?to )(?:any |the |a |public |third[- ]party )*cloud\b|\bcloud (?:is )?(?:not (?:allowed|an option|possible)|forbidden|a no[ -]go|prohibited|verboten)\b|\bon[ -]?prem(?:ises?)?[ -]?(?:only|is a must|mandatory|required)\b|\b(?:only|strictly|must (?:be|stay|run|remain)|has to (?:be|stay|run)|have to (?:be|stay|run)|needs to (?:be|stay|run)|everything|exclusively|all)\b[^,.;]{0,16}\bon[ -]?prem(?:ises?)?\b|\b(?:data|it|nothing|anything|records|files|documents|audio|images|scans|they|code)\b[^,.;]{0,24}\b(?:can(?:'?t|not)|must(?: not|n'?t)|may not|never|doesn'?t|not allowed to|shouldn'?t|won'?t|is allowed to|leaves?)\b[^,.;]{0,16}\b(?:leave|exit|leaves|go outside|out of|outside)?\s?(?:of )?(?:the |our |their )?(?:building|premises|site|office|datacent(?:er|re)|data cent(?:er|re)|hospital|factory|plant|campus|own (?:network|servers|hardware|datacenter)|lan|intranet|company network|network|machine|bank|house)\b|\b(?:stays?|remains?|keep|kept) (?:everything |it |data )?(?:in[ -]?house|on[ -]?site|on our (?:own )?(?:servers|hardware|machines))\b|\b(?:nur|ausschließlich|ausschliesslich) (?:on[ -]?prem\w*|lokal|im eigenen rechenzentrum|auf eigener hardware)|\bkeine cloud\b|\bsin (?:usar )?(?:la )?nube\b|\bno usar la nube\b|\bpas (?:de|dans le) cloud\b|\b(?:solo|sólo|únicamente|apenas|só|somente) (?:en )?(?:servidores|servidor|hardware) (?:propios?|próprios?|próprio)\b|\bdatos no pueden salir de la (?:empresa|oficina|red)\b|\bdados não podem sair da (?:empresa|rede)\b|\bdonnées ne (?:doivent|peuvent) pas (?:sortir|quitter)\b|\bkeine daten in die cloud\b|クラウド(?:は|の)?(?:禁止|不可|使えない|利用不可)|社外に(?:データを)?出せない|社外(?:持ち出し|秘)|\bsem nuvem\b|\bpas de cloud\b|不能上云|不上云|数据不能?出(?:内网|公司|本地|园区|厂)|本地部署/.source}`,
  "g",
);

const AI_MODELS = "(?:models?|llms?|weights?)";
const RULES: [Constraint, RegExp][] = [
  ["hipaa", /\bhipp?aa\b|\bphi\b(?=[^\d-]|$)(?![ -]?\d)|protected health info\w*/g],
  ["gdpr", /\bgdpr\b|\bdsgvo\b|\brgpd\b|\bdatenschutz-?grundverordnung\b/g],
  ["soc2", /\bsoc ?-?(?:2|ii)\b/g],
  [
    "air-gapped",
    /\bair[ -]?gap(?:ped)?\b|\bno (?:internet|network|outside network|outbound)(?: access| connection| connectivity)?\b|\bwithout internet\b|\bisolated network\b|\bno external network\b|断网|无外网|物理隔离|\bsin (?:acceso a )?internet\b|\bsem internet\b|\bohne internet\b|\bsans internet\b/g,
  ],
  [
    "offline",
    /(?<!\b(?:some|batch|for|nightly|the|weekly) )\boffline\b(?! (?:eval\w*|batch|metrics?|rl|analysis|inference|processing|scoring|jobs?|test\w*|dataset))|\bno (?:internet|network connection)\b|\bdisconnected\b|离线|内网|オフライン/g,
  ],
  ["no-cloud", NO_CLOUD],
  [
    "eu-only",
    /\beu[ -]only\b|\beurope only\b|\bonly (?:in )?(?:the )?(?:eu|europe)\b|\b(?:stay|stays|remain|kept|keep|hosted|host|processed|stored|live|reside|run|running|data|servers?|region|gpus?|must be|has to be)\b[^,.;]{0,20}\b(?:in|within|inside) (?:the )?(?:eu|europe(?:an union)?|germany|frankfurt|eea|ireland)\b|\beu[ -](?:region|data|hosted|hosting|residency|servers?|based|cloud)\b|\bdata residency (?:is |in )?(?:the )?(?:eu|europe)\b|\b(?:nur|ausschließlich) (?:in )?(?:der )?(?:eu|deutschland|europa)\b|\b(?:solo|só|apenas|uniquement) (?:en |na |em )?(?:la |l')?(?:ue|europa|europe|união europeia)\b|\bleaves? (?:the )?(?:eu|europe|germany|france|eea)\b|\b(?:need|needs|must be|has to be|want) (?:in )?(?:the |an )?eu\b(?! (?:vat|fund))|\bin der eu (?:bleiben|gehostet)|\b(?:rester|reste|hébergées?|hébergement) (?:en|dans l'|au sein de l')\s?(?:france|europe|ue|union européenne)|\b(?:permanecer|quedarse|alojad\w+|ficar|hospedad\w+) (?:en|na|em|dentro de) (?:la )?(?:ue|europa|união europeia)/g,
  ],
  [
    "no-spot",
    /\bno (?:spot|preempt\w+|interruptible)\b|\bnothing (?:preemptible|interruptible)\b|\b(?:must|can|may|should)(?:n'?t| ?not) be (?:interrupted|preempted)\b|\bspot (?:instances? )?(?:is|are)?\s?(?:not|no)\b|\b(?:not|can'?t use|cannot use|don'?t want|without|never|avoid) (?:any )?(?:spot|preemptible)\b|\bon[ -]?demand only\b|\bnon-?preemptible\b|\bkeine spot/g,
  ],
  [
    "spot-ok",
    /\b(?:spot|preempt\w+|interruptible)(?: ?(?:instances?|vms?|machines?|gpus?|nodes?|capacity|pricing))?\s?(?:is |are |would be |=|\()?\s?(?:also |totally |perfectly |all )?(?:ok\b|okay|fine|good|allowed|acceptable|possible|works?|welcome|if it'?s cheaper|preferred|yes)|\b(?:ok(?:ay)?|fine|happy|cool|good|can live|allowed|open) (?:with|to|to use|using) (?:spot|preempt\w+|interruptible)|\b(?:can|could|may|will|use|using|prefer|want) (?:use |using |run on |also use )?(?:spot|preempt\w+|interruptible)\b|\bspot ok\b|\b(?:on|with|from) (?:aws |gcp |azure |cheap )?(?:spot|preemptibles?|interruptible)(?= ?(?:instances?|vms?|machines?|gpus?|nodes?|capacity|$|[,.;)]))|\b(?:spot|preemptible|interruptible) (?:instances?|vms?|machines?|nodes?|capacity|gpus?|cards?|(?:nvidia )?(?:\d x )?[ahlv]\d{1,3}s?|t4s?|[345]0[6-9]0s?)(?! (?:price|market|history)s?)\b|(?:^|[,;(|\n/+-])\s?(?:aws |gcp |azure )?(?:spot|preemptibles?|interruptible)(?=\s?(?:$|[,.;)|\n/]))|\b(?:spot|preemptible)(?=\s?$)/g,
  ],
  [
    "commercial-licence",
    /\bcommercial(?:ly)?[ -]?(?:use|usage|ok\b|okay|licen[cs]e\w*|friendly|product|purposes?|usable|safe|viable|allowed|permi\w+|deployment|rights)\b|\b(?:usable|allowed|free|licen[cs]ed|ok|okay|used?) (?:for |to use )?commercial(?:ly)?\b|\b(?:apache|mit)(?:[ -]?2(?:\.0)?)?(?: ?\/ ?(?:apache|mit))?[ -]?(?:licen[cs]\w+|only|or mit|or apache|or similar|style)\b|\bpermissive(?:ly)?(?: licen[cs]\w+)?\b|\b(?:uso comercial|kommerziell\w*|usage commercial)\b|商用|可商用|商业(?:使用|用途)/g,
  ],
  [
    "open-weights",
    new RegExp(
      `\\bopen[ -]?weights?\\b|\\bopen[ -]?source (?:only|${AI_MODELS})|\\bonly open(?:[ -]source)?(?: ${AI_MODELS})?\\b|\\b(?:must|has to|should|needs to) be open(?:[ -]source)?\\b|\\bno (?:closed|proprietary)(?:[ -]source)? (?:models?|apis?|llms?)\\b|\\bno openai\\b|开源模型`,
      "g",
    ),
  ],
  [
    "existing-tensorflow",
    /\b(?:tensorflow|tf|keras) (?:shop|stack|codebase|code ?base|pipeline|code|only|house)\b|\b(?:our|existing|everything|all|stack|code|codebase|currently|legacy|already|we use|we have)\b[^,.;]{0,24}\b(?:tensorflow|keras|tf2?)\b(?! ?(?:lite|js))/g,
  ],
  [
    "managed-mlops",
    /\bmanaged (?:ml ?ops|ml platform|machine learning platform|training (?:jobs?|service)|ml pipelines?|model registry)\b|\bml ?ops (?:should|must|has to|needs to) be managed\b|\benterprise ml ?ops\b/g,
  ],
  ["existing-aws", existing(CLOUD.aws)],
  ["existing-gcp", existing(CLOUD.gcp)],
  ["existing-azure", existing(CLOUD.azure)],
  [
    "beginner-team",
    /\bno (?:idea|clue) (?:about|how|what|where|which)\b|\b(?:never|haven'?t|first time) (?:trained|fine-?tun\w+|done (?:any )?(?:ml|this|fine)|used (?:a )?gpus?|training|deployed)\b|\bnew to (?:ml|this|ai|all this|deep learning|machine learning|llms?|fine-?tuning|gpus?)\b|\b(?:total |complete |absolute )?(?:beginners?|noob|newbies?|n00b)\b|\bno (?:ml|ai|machine learning|mlops|deep learning|data science)[ -](?:experience|background|team|engineers?|people|ppl|folks|guys|expertise|knowledge|skills)\b|\bdon'?t (?:know|understand) (?:anything|much|a lot) (?:about|of)\b|\bnot an? (?:ml|ai|machine learning) (?:person|engineer|expert|guy)\b|\bnobody (?:here |on the team )?(?:has|knows)\b|\bwe(?:'re| are) (?:all )?(?:web|frontend|backend|java|php) (?:devs|developers)\b|新手|小白|没有经验|\bprincipiantes?\b|\biniciantes?\b|\banfänger\b|\bdébutants?\b/g,
  ],
];

const REFUSABLE = new Set<Constraint>([
  "hipaa",
  "gdpr",
  "soc2",
  "air-gapped",
  "offline",
  "commercial-licence",
  "open-weights",
  "eu-only",
  "beginner-team",
  "existing-tensorflow",
  "managed-mlops",
]);

/** What the plan must respect, whatever it chooses. */
export function readConstraints(reading: Reading): void {
  const { text } = reading;
  const found = new Map<Constraint, Span>();
  for (const [constraint, pattern] of RULES) {
    for (const match of text.low.matchAll(pattern)) {
      const span: Span = [match.index, match.index + match[0].length];
      const lead = before(text, match.index, 24);
      if ((REFUSABLE.has(constraint) || constraint.startsWith("existing-")) && isRefused(text, span)) continue;
      // "cheaper than aws/gcp/azure": compared with, not lived in.
      if (
        constraint.startsWith("existing-") &&
        /\b(?:cheaper|better|other|instead|rather) (?:than|of)\b[^,.;]{0,24}$/.test(lead)
      )
        continue;
      if (constraint === "spot-ok" && /\b(?:no|not|never|can'?t|don'?t|without|avoid)\s(?:\w+\s)?$/.test(lead))
        continue;
      found.set(constraint, span);
      break;
    }
  }
  const [refuses, allows] = [found.get("no-spot"), found.get("spot-ok")];
  // "No spot instances allowed" is one statement; two of them contradict each other, and that is said.
  if (refuses && allows && overlap(refuses, allows)) found.delete("spot-ok");
  const alone = aloneOn(text);
  if (alone && !found.has("no-cloud")) found.set("no-cloud", alone);
  const tpu = /(?<![a-z])tpus?(?![a-z])/.exec(text.low);
  if (
    tpu &&
    !reading.cards.some((c) => c.id.startsWith("tpu")) &&
    !/\b(?:no|not|without|vs|or)\s$/.test(before(text, tpu.index, 16))
  ) {
    found.set("tpu", [tpu.index, tpu.index + tpu[0].length]);
  }
  if (found.size === 0) return;
  const first = Math.min(...[...found.values()].map((s) => s[0]));
  const span = [...found.values()].find((s) => s[0] === first)!;
  say(reading, "constraints", [...found.keys()], span);
}

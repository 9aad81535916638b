import type { Constraint } from "./brief.ts";
import { type Cued, cued, findAll } from "./cues.ts";
import { aloneOn } from "./ownership.ts";
import { type Reading, say } from "./reading.ts";
import { isRefused } from "./refusals.ts";
import { before, overlap, type Span } from "./text.ts";
import { INSIDE_A_VPC, NO_CLOUD } from "./walls.ts";

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

const AI_MODELS = "(?:models?|llms?|weights?)";
export const RULES: readonly [Constraint, Cued][] = [
  ["hipaa", cued(/hip|phi\b|protected health/, /\bhipp?aa\b|\bphi\b(?=[^\d-]|$)(?![ -]?\d)|protected health info\w*/g)],
  ["gdpr", cued(/gdpr|dsgvo|rgpd|datenschutz/, /\bgdpr\b|\bdsgvo\b|\brgpd\b|\bdatenschutz-?grundverordnung\b/g)],
  ["soc2", cued(/\bsoc/, /\bsoc ?-?(?:2|ii)\b/g)],
  [
    "air-gapped",
    cued(
      /air|internet|network|outbound|断网|无外网|物理隔离/,
      /\bair[ -]?gap(?:ped)?\b|\bno (?:internet|network|outside network|outbound)(?: access| connection| connectivity)?\b|\bwithout internet\b|\bisolated network\b|\bno external network\b|断网|无外网|物理隔离|\bsin (?:acceso a )?internet\b|\bsem internet\b|\bohne internet\b|\bsans internet\b/g,
    ),
  ],
  [
    "offline",
    cued(
      /offline|internet|network|disconnected|离线|内网|オフライン/,
      /(?<!\b(?:some|batch|for|nightly|the|weekly) )\boffline\b(?! (?:eval\w*|batch|metrics?|rl|analysis|inference|processing|scoring|jobs?|test\w*|dataset))|\bno (?:internet|network connection)\b|\bdisconnected\b|离线|内网|オフライン/g,
    ),
  ],
  ...NO_CLOUD.map((rule): [Constraint, Cued] => ["no-cloud", rule]),

  [
    "eu-only",
    cued(
      /\beu|europ|german|frankfurt|eea|ireland|franc|deutsch|(?:en|[\s'])ue|união|unión|union/,
      /\beu[ -]only\b|\beurope only\b|\bonly (?:in )?(?:the )?(?:eu|europe)\b|\b(?:stay|stays|remain|kept|keep|hosted|host|processed|stored|live|reside|run|running|data|servers?|region|gpus?|must be|has to be)\b[^,.;]{0,20}\b(?:in|within|inside) (?:the )?(?:eu|europe(?:an union)?|germany|frankfurt|eea|ireland)\b|\beu[ -](?:region|data|hosted|hosting|residency|servers?|based|cloud)\b|\bdata residency (?:is |in )?(?:the )?(?:eu|europe)\b|\b(?:nur|ausschließlich) (?:in )?(?:der )?(?:eu|deutschland|europa)\b|\b(?:solo|só|apenas|uniquement) (?:en |na |em )?(?:la |l')?(?:ue|europa|europe|união europeia)\b|\bleaves? (?:the )?(?:eu|europe|germany|france|eea)\b|\b(?:need|needs|must be|has to be|want) (?:in )?(?:the |an )?eu\b(?! (?:vat|fund))|\bin der eu (?:bleiben|gehostet)|\b(?:rester|reste|hébergées?|hébergement) (?:en|dans l'|au sein de l')\s?(?:france|europe|ue|union européenne)|\b(?:permanecer|quedarse|alojad\w+|ficar|hospedad\w+) (?:en|na|em|dentro de) (?:la )?(?:ue|europa|união europeia)/g,
    ),
  ],
  [
    "no-spot",
    cued(
      /spot|preempt|interrupt|on[ -]?demand/,
      /\bno (?:spot|preempt\w+|interruptible)\b|\bnothing (?:preemptible|interruptible)\b|\b(?:must|can|may|should)(?:n'?t| ?not) be (?:interrupted|preempted)\b|\bspot (?:instances? )?(?:is|are)?\s?(?:not|no)\b|\b(?:not|can'?t use|cannot use|don'?t want|without|never|avoid) (?:any )?(?:spot|preemptible)\b|\bon[ -]?demand only\b|\bnon-?preemptible\b|\bkeine spot/g,
    ),
  ],
  [
    "spot-ok",
    cued(
      /spot|preempt|interrupt/,
      /\b(?:spot|preempt\w+|interruptible)(?: ?(?:instances?|vms?|machines?|gpus?|nodes?|capacity|pricing))?\s?(?:is |are |would be |=|\()?\s?(?:also |totally |perfectly |all )?(?:ok\b|okay|fine|good|allowed|acceptable|possible|works?|welcome|if it'?s cheaper|preferred|yes)|\b(?:ok(?:ay)?|fine|happy|cool|good|can live|allowed|open) (?:with|to|to use|using) (?:spot|preempt\w+|interruptible)|\b(?:can|could|may|will|use|using|prefer|want) (?:use |using |run on |also use )?(?:spot|preempt\w+|interruptible)\b|\bspot ok\b|\b(?:on|with|from) (?:aws |gcp |azure |cheap )?(?:spot|preemptibles?|interruptible)(?= ?(?:instances?|vms?|machines?|gpus?|nodes?|capacity|$|[,.;)]))|\b(?:spot|preemptible|interruptible) (?:instances?|vms?|machines?|nodes?|capacity|gpus?|cards?|(?:nvidia )?(?:\d x )?[ahlv]\d{1,3}s?|t4s?|[345]0[6-9]0s?)(?! (?:price|market|history)s?)\b|(?:^|[,;(|\n/+-])\s?(?:aws |gcp |azure )?(?:spot|preemptibles?|interruptible)(?=\s?(?:$|[,.;)|\n/]))|\b(?:spot|preemptible)(?=\s?$)/g,
    ),
  ],
  [
    "commercial-licence",
    cued(
      /commer|komm|comerc|licen|apache|mit|permissive|商/,
      /\bcommercial(?:ly)?[ -]?(?:use|usage|ok\b|okay|licen[cs]e\w*|friendly|product|purposes?|usable|safe|viable|allowed|permi\w+|deployment|rights)\b|\b(?:usable|allowed|free|licen[cs]ed|ok|okay|used?) (?:for |to use )?commercial(?:ly)?\b|\b(?:apache|mit)(?:[ -]?2(?:\.0)?)?(?: ?\/ ?(?:apache|mit))?[ -]?(?:licen[cs]\w+|only|or mit|or apache|or similar|style)\b|\bpermissive(?:ly)?(?: licen[cs]\w+)?\b|\b(?:uso comercial|kommerziell\w*|usage commercial)\b|商用|可商用|商业(?:使用|用途)/g,
    ),
  ],
  [
    "open-weights",
    cued(
      /open|closed|proprietary|开源/,
      new RegExp(
        `\\bopen[ -]?weights?\\b|\\bopen[ -]?source (?:only|${AI_MODELS})|\\bonly open(?:[ -]source)?(?: ${AI_MODELS})?\\b|\\b(?:must|has to|should|needs to) be open(?:[ -]source)?\\b|\\bno (?:closed|proprietary)(?:[ -]source)? (?:models?|apis?|llms?)\\b|\\bno openai\\b|开源模型`,
        "g",
      ),
    ),
  ],
  [
    "existing-tensorflow",
    cued(
      /tensorflow|keras|\btf/,
      /\b(?:tensorflow|tf|keras) (?:shop|stack|codebase|code ?base|pipeline|code|only|house)\b|\b(?:our|existing|everything|all|stack|code|codebase|currently|legacy|already|we use|we have)\b[^,.;]{0,24}\b(?:tensorflow|keras|tf2?)\b(?! ?(?:lite|js))/g,
    ),
  ],
  [
    "managed-mlops",
    cued(
      /managed|ml ?ops/,
      /\bmanaged (?:ml ?ops|ml platform|machine learning platform|training (?:jobs?|service)|ml pipelines?|model registry)\b|\bml ?ops (?:should|must|has to|needs to) be managed\b|\benterprise ml ?ops\b/g,
    ),
  ],
  ["existing-aws", cued(/aws|amazon/, existing(CLOUD.aws))],
  ["existing-gcp", cued(/gcp|google cloud|gcloud/, existing(CLOUD.gcp))],
  ["existing-azure", cued(/azure/, existing(CLOUD.azure))],
  [
    "beginner-team",
    cued(
      /\bno |never|haven|first time|new to|beginner|noob|newbie|n00b|don'?t|not an?|nobody|(?:we're|we are) |新手|小白|没有经验|principiante|iniciante|anfänger|débutant/,
      /\bno (?:idea|clue) (?:about|how|what|where|which)\b|\b(?:never|haven'?t|first time) (?:trained|fine-?tun\w+|done (?:any )?(?:ml|this|fine)|used (?:a )?gpus?|training|deployed)\b|\bnew to (?:ml|this|ai|all this|deep learning|machine learning|llms?|fine-?tuning|gpus?)\b|\b(?:total |complete |absolute )?(?:beginners?|noob|newbies?|n00b)\b|\bno (?:ml|ai|machine learning|mlops|deep learning|data science)[ -](?:experience|background|team|engineers?|people|ppl|folks|guys|expertise|knowledge|skills)\b|\bdon'?t (?:know|understand) (?:anything|much|a lot) (?:about|of)\b|\bnot an? (?:ml|ai|machine learning) (?:person|engineer|expert|guy)\b|\bnobody (?:here |on the team )?(?:has|knows)\b|\bwe(?:'re| are) (?:all )?(?:web|frontend|backend|java|php) (?:devs|developers)\b|新手|小白|没有经验|\bprincipiantes?\b|\biniciantes?\b|\banfänger\b|\bdébutants?\b/g,
    ),
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
    if (found.has(constraint)) continue;
    for (const match of findAll(text.low, pattern)) {
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
  for (const match of findAll(text.low, INSIDE_A_VPC)) {
    const span: Span = [match.index, match.index + match[0].length];
    if (!isRefused(text, span)) say(reading, "ownAccount", true, span);
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

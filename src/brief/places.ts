import { addSides, isChoice } from "./alternatives.ts";
import type { BriefValues } from "./brief.ts";
import { type Reading, say } from "./reading.ts";
import { isRefused } from "./refusals.ts";
import { after, before, type Span } from "./text.ts";

interface Place {
  id: string;
  spelled: RegExp;
  /** The bare name is an English word or a habit: only "on X", "with X" or "X gpus" makes it the choice. */
  needsCue?: true;
}

const PLATFORMS: Place[] = [
  { id: "sagemaker", spelled: /\bsage ?maker\b/g },
  { id: "vertex", spelled: /\bvertex(?:[ -]?ai)?\b/g },
  { id: "azure-ml", spelled: /\bazure[ -]?ml\b|\bazure machine learning\b/g },
  { id: "bedrock", spelled: /\bbedrock\b/g },
  { id: "runpod", spelled: /\brun ?pod\b/g },
  { id: "vast", spelled: /\bvast(?:\.ai| ai)\b/g },
  { id: "lambda", spelled: /\blambda(?: ?labs| cloud)\b|\blambdalabs\b/g },
  { id: "lambda", spelled: /\blambda\b(?! function)/g, needsCue: true },
  { id: "modal", spelled: /\bmodal(?:\.com| labs)?\b/g, needsCue: true },
  { id: "colab", spelled: /\b(?:google )?colab(?: pro\+?| free)?\b/g },
  { id: "kaggle", spelled: /\bkaggle(?! (?:dataset|data|competition|comp\b))\b/g, needsCue: true },
  { id: "paperspace", spelled: /\bpaperspace\b/g },
  { id: "coreweave", spelled: /\bcoreweave\b/g },
  { id: "together", spelled: /\btogether(?:\.ai| ai)\b/g },
  { id: "replicate", spelled: /\breplicate(?:\.com)?\b/g, needsCue: true },
  { id: "databricks", spelled: /\bdatabricks\b/g, needsCue: true },
  { id: "hugging-face", spelled: /\b(?:hf|hugging ?face) (?:inference )?(?:endpoints?|spaces?|jobs)\b/g },
  { id: "fly", spelled: /\bfly\.io\b/g },
  { id: "digitalocean", spelled: /\bdigital ?ocean\b/g },
  { id: "hetzner", spelled: /\bhetzner\b/g },
  { id: "ovhcloud", spelled: /\bovh(?:cloud)?\b/g },
  { id: "scaleway", spelled: /\bscaleway\b/g },
  { id: "nebius", spelled: /\bnebius\b/g },
  { id: "oracle", spelled: /\b(?:oracle cloud|oci)\b/g },
  { id: "crusoe", spelled: /\bcrusoe\b/g },
  { id: "jarvislabs", spelled: /\bjarvis ?labs\b/g },
  { id: "slurm", spelled: /\bslurm\b/g, needsCue: true },
  { id: "autodl", spelled: /\bautodl\b/g },
  { id: "aws", spelled: /\b(?:aws|ec2|eks|amazon web services)\b/g, needsCue: true },
  { id: "gcp", spelled: /\b(?:gcp|gke|google cloud|gce|cloud run)\b/g, needsCue: true },
  { id: "azure", spelled: /\b(?:azure|aks)\b/g, needsCue: true },
];

const CUE =
  /(?:\b(?:on|in|via|using|use|with|to|through|na|no|en|em|auf|bei|sur|dans|over|at|from)\s(?:an?\s|the\s|our\s|la\s|der\s|free\s)?|(?:用|在|上))$/;
const CUE_AFTER =
  /^\s?(?:gpus?|only|please|pls|preferred|is (?:fine|ok)|endpoint|serverless|instances?|(?:\d{1,3} ?x ?)?(?:[ahlvtp]\d{1,3}|rtx|[345]0[6-9]0)|上|notebooks?|(?:or|vs\.?|versus) )/;
const NOT_CHOSEN =
  /\b(?:not|no|without|instead of|cheaper than|tried|avoid|other than|moving (?:off|from|away from)|leaving|than|don'?t (?:want|use)|used to|except|teacher[^,.;]{0,20}|data (?:is |lives |sits )?(?:in|on)|hosted)\s(?:on |to use |use |to |in )?(?:the |an? )?$|\b(?:do not|don'?t|won'?t|can'?t|cannot|never) (?:want to |wanna |like to )?(?:use|touch|run on|go with|like|want)\b[^,.;]{0,40}$/;

/** Alone between two commas: "hipaa, aws us-east-1, 2k notes". */
function listed(lead: string, tail: string): boolean {
  return /(?:^|,)\s?$/.test(lead) && /^\s?(?:,|$|us-|eu-|ap-)/.test(tail);
}

/** Where it is to run, when the person chose; an account they have is a constraint and no choice. */
export function readPlaces(reading: Reading): void {
  const { text } = reading;
  const found: { id: string; span: Span }[] = [];
  const shops = new Set<string>(
    reading.brief.constraints?.value.filter((c) => c.startsWith("existing-")).map((c) => c.slice(9)) ?? [],
  );
  for (const { id, spelled, needsCue } of PLATFORMS) {
    for (const match of text.low.matchAll(spelled)) {
      const span: Span = [match.index, match.index + match[0].length];
      const lead = before(text, match.index, 40);
      if (NOT_CHOSEN.test(lead) || isRefused(text, span)) continue;
      if (/\b(?:cheaper|tried)\b[^.;]{0,32}$/.test(lead)) continue;
      if (
        needsCue &&
        !CUE.test(lead) &&
        !CUE_AFTER.test(after(text, span[1], 24)) &&
        !/(?:vs\.?|or|\/)\s?$/.test(lead) &&
        !listed(lead, after(text, span[1], 16))
      )
        continue;
      if (needsCue && id === "modal" && /\b(?:multi|cross|bi|uni)-?\s?$/.test(lead)) continue;
      if (!found.some((f) => f.id === id)) found.push({ id, span });
    }
  }
  found.sort((a, b) => a.span[0] - b.span[0]);
  const chosen = found.filter((f) => !shops.has(f.id));
  const [first, second] = chosen;
  if (
    first &&
    second &&
    (isChoice(reading, first.span[1], second.span[0]) ||
      (second.span[0] - first.span[1] < 16 &&
        /^[^,.;]{0,12}(?:\bor\b|\bvs\.?\b|还是|\/)\s?/.test(text.low.slice(first.span[1], second.span[0]))))
  ) {
    addSides(
      reading,
      chosen.map(({ id, span }) => ({ values: { platform: id }, span })),
    );
  } else if (first) say(reading, "platform", first.id, first.span);
  else {
    const instance = reading.cards.find((c) => c.platform && !shops.has(c.platform));
    if (instance) say(reading, "platform", instance.platform!, instance.span, "inferred");
  }
  readFramework(reading);
  readTarget(reading);
}

const FRAMEWORKS: [string, RegExp][] = [
  ["axolotl", /\baxolotl\b/g],
  ["unsloth", /\bunsloth\b/g],
  ["llama-factory", /\bllama[ -]?factory\b/g],
  ["torchtune", /\btorch ?tune\b/g],
  ["trl", /\btrl\b/g],
  ["mlx", /\bmlx(?:[ -]lm)?\b/g],
  ["deepspeed", /\bdeep ?speed\b/g],
  ["torchtitan", /\btorch ?titan\b/g],
  ["litgpt", /\blit-?gpt\b/g],
  ["megatron", /\bmegatron(?:-lm)?\b/g],
  ["nemo", /\bnvidia nemo\b|\bnemo (?:framework|toolkit)\b/g],
  ["vllm", /\bvllm\b/g],
  ["sglang", /\bsglang\b/g],
  ["tgi", /\btgi\b/g],
  ["tensorrt-llm", /\b(?:tensorrt(?:[ -]llm)?|trt(?:-llm)?)\b/g],
  ["llama.cpp", /\bllama\.?cpp\b/g],
  ["ollama", /\bollama\b/g],
  ["xgboost", /\bxgboost\b/g],
  ["lightgbm", /\blightgbm\b/g],
  ["catboost", /\bcatboost\b/g],
  ["scikit-learn", /\b(?:scikit-?learn|sklearn)\b/g],
  ["spacy", /\bspacy\b/g],
  ["fastai", /\bfast\.?ai\b/g],
  ["diffusers", /\bdiffusers\b/g],
  ["kohya", /\bkohya(?:_ss)?\b/g],
  ["ultralytics", /\bultralytics\b/g],
  ["sentence-transformers", /\bsentence[ -]transformers\b/g],
  ["lightning", /\b(?:pytorch |torch )lightning\b/g],
  ["jax", /\b(?:jax|flax)\b/g],
  ["keras", /\bkeras\b/g],
  ["tensorflow", /\b(?:tensorflow|tf2)\b/g],
  [
    "transformers",
    /\b(?:hugging ?face |hf )(?:transformers|trainer)\b|\btransformers (?:trainer|library|lib)\b|\b(?:with|using|use|in) transformers\b/g,
  ],
  ["pytorch", /\b(?:pytorch|torch)\b(?! ?(?:tune|titan|script|lightning))/g],
  ["onnxruntime", /\bonnx(?: ?runtime)?\b/g],
];

/** The framework, where the person names one. */
function readFramework(reading: Reading): void {
  const { text } = reading;
  const shop = reading.brief.constraints?.value.includes("existing-tensorflow");
  const found: { id: string; span: Span }[] = [];
  for (const [id, pattern] of FRAMEWORKS) {
    if (shop && (id === "tensorflow" || id === "keras")) continue;
    for (const match of text.low.matchAll(pattern)) {
      const lead = before(text, match.index, 32);
      if (
        /\b(?:not|no|without|instead of|avoid|don'?t (?:want|use|like)|tried|from|than)\s(?:to use |use )?$/.test(lead)
      )
        continue;
      found.push({ id, span: [match.index, match.index + match[0].length] });
      break;
    }
  }
  const [first, second] = found.sort((a, b) => a.span[0] - b.span[0]);
  if (!first) return;
  if (second && /^\s?(?:or|vs\.?|\/|还是)\s?$/.test(text.low.slice(first.span[1], second.span[0]))) {
    addSides(
      reading,
      [first, second].map(({ id, span }) => ({ values: { framework: id }, span })),
    );
    return;
  }
  say(reading, "framework", first.id, first.span);
}

type Target = NonNullable<BriefValues["deploymentTarget"]>;
const TARGETS: [Target, RegExp][] = [
  ["cloud", /\bcloud[ -]only\b|\bonly (?:in |on )?the cloud\b/],
  [
    "edge",
    /\b(?:raspberry ?pi|rpi ?\d|jetson|agx orin|orin (?:agx|nano|nx)|for (?:the )?edge|edge (?:device|box|deployment|tpu|inference|hardware|computer)s?|on the edge|at the edge|microcontroller|esp32|coral|embedded (?:device|board|system)|nvr|drone)\b|树莓派|边缘/,
  ],
  [
    "mobile",
    /\b(?:iphones?|ipads?|android|ios app|mobile (?:app|phone|device)s?|on[ -](?:mobile|phones?|device|(?:a|the|your|their|my) (?:phone|tablet))|smartphones?|react native|flutter)\b|手机/,
  ],
  [
    "browser",
    /\b(?:in (?:the |a )?browser|browser[ -](?:based|side|extension|only)|webgpu|transformers\.js|wasm|onnxruntime-web|chrome extension)\b|浏览器/,
  ],
  [
    "on-premises",
    /\bon[ -]?prem(?:ises?)?\b|\bon (?:our|the|company|customer'?s?|client'?s?) (?:own )?premises\b|\bin[ -]house (?:servers?|hardware|datacenter|cluster)\b|\b(?:our|own|internal|company|university|client'?s|customer'?s) (?:own )?(?:data ?cent(?:er|re)|server room|servers|rack)\b|\beigene(?:n|s|m|r)? (?:rechenzentrum|servern?|hardware)\b|\bserver(?:es)? propios\b|本地部署|私有化(?:部署)?|机房/,
  ],
  [
    "local",
    /\b(?:laptop|notebook pc|macbook|mac mini|mac studio|my (?:own )?(?:pc|desktop|machine|computer|workstation|home ?(?:lab|server)|gaming (?:pc|rig))|gaming (?:pc|laptop|rig)|locally|run(?:s|ning)? local|local(?:ly)? (?:only|machine|inference)|home ?lab|localhost)\b|笔记本|本地跑|\blokal\b|\ben local\b|\blocalmente\b/,
  ],
  [
    "cloud",
    /\b(?:in the cloud|cloud[ -](?:only|hosted|deployment|gpus?)|serverless)\b|云端|云上|\bin der cloud\b|\ben la nube\b|\bna nuvem\b/,
  ],
];

/** Where the answers are to be given from, where the text says it. */
function readTarget(reading: Reading): void {
  const { text } = reading;
  for (const [target, pattern] of TARGETS) {
    const match = pattern.exec(text.low);
    if (!match) continue;
    if (
      /\b(?:not|no|without|instead of|never|don'?t|can'?t|kein\w*|than|avoid)\s(?:(?!so\b|but\b|and\b)\w+\s){0,2}$/.test(
        before(text, match.index, 24),
      )
    )
      continue;
    say(
      reading,
      "deploymentTarget",
      target,
      [match.index, match.index + match[0].length],
      target === "local" || target === "edge" ? "inferred" : "stated",
    );
    return;
  }
}

import type { BriefValues } from "./brief.ts";
import { type Reading, say } from "./reading.ts";
import { after, before, type Span } from "./text.ts";

type Modality = NonNullable<BriefValues["modality"]>;

/** What is trained for, the most telling first. */
const TASKS: [task: string, pattern: RegExp, modality?: Modality][] = [
  ["dpo", /\bdpo(?:\.py)?\b|\bdirect preference\b/],
  [
    "preference",
    /\b(?:orpo|kto|simpo|ipo training)\b|\bpreference (?:tun\w+|optimi[sz]\w+|train\w+|data|pairs?|learning)|\bchosen\/rejected\b|偏好/,
  ],
  [
    "grpo",
    /\b(?:grpo|ppo|rlhf|rlvr|gspo|dapo)\b|\breinforcement (?:learning|fine)|\brl[ -](?:train\w*|tun\w*|fine)|\breward model/,
  ],
  [
    "pretrain",
    /\b(?:(?:continued|continual|continue|domain)[ -]?)?pre-?train(?:ing|ed)? (?!model|weights|checkpoint|backbone|encoder|on imagenet|yolo|bert|network)|\bpre-?training\b|\bfrom scratch\b|\b(?:cpt|dapt)\b(?!-?\d?[ -]?cod)|预训练|継続事前学習|\bpreentren\w+|\bvortrain\w+/,
  ],
  ["distillation", /\bdistil(?:l|lation|ling)\b|蒸馏/],
  [
    "text-to-speech",
    /\btts\b|\btext[ -]to[ -]speech\b|\bvoice clon\w+|\bspeech synth\w+|\bclone (?:a |my |the )?voice|语音合成/,
    "audio",
  ],
  ["speaker-diarization", /\bdiari[sz]ation\b|\bspeaker (?:id|recognition|verification)\b/, "audio"],
  [
    "transcription",
    /\btranscri(?:be|bing|ption|pts? from audio)\w*|\b(?:asr|stt)\b|\bspeech[ -](?:to[ -]text|recognition)\b|\bsubtitl\w+|转写|语音识别|文字起こし|\btranskri\w+|\btranscrever\b|\btranscribir\b|\btranscrire\b/,
    "audio",
  ],
  [
    "token-classification",
    /\bner\b|\bnamed[ -]entit\w+|\btoken[ -]classif\w+|\bpii (?:detect\w+|redact\w+|mask\w+)|实体识别/,
    "llm",
  ],
  [
    "forecasting",
    /\bforecast\w*|\btime[ -]series\b|\bdemand predict\w+|\bpredict(?:ing)? (?:sales|demand|load|traffic|prices)|预测销量|\b\w*prognosen?\b|\bprognosti\w+|\bprevis(?:ão|ión)\b/,
    "tabular",
  ],
  [
    "segmentation",
    /\b(?:semantic |instance |image |lesion |tumou?r )?segment(?:ation|ing|er)\b|\bsegment (?:the |all |our )?(?:[1-4]-?d )?(?:tumou?r|cells|organs|roads|images|mri|ct|volumes?|scans?|lesions|vessels|nuclei|buildings|fields|teeth|brain|liver|lungs?|photos|x-rays)|\bsegment the |分割/,
    "vision",
  ],
  [
    "anomaly-detection",
    /\banomal(?:y|ies)\b(?![^.]{0,60}\b(?:images?|cameras?|photos?|visual)\b)|\boutliers?\b/,
    "tabular",
  ],
  [
    "detection",
    /\b(?:object|defects?|anomaly|sign|face|person|vehicle|license plate|licence plate|plate|pothole|helmet|fire|weapon|damage|people|crack|weed|ppe|leak) detect\w+|\bdetect(?:ion|or|ing)?\b(?= (?:on|in|of|model|from|with|,))|\bdetect (?:defects?|objects?|people|cars|scratches|cracks|weeds|helmets)|\bbounding box\w*|检测|目标检测/,
  ],
  ["reidentification", /\bre-?id\b|\bre-?identification\b/, "vision"],
  [
    "extraction",
    /\b(?:extract(?:ion|ed|ing|s)?|parse|parsing|structured output|fields? from|key[ -]value)\b|抽取|提取|\bextra(?:er|ir|ire|hieren|ção|cción)\w*|\bauslesen\b/,
  ],
  [
    "ocr",
    /\bocr\b|\bhandwrit\w+|\bread (?:receipts|invoices|labels|meters)|\bler notas fiscais\b|文字识别|\bleer (?:facturas|recibos)/,
  ],
  [
    "classification",
    /\bclassif(?:y|ier|iers|ication|ying|ies)\b|\bsentiment\b|\btriag\w+|\btoxic\w*|\bspam\b|\bmoderation\b|\bcategori[sz]\w+|\bintent (?:detect\w+|recogni\w+)?|\bchurn\b|\bfraud\b|\b(?:icd|cpt|hcpcs|snomed|loinc|atc|naics|sic|hs|meddra|gtin|opcs|ops)(?:[ -]?\d{1,2})?(?:-?(?:cm|pcs|gm))?[ -](?:codes?|coding|labels?|chapters?)\b|\b(?:medical|clinical|billing|diagnosis|procedure) cod(?:es?|ing)\b|\b(?:predict|assign|suggest)(?:s|ing)? (?:the |a |an )?(?:\w+ ){0,4}(?:codes?|labels?|categor(?:y|ies)|class(?:es)?|tags?)\b|\blabel(?:s|ling)? (?:into|as)\b|\brouting tickets\b|\broute (?:tickets|emails)|\btag(?:ging)? (?:tickets|emails|products)|\bcredit (?:risk|scoring)|\b\d{1,4} (?:classes|categories|intents|labels)\b|\bclasific\w+|\bklassifi\w+|\bclassific\w+|分类|情感分析/,
  ],
  [
    "regression",
    /\bregress(?:ion|or)\b|\bpredict(?:ing)? (?:the )?(?:price|prices|value|score|house|salary|ltv)\b|回归/,
    "tabular",
  ],
  ["recommendation", /\brecommend(?:er|ation|ations)\b|推荐/],
  ["reranking", /\bre-?rank\w*/, "embedding"],
  [
    "image-generation",
    /\b(?:text[ -]to[ -](?:image|video)|image gen\w*|generate (?:images|pictures|photos|videos|logos)|dreambooth|inpaint\w+|textual inversion|product (?:shots|photos) gen\w*)\b|生图|文生图/,
    "diffusion",
  ],
  [
    "embedding",
    /\bembed(?:ding|dings|der)?\b|\bsemantic search\b|\bre-?index\b|\bvector (?:search|db|index)\b|\bsimilarity search\b|向量/,
    "embedding",
  ],
  ["captioning", /\bcaption(?:ing|s)?\b|\bvqa\b|\bvisual question\b/, "vlm"],
  [
    "summarization",
    /(?<!\b(?:discharge|clinical|visit|patient|encounter|hospital) )\bsummar(?:y|ies)\b|\b(?:write|writing|generat\w+|draft\w*|creat\w+|produc\w+) (?:\w+ ){0,2}summar(?:y|ies)\b|\bsummari[sz]\w+\b|(?<!^\W{0,4})\btl;?dr\b|摘要|总结|\bzusammenfass\w+|\bresum(?:ir|os|en)\b|\brésum\w+/,
    "llm",
  ],
  ["translation", /\btranslat\w+|\bmachine translation\b|翻译|\btraduc\w+|\btradu(?:zir|ção)\b|\bübersetz\w+/, "llm"],
  [
    "code",
    /\bcode[ -](?:completion|assistant|generation|gen|review|model|suggestions?|autocomplete)\b|\bcoding (?:assistant|model|agent|copilot)\b|\bautocomplete\b|\bcopilot\b|\btext[ -]?(?:to|2)[ -]?sql\b|\bsql generation\b|代码补全|代码/,
    "llm",
  ],
  [
    "question-answering",
    /\b(?:q&a|qa bot|question[ -]answering|rag\b|retrieval[ -]augmented|answers? questions|ask questions)\b|问答/,
    "llm",
  ],
  [
    "chat",
    /\bchat ?bots?\b|\bassistants?\b|\bchat (?:model|app|ui|interface)\b|\bcustomer (?:support|service) (?:bot|agent|chat)\b|\bhelpdesk bot\b|\bagents?\b(?= (?:that|for|with|to)|$|,)|\btool[ -]?call\w+|\bfunction calling\b|聊天|客服|对话/,
    "llm",
  ],
];

const TRAIN =
  /\b(?:fine[ -]?tun\w*|finetun\w*|ft\b|sft|train(?:ing|ed|s)?|retrain\w*|pre-?train\w*|q?lora|dpo|grpo|distil(?:l|led|ling|lation)?|epochs?|teach|adapt|tune|tuning|instruct-?tun\w*|entren\w+|trein\w+|ajust(?:ar|e) fin\w*|trainieren|fein(?:tun|abstimm|justier)\w*|entraîn\w+|entrain\w+|dreambooth|learn from)\b|微调|训练|全参|精调|ファインチューニング|学習|追加学習|학습|파인튜닝/g;
const SERVE =
  /\b(?:serv(?:e|ing|es)|deploy(?:ed|ing|ment)?|host(?:ed|ing)?|inference|infer\b|endpoint|api\b|rps|qps|req(?:uest)?s?\s?(?:\/|per) ?s|per prompt\b|(?:max[ _-]?num[ _-]?)?seqs\b|(?:gpu[ _-]?(?:memory[ _-]?)?)?util(?:i[sz]ation)?\s?[=:]?\s?0?\.\d|kv[ _-]?cache|tok(?:en)?s?\s?\/\s?s|tokens per second|latency|p9[59]|(?:first|1st)[ -]token|in production|production traffic|concurrent|users at once|ttft|vllm|sglang|tgi|ollama|llama\.?cpp|self[ -]host\w*|real[ -]?time|streams?|transcribe|re-?index|desplegar|despliegue|implantar|bereitstellen|déployer|inferencia|inferência|inferenz)\b|部署|推理|上线|推論|并发|服务/g;
const OURS_ALREADY = /\b(?:our|already|my|a|the|existing|previously|finished) $/;

/** Whether it is to be trained, served, or both. */
export function readPhase(reading: Reading): void {
  const { text } = reading;
  let train: Span | undefined;
  for (const match of text.low.matchAll(TRAIN)) {
    const lead = before(text, match.index, 24);
    // "deploy our finetuned mixtral", "a pretrained yolo", "training data": said of what exists.
    if (
      /(?:tuned|trained)$/.test(match[0]) &&
      (OURS_ALREADY.test(lead) ||
        /^\s?(?:model|weights|checkpoint|on)/.test(after(text, match.index + match[0].length, 16)))
    )
      continue;
    if (/\b(?:no|not|without|don'?t (?:want|need) to|never|isn'?t|instead of|avoid)\s(?:do\s|any\s)?$/.test(lead))
      continue;
    train = [match.index, match.index + match[0].length];
    break;
  }
  let serve: Span | undefined;
  for (const match of text.low.matchAll(SERVE)) {
    const lead = before(text, match.index, 24);
    if (/\b(?:no|not|without|teacher runs on together|together|openai|gpt-?4|deploying later)\s$/.test(lead)) continue;
    serve = [match.index, match.index + match[0].length];
    break;
  }
  const { brief } = reading;
  if (!train && !serve) serve = runs(reading);
  if (!serve && (brief.requestsPerSecond || brief.latencyMs || brief.tokensPerSecond || brief.concurrentUsers)) {
    serve = (brief.requestsPerSecond ?? brief.latencyMs ?? brief.tokensPerSecond ?? brief.concurrentUsers)!.span;
  }
  if (!train && (brief.method || brief.epochs || brief.microBatchSize))
    train = (brief.method ?? brief.epochs ?? brief.microBatchSize)!.span;
  if (train && serve) say(reading, "phase", "both", train);
  else if (train) say(reading, "phase", "train", train);
  else if (serve) say(reading, "phase", "serve", serve);
}

const RUN = /\b(?:run|running|use|using|host|try(?: out)?|correr|ejecutar|rodar|laufen lassen|faire tourner) /g;
const A_MODEL =
  /^(?:(?:an?|the|some|any|our|my|small|tiny|local|open|big|large|decent|good) )*(?:llms?|slms?|language models?|chat ?bots?|models?|chatgpt)(?![a-z])/;

/** "Run a small LLM on my laptop", "running Qwen3 8B locally": a model is used as it is. */
function runs({ text, models }: Reading): Span | undefined {
  for (const match of text.low.matchAll(RUN)) {
    const end = match.index + match[0].length;
    const named = models.some(
      (m) => !m.refused && m.span[0] >= end && /^(?:an?|the|some|my|our| )*$/.test(text.low.slice(end, m.span[0])),
    );
    if (named || A_MODEL.test(after(text, end, 48))) return [match.index, end - 1];
  }
  return undefined;
}

/** Words that show the kind of data or model, for texts that name no model. */
const SHOWS: [Modality, RegExp][] = [
  [
    "vlm",
    /\b(?:vlms?|vision[ -]language|visual question|multi-?modal (?:llm|model|chat)|image captioning|screenshots? to)\b|多模态/,
  ],
  [
    "diffusion",
    /\b(?:diffusion|text[ -]to[ -]image|image gen\w*|dreambooth|comfyui|style lora|generate (?:images|videos))\b|文生图/,
  ],
  [
    "audio",
    /\b(?:audio|speech|(?<!\b(?:tone of|brand|our|your|house|my|writing|editorial|company|active|passive) )voice(?! (?:and tone|guide|of (?:the |our )?(?:customer|brand)))|transcri\w+|asr|tts|podcasts?|call recordings?|music|sound|spoken|utterances?)\b|语音|音频|音声/,
  ],
  [
    "tabular",
    /\b(?:tabular|columns?|cols|features? table|churn|xgboost|lightgbm|catboost|gradient boost\w*|forecast\w*|time[ -]series|fraud|credit scoring|sensor data|csv|spreadsheet)\b|表格|销量/,
  ],
  [
    "embedding",
    /\b(?:embeddings?|embedder|semantic search|re-?index|vector (?:search|db|index)|similarity search|re-?rank\w*)\b|向量/,
  ],
  [
    "vision",
    /\b(?:object detection|detection|segmentation|cameras?|cctv|image classif\w+|images?|photos?|pictures?|x-?rays?|scans?|satellite|drone|video (?:analytics|surveillance)|computer vision|re-?id|defects?|bounding box\w*|traffic sign|microscop\w+|mri|ct scans?|frames)\b|图像|图片|视觉|摄像头|\bimagens\b|\bimágenes\b|\bbilder\b/,
  ],
  [
    "llm",
    /\b(?:llms?|bots?|faqs?|language model|gpt|chat ?bot|chat|rag|tokens?|tok|sft|dpo|grpo|rlhf|instruct\w*|wiki|prompts?|q?lora|text|tickets|emails|support|documents?|docs|contracts|notes|letters|summar\w+|diagnos\w+|legal|summar\w+|translat\w+|code completion|coding|assistant|agents?|texts?|reviews?|sentiment|messages|tweets|clauses|articles|conversations|fine[ -]?tun\w*|finetun\w*|pretrain\w*|questions|q&a|api|quantized|awq|gptq|gguf|context)\b|大模型|微调|对话|全参|文本/,
  ],
];

/** What is asked of the model and what kind of model that makes it. Read last: everything said helps. */
export function readPurpose(reading: Reading): void {
  const { text, brief } = reading;
  const named =
    reading.models.find((m) => !m.refused && m.modality === "llm") ??
    reading.models.find((m) => !m.refused && m.modality);
  const main = reading.models.find((m) => m.name === brief.model?.value) ?? named;
  let task: { task: string; modality?: Modality; span: Span } | undefined;
  for (const [name, pattern, modality] of TASKS) {
    const match = pattern.exec(text.low);
    if (!match || /\b(?:no|not|without)\s$/.test(before(text, match.index, 12))) continue;
    task = { task: name, modality, span: [match.index, match.index + match[0].length] };
    break;
  }
  if (task?.task === "distillation" && main) task = undefined;
  const shown = SHOWS.find(([, pattern]) => pattern.test(text.low));
  if (main?.modality) say(reading, "modality", main.modality, main.span, "inferred");
  else if (brief.parameterCount && brief.parameterCount.value >= 4e8 && shown?.[0] !== "vlm")
    say(reading, "modality", "llm", brief.parameterCount.span!, "inferred");
  else if (brief.tokensPerSecond || brief.tokenCount)
    say(reading, "modality", "llm", (brief.tokensPerSecond ?? brief.tokenCount)!.span!, "inferred");
  else if (task?.modality) say(reading, "modality", task.modality, task.span, "inferred");
  else if (shown) {
    const match = shown[1].exec(text.low)!;
    say(reading, "modality", shown[0], [match.index, match.index + match[0].length], "inferred");
  }
  const modality = brief.modality?.value;
  const trains = brief.phase?.value !== "serve" && brief.phase !== undefined;
  // What a chat or question-answering model is trained by is supervised fine-tuning.
  if (task && trains && modality === "llm" && /^(?:chat|question-answering)$/.test(task.task))
    say(reading, "task", "sft", brief.phase!.span!, "inferred");
  else if (task) say(reading, "task", task.task, task.span, "inferred");
  else if (trains && main && BACKBONE.test(main.name)) say(reading, "task", "classification", main.span, "inferred");
  else if (trains && (modality === "llm" || modality === "vlm"))
    say(reading, "task", "sft", brief.phase!.span!, "inferred");
  else if (modality === "embedding") say(reading, "task", "embedding", brief.modality!.span!, "inferred");
  else if (modality === "diffusion") say(reading, "task", "image-generation", brief.modality!.span!, "inferred");
  else if (modality === "audio" && main && /whisper|wav2vec|parakeet|hubert|conformer/i.test(main.name))
    say(reading, "task", "transcription", main.span, "inferred");
  else if (modality === "vision" && main && /yolo|detr|rcnn|r-cnn|retinanet|ssd/i.test(main.name))
    say(reading, "task", "detection", main.span, "inferred");
  else if (modality === "vision" && main && /u-?net|segformer|mask2former|deeplab|mask[ -]?r-?cnn/i.test(main.name))
    say(reading, "task", "segmentation", main.span, "inferred");
  else if (modality === "vision" && main && /resnet|vit|efficientnet|convnext|mobilenet/i.test(main.name))
    say(reading, "task", "classification", main.span, "inferred");
  else if (brief.phase?.value === "serve" && modality === "llm")
    say(reading, "task", "generation", brief.phase.span!, "inferred");
  trainsItsHead(reading, main?.name);
  readEnvironments(reading);
}

const BACKBONE = /bert|electra/i;
const IMAGE_BACKBONE = /resnet|vit|efficientnet|convnext|mobilenet|swin|dino/i;
const OWN_CLASSES = /\b\d{1,5} (?:\w+ )?(?:classes|categories|intents|labels|tags|types|kinds)\b/;
const FINISHED =
  /(?<!pre-?)\b(?:fine[ -]?tuned|trained)\b|\b(?:finished|existing)\b|\b(?:my|our) (?:own )?(?:model|classifier|checkpoint|weights)\b|\b(?:no|without|not|never) (?:any )?(?:fine[ -]?tun|train)|\bzero[ -]shot\b|\binference only\b/;

/**
 * A backbone has no head for somebody's own classes: "classify 50k tickets with ModernBERT, 5 requests/s" is training
 * first. Pictures are another matter where nobody says that the classes are their own: ImageNet's come with the weights.
 */
function trainsItsHead({ text, brief }: Reading, model: string | undefined): void {
  const { task, phase } = brief;
  if (phase?.value !== "serve" || !task || !/^(?:token-)?classification$/.test(task.value)) return;
  const ownClasses = brief.exampleCount !== undefined || OWN_CLASSES.test(text.low);
  const hasHead = model !== undefined && !BACKBONE.test(model) && !(IMAGE_BACKBONE.test(model) && ownClasses);
  if (hasHead || FINISHED.test(text.low)) return;
  brief.phase = { value: "both", from: "inferred", span: task.span };
}

const STAGE = "(?:dev(?:elopment)?|stag(?:e|ing)|prod(?:uction)?|test|qa|uat)";
const STAGES = new RegExp(
  `\\b${STAGE}(?:\\s?(?:,|\\/|\\+|&|and|und|y|e|et|->|>)\\s?(?:and )?${STAGE})+\\b|\\b${STAGE} (?:environments?|envs?)\\b`,
);

function readEnvironments(reading: Reading): void {
  const match = STAGES.exec(reading.text.low);
  if (!match) return;
  const found: ("dev" | "staging" | "prod")[] = [];
  if (/dev/.test(match[0])) found.push("dev");
  if (/stag|qa|uat/.test(match[0])) found.push("staging");
  if (/prod/.test(match[0])) found.push("prod");
  if (found.length > 0) say(reading, "environments", found, [match.index, match.index + match[0].length]);
}

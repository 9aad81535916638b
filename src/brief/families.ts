import type { BriefValues } from "./brief.ts";

type Modality = NonNullable<BriefValues["modality"]>;

/** A line of models that people name: how it is spelled, what it is, and whether its bare name is also an English word. */
export interface Family {
  /** Source of a pattern over lower-case text; it begins and ends at the edge of a word or before a digit. */
  spelled: string;
  modality: Modality;
  /** The bare name is not enough ("opt", "phi", "sam"): a version or size must follow. */
  needsNumber?: true;
  /** The bare name is one model, or close enough to plan with ("whisper", "distilbert"), and not a line of sizes. */
  whole?: true;
}

function families(modality: Modality, spelled: string[], more: Partial<Family> = {}): Family[] {
  return spelled.map((s) => ({ spelled: s, modality, ...more }));
}

/** Longest and most specific first: the first that matches at a position wins. */
export const FAMILIES: readonly Family[] = [
  ...families("vlm", [
    "qwen ?-?_?\\d?(?:\\.\\d)?[ -]?vl",
    "llava(?:[ -]next|[ -]onevision)?",
    "internvl",
    "paligemma",
    "pixtral",
    "idefics",
    "smolvlm",
    "minicpm-?v",
    "moondream",
    "molmo",
    "cogvlm",
    "blip",
    "donut",
    "florence-?2",
    "kosmos-?2",
    "granite[ -]vision",
    "phi-?\\d(?:\\.\\d)?[ -]vision",
    "llama[ -]?3\\.2[ -]?(?:11b|90b)",
  ]),
  ...families("embedding", [
    "bge",
    "multilingual[ -]e5",
    "gte",
    "all[ -]minilm",
    "minilm",
    "all[ -]mpnet",
    "mpnet",
    "nomic[ -]embed",
    "jina[ -]embeddings?",
    "mxbai(?:[ -]embed)?",
    "embeddinggemma",
    "snowflake[ -]arctic[ -]embed",
    "arctic[ -]embed",
    "qwen ?3[ -]embedding",
    "granite[ -]embedding",
    "sbert",
    "colbert",
    "gte[ -]modernbert",
    "instructor[ -]xl",
  ], { whole: true }),
  ...families("embedding", ["e5"], { needsNumber: true }),
  ...families("llm", [
    "tinyllama",
    "code[ -]?llama",
    "open[ -]?llama",
    "llama",
    "alpaca",
    "vicuna",
    "mixtral",
    "mistral",
    "ministral",
    "codestral",
    "devstral",
    "magistral",
    "qwen",
    "qwq",
    "codegemma",
    "medgemma",
    "recurrentgemma",
    "gemma",
    "deepseek",
    "falcon",
    "gpt-?oss",
    "gpt-?neox?",
    "gpt-?j",
    "gpt-?2",
    "pythia",
    "mpt",
    "olmoe?",
    "smollm",
    "stablelm",
    "starcoder",
    "internlm",
    "baichuan",
    "chatglm",
    "codeglm",
    "glm",
    "kimi",
    "minimax",
    "minicpm",
    "nemotron",
    "granite",
    "command[ -]r",
    "dbrx",
    "jamba",
    "mamba",
    "rwkv",
    "zephyr",
    "openchat",
    "salamandra",
    "eurollm",
    "redpajama",
    "bloomz?",
    "flan[ -]?t5",
    "flan[ -]?ul2",
    "mt5",
    "byt5",
    "t5",
    "bart",
    "nllb",
    "pegasus",
    "m2m100",
    "mimo",
  ]),
  ...families("llm", ["phi", "opt", "yi", "aya", "solar", "exaone", "orca", "hermes", "ernie", "hunyuan", "gemini nano"], {
    needsNumber: true,
  }),
  ...families(
    "llm",
    ["distil-?bert", "distil-?roberta", "modern-?bert", "deberta", "xlm-?r(?:oberta)?", "roberta", "albert", "electra", "legal-?bert", "bio-?bert", "clinical-?bert", "fin-?bert", "sci-?bert", "camembert", "longformer", "setfit", "m-?bert", "bert"],
    { whole: true },
  ),
  ...families(
    "vision",
    ["rt-?detr", "detr", "mask[ -]?r-?cnn", "faster[ -]?r-?cnn", "retinanet", "ssd-?mobilenet", "seg-?former", "mask2former", "u-?net", "nnu-?net", "deeplab", "mobilenet", "efficient-?net", "efficientdet", "wide[ -]resnet", "resnext", "resnet", "dense-?net", "convnext", "regnet", "inception", "vgg", "dino", "swin", "deit", "maxvit", "beit", "mobilevit", "siglip", "open[ -]?clip", "clip[ -]vit", "vit", "sam[ -]?2", "segment[ -]anything", "anomalib", "padim", "patchcore", "yolo(?:x|v|[ -]?nas|[ -]?world)?", "paddle-?ocr", "trocr", "layoutlm"],
    { whole: true },
  ),
  ...families(
    "audio",
    ["distil-?whisper", "faster[ -]?whisper", "whisper", "wav2vec ?2?", "w2v-?bert", "hubert", "wavlm", "parakeet", "conformer", "fastconformer", "xtts", "f5[ -]?tts", "kokoro", "vits", "tacotron", "musicgen", "seamless(?:m4t)?", "speecht5", "orpheus", "voxtral", "moonshine"],
    { whole: true },
  ),
  ...families(
    "diffusion",
    ["stable[ -]?diffusion", "sdxl", "flux", "hunyuan[ -]?video", "cogvideox?", "ltx[ -]?video", "pixart", "kandinsky", "animatediff", "controlnet", "stable[ -]video"],
    { whole: true },
  ),
  ...families("diffusion", ["sd", "wan"], { needsNumber: true }),
  ...families("tabular", ["xgboost", "lightgbm", "catboost", "tabpfn", "tabnet", "random[ -]forest", "prophet", "chronos", "timesfm", "n-?beats", "tft", "lstm"], { whole: true }),
];

/** Models behind somebody's API: named in a text, but nothing to train or host here. */
export const CLOSED = /(?<![a-z0-9])(?:chat-?gpt|gpt-?[345](?:\.\d)?o?(?:[ -](?:turbo|mini|nano))?|o[134](?:-mini)?|claude(?:[ -](?:opus|sonnet|haiku))?(?:[ -]\d(?:\.\d)?)?|gemini(?:[ -]\d(?:\.\d)?)?(?:[ -](?:pro|flash))?|text-embedding-(?:3-small|3-large|ada-002)|dall-?e(?:[ -]\d)?|midjourney|gpt-?4[ -]?(?:o|v)?)(?![a-z0-9])/g;

/** Words that continue a model's name after its family, version and size. */
export const NAME_WORDS =
  "instruct|inst|chat|base|it|hf|coder|code|math|vl|vision|omni|audio|embedding|embed|large|small|medium|tiny|mini|nano|micro|pro|turbo|xxl|xl|huge|giant|nemo|next|scout|maverick|distill|flash|lightning|super|ultra|lite|moe|r1|r2|k2|qwen|llama|zephyr|uncased|cased|multilingual|english|thinking|reasoning|guard|dev|schnell|open|seg|cls|pose|obb|unet|cnn|en|de|fr|m3|b[0-7]|bigg|so400m|patch\\d{1,2}|ft";

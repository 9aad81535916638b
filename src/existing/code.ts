import type { Brief } from "../brief/brief.ts";
import { findModel } from "../catalog/names.ts";
import type { Catalog } from "../catalog/schema.ts";
import { type ExistingFile, extensionOf, type Finding, lineAt, quoted } from "./file.ts";

/** What a class or call says about the work, the most telling first: the first that is there decides a field. */
const CALLS: readonly [pattern: RegExp, values: { [K in keyof Brief]?: Finding["value"] }][] = [
  [/\bDPOTrainer\b|\bDPOConfig\b|\bORPOTrainer\b|\bKTOTrainer\b/, { task: "dpo", modality: "llm" }],
  [/\bGRPOTrainer\b|\bPPOTrainer\b/, { task: "grpo", modality: "llm" }],
  [/\bSFTTrainer\b|\bSFTConfig\b/, { task: "sft", modality: "llm" }],
  [/\bAutoModelForSequenceClassification\b/, { task: "classification" }],
  [/\bAutoModelForTokenClassification\b/, { task: "token-classification" }],
  [/\bAutoModelForImageClassification\b|\btimm\.create_model\b/, { task: "classification", modality: "vision" }],
  [/\bAutoModelForObjectDetection\b|\bYOLO\(/, { task: "detection", modality: "vision" }],
  [/\bAutoModelForSemanticSegmentation\b/, { task: "segmentation", modality: "vision" }],
  [/\bWhisperForConditionalGeneration\b|\bAutoModelForSpeechSeq2Seq\b/, { task: "transcription", modality: "audio" }],
  [/\bSentenceTransformer\(/, { task: "embedding", modality: "embedding" }],
  [/\bAutoModelForImageTextToText\b|\bAutoModelForVision2Seq\b/, { modality: "vlm" }],
  [/\b(?:Stable)?DiffusionPipeline\b|\bUNet2DConditionModel\b/, { modality: "diffusion" }],
  [/\bAutoModelForCausalLM\b/, { modality: "llm" }],
];
const FOUR_BIT = /\bload_in_4bit\s*=\s*True\b|\bbnb_4bit_quant_type\b/;
const ADAPTER = /\bLoraConfig\b|\bget_peft_model\b/;

/** A model's name in a call or as a value: "org/name" or a bare name within quotes or after a flag. */
const MODEL_NAME =
  /from_pretrained\(\s*["']([^"'\s]{2,120})["']|\b(?:model_name(?:_or_path)?|model_id|base_model|model_path|MODEL(?:_NAME|_ID)?)["']?\s*[:=]\s*["']([^"'\s]{2,120})["']|--(?:model(?:_name_or_path|-name-or-path|_name|_id)?|base[_-]model)[ =]["']?([^"'\s\\]{2,120})|\bpipeline\([^)]*\bmodel\s*=\s*["']([^"'\s]{2,120})["']/g;

const PER_NODE = /--nproc[_-]per[_-]node[ =](\d{1,3})\b|--num_gpus[ =](\d{1,3})\b/;
const IN_ALL = /--num_processes[ =](\d{1,4})\b/;
const NODES = /--nnodes[ =](\d{1,4})\b|--num_(?:machines|nodes)[ =](\d{1,4})\b/;

/** Scripts and notebooks: which model, which task and method, how many devices. */
export function readCode(file: ExistingFile, catalog: Catalog): Finding[] {
  const text = codeOf(file);
  if (text === undefined) return [];
  const found: Finding[] = [];
  const add = (field: Finding["field"], value: Finding["value"], offset: number, words: string): void => {
    if (found.some((f) => f.field === field)) return;
    found.push({ field, value, path: file.path, line: lineAt(text, offset), words: quoted(words) });
  };
  for (const match of text.matchAll(MODEL_NAME)) {
    const name = match.slice(1).find((group) => group !== undefined) ?? "";
    const model = findModel(catalog, name);
    if (model) add("model", model.id, match.index, match[0]);
  }
  for (const [pattern, values] of CALLS) {
    const match = pattern.exec(text);
    if (!match) continue;
    for (const [field, value] of Object.entries(values))
      add(field as Finding["field"], value as Finding["value"], match.index, match[0]);
  }
  const adapter = ADAPTER.exec(text);
  const fourBit = FOUR_BIT.exec(text);
  if (adapter) add("method", fourBit ? "qlora" : "lora", adapter.index, fourBit ? fourBit[0] : adapter[0]);
  readLaunch(text, add);
  return found;
}

/** Devices of a launch: torchrun and deepspeed count them on each node, accelerate in all; a brief counts them in all. */
function readLaunch(
  text: string,
  add: (field: Finding["field"], value: number, offset: number, words: string) => void,
): void {
  const count = (pattern: RegExp): { value: number; match: RegExpExecArray } | undefined => {
    const match = pattern.exec(text);
    const value = Number(match?.slice(1).find((group) => group !== undefined));
    return match && value > 0 ? { value, match } : undefined;
  };
  const nodes = count(NODES);
  const all = count(IN_ALL);
  const each = count(PER_NODE);
  if (nodes && nodes.value > 1) add("nodeCount", nodes.value, nodes.match.index, nodes.match[0]);
  if (all) add("acceleratorCount", all.value, all.match.index, all.match[0]);
  else if (each) add("acceleratorCount", each.value * (nodes?.value ?? 1), each.match.index, each.match[0]);
}

/** The program text of a file; a notebook's code cells one after another, so that line numbers count within them. */
function codeOf(file: ExistingFile): string | undefined {
  switch (extensionOf(file.path)) {
    case "py":
    case "sh":
    case "bash":
    case "slurm":
    case "sbatch":
      return file.text;
    case "ipynb":
      return cellsOf(file.text);
    default:
      return /(?:^|\/)(?:makefile|justfile)$/i.test(file.path) ? file.text : undefined;
  }
}

function cellsOf(text: string): string | undefined {
  try {
    const { cells } = JSON.parse(text) as { cells?: { cell_type?: string; source?: string | string[] }[] };
    if (!Array.isArray(cells)) return undefined;
    return cells
      .filter((cell) => cell?.cell_type === "code")
      .map((cell) => (Array.isArray(cell.source) ? cell.source.join("") : (cell.source ?? "")))
      .join("\n");
  } catch {
    return undefined; // cut off at the size limit, or not a notebook
  }
}

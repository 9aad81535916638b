import type { BriefValues } from "./brief.ts";
import { type Reading, say } from "./reading.ts";
import { isRefused } from "./refusals.ts";
import type { Span } from "./text.ts";

type Current = NonNullable<BriefValues["current"]>;
type Words = { pattern: RegExp; set(match: RegExpExecArray, refused: boolean): Current | undefined };

/** A setting that is named is on; one that is refused says nothing, unless its absence is a setting too. */
const plain =
  (current: Current) =>
  (_: RegExpExecArray, refused: boolean): Current | undefined =>
    refused ? undefined : current;
const counted =
  (field: "loraRank" | "gradientAccumulationSteps" | "evaluationBatchSize" | "tensorParallel", most: number) =>
  (match: RegExpExecArray): Current | undefined => {
    const n = Number(match[1] ?? match[2]);
    return n >= 1 && n <= most ? { [field]: n } : undefined;
  };
const flag =
  (field: "gradientCheckpointing" | "fusedLoss") =>
  (match: RegExpExecArray, refused: boolean): Current => ({ [field]: !refused && match[1] === undefined });

/** Settings as people say them in a sentence. Of one field the first that is said counts. */
const SETTINGS: Words[] = [
  {
    pattern: /\b(?:deepspeed )?(?:zero|stage)[ _-]?([123])\b/,
    set: (m, refused) => (refused ? undefined : { sharding: `zero-${m[1]}` as "zero-1" | "zero-2" | "zero-3" }),
  },
  { pattern: /\bfsdp2?\b|\bfull[ _-]shard\b/, set: plain({ sharding: "fsdp" }) },
  { pattern: /\bddp\b|\bdata[ -]parallel\b/, set: plain({ sharding: "none" }) },
  {
    pattern: /\boptimi[sz]er (?:state )?offload\w*|\boffload\w* (?:the )?optimi[sz]er/,
    set: plain({ offload: "optimizer" }),
  },
  {
    pattern: /\b(?:cpu[ -]?)?offload(?:ing|ed)?\b(?! (?:the )?(?:data|work|tasks?|compute))/,
    set: (_, refused) => ({ offload: refused ? "none" : "optimizer+parameters" }),
  },
  { pattern: /\bpaged[ _-]?adamw?[ _-]?8[ _-]?bit\b/, set: plain({ optimizer: "paged-adamw-8bit" }) },
  { pattern: /\bpaged[ _-]?adamw?\b/, set: plain({ optimizer: "paged-adamw" }) },
  { pattern: /\badamw?[ _-]?8[ _-]?bit\b|\b8[ -]?bit[ -]adamw?\b/, set: plain({ optimizer: "adamw-8bit" }) },
  { pattern: /\b(adafactor|lion|muon|galore)\b/, set: (m, no) => (no ? undefined : { optimizer: m[1]! }) },
  { pattern: /\bdouble[ -]?quant\w*/, set: plain({ baseQuantization: "nf4-dq" }) },
  { pattern: /\bgptq\b/, set: plain({ baseQuantization: "gptq-int4" }) },
  { pattern: /\bawq\b/, set: plain({ baseQuantization: "awq-int4" }) },
  {
    pattern:
      /\bfp8[ -](?:base|weights?|checkpoint|quanti[sz]\w*)|\b(?:serve[ds]?|serving|host|deploy)\b[^;\n]{0,60}? (?:in|with|at|as) fp8\b/,
    set: plain({ baseQuantization: "fp8" }),
  },
  {
    pattern: /\b(?:8[ -]?bit|int8)\b(?![ _-]?(?:adam|optim|paged))(?<!(?:adamw?|adam)[ _-]?8[ -]?bit)/,
    set: plain({ baseQuantization: "int8" }),
  },
  { pattern: /\b(?:fp32|float32|full precision)\b/, set: plain({ dtype: "fp32" }) },
  {
    pattern: /\b(?:pure[ -](bf16|fp16)|(bf16|fp16)[ -](?:true|pure|weights?))\b/,
    set: (m, no) => (no ? undefined : { dtype: (m[1] ?? m[2]) as "bf16" | "fp16" }),
  },
  {
    pattern: /\b(bf16|fp16|bfloat16|float16)\b/,
    set: (m, no) => (no ? undefined : { dtype: m[1]!.startsWith("b") ? "bf16-mixed" : "fp16-mixed" }),
  },
  {
    pattern: /\b(?:gradient|grad|activation)[ _-]?checkpoint(?:ing|s)?(?: (?:is |turned |switched )?(off|disabled))?\b/,
    set: flag("gradientCheckpointing"),
  },
  { pattern: /\bliger\b|\bfused (?:linear )?(?:cross[ -]?entropy|loss)\b/, set: flag("fusedLoss") },
  {
    pattern:
      /\b(?:ga|gas|grad(?:ient)?[ _-]?acc(?:um(?:ulation)?)?(?:[ _-]?steps?)?)[ _]?(?:=|:|of|is)?[ _]?(\d{1,5})\b/,
    set: counted("gradientAccumulationSteps", 1e5),
  },
  {
    pattern: /\b(?:lora )?rank[ _]?(?:=|:|of|is)?[ _]?(\d{1,4})\b|\br ?=? ?(8|16|32|64|128|256)\b/,
    set: counted("loraRank", 4096),
  },
  {
    pattern:
      /\bpredict[ _]with[ _]generate\b|\beval(?:uat\w+)? (?:with|by) generat\w+|\bgenerat\w+ (?:during|in|while) eval\w*/,
    set: plain({ evaluationGenerates: true }),
  },
  {
    pattern: /\beval(?:uation)?[ _-]?(?:bsz?|batch(?:[ _-]?size)?)[ _]?(?:=|:|of|is)?[ _]?(\d{1,4})\b/,
    set: counted("evaluationBatchSize", 1e4),
  },
  {
    pattern: /(?<![a-z0-9-])(?:tp|tensor[ _-]?parallel(?:ism)?(?:[ _-]?size)?)[ _]?(?:=|:|of|is)?[ _]?(\d{1,3})\b/,
    set: counted("tensorParallel", 128),
  },
  { pattern: /\bflash[ _-]?att(?:n|ention)\b|\bfa[23]\b/, set: plain({ attention: "flash" }) },
  { pattern: /\b(sdpa|xformers)\b/, set: plain({ attention: "sdpa" }) },
  { pattern: /\beager attention\b|\battention eager\b/, set: plain({ attention: "eager" }) },
];

/**
 * Settings of the run that are no field of a brief, told in words: "zero3 with offload", "rank 32", "paged adamw 8bit".
 * What a pasted configuration states stands over them.
 */
export function readSettings(reading: Reading): void {
  const { text, brief } = reading;
  const told: Current = {};
  let first: Span | undefined;
  for (const { pattern, set } of SETTINGS) {
    const match = pattern.exec(text.low);
    if (!match) continue;
    const span: Span = [match.index, match.index + match[0].length];
    const setting = set(match, isRefused(text, span));
    if (!setting || Object.keys(setting).every((key) => key in told)) continue;
    Object.assign(told, { ...setting, ...told });
    first ??= span;
  }
  if (first === undefined) return;
  const pasted = brief.current;
  if (pasted) brief.current = { ...pasted, value: { ...told, ...pasted.value } };
  else say(reading, "current", told, first);
}

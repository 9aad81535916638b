import { GIB } from "../units.ts";
import type { Decide, DecisionContext } from "./context.ts";
import { count, gib, number, usd } from "./format.ts";
import type { Decision } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Bytes of UTF-8 text per token of English (Llama 3 tokenizer: about 4 characters). */
const BYTES_PER_TOKEN = 4;
/** Of a compressed picture: two bits a pixel, "usually indistinguishable from the original" (Wallace 1992, The JPEG still picture compression standard). */
const BYTES_PER_PIXEL = 2 / 8;
/** Of sound as speech models read it: 16,000 samples a second of two bytes. */
const BYTES_PER_SECOND = 16_000 * 2;
/** A host that nobody described. */
const HOST_GIB = 32;
/** Python's objects take several times their JSON text, and the weights pass through the same memory. */
const IN_MEMORY_SHARE = 1 / 8;
/** Disk that a rented machine surely has for data. */
const DISK_GIB = 200;
/** Labels for a share that is known to ±5 points with 95 % confidence: 0.5 × 0.5 × (1.96 ÷ 0.05)². */
const GOLDEN_EXAMPLES = Math.ceil(0.25 * (1.96 / 0.05) ** 2);

type Store = "jsonl-validated" | "parquet" | "streaming";

/** Where the samples come from, how they are stored, and what is checked before money is spent on them. */
export const decideData: Decide = (context) => {
  const { workload: w } = context;
  const kind = MEDIA[w.modality];
  const sizeGib = w.dataSizeGib ?? (w.exampleCount * bytesOf(w)) / GIB;
  const hostGib = context.chosen.hardware.hostMemoryGib ?? HOST_GIB;
  const inMemoryGib = hostGib * IN_MEMORY_SHARE;
  const choice: Store =
    sizeGib > DISK_GIB ? "streaming" : sizeGib > inMemoryGib || (kind && sizeGib > 1) ? "parquet" : "jsonl-validated";
  const known = w.dataSizeGib === undefined ? "about " : "";
  const why: Record<Store, string> = {
    "jsonl-validated": kind
      ? `${count(w.exampleCount)} ${kind} are ${known}${gib(sizeGib)}: plain files with a list that can be read, diffed and hashed.`
      : `${count(w.exampleCount)} examples are ${known}${gib(sizeGib)} and fit in memory: files that can be read, diffed and hashed beat a streaming stack.`,
    parquet: kind
      ? `${count(w.exampleCount)} ${kind} are ${known}${gib(sizeGib)}: a few large files are copied and read faster than that many small ones.`
      : `${sentence(`${known}${gib(sizeGib)}`)} are more than the ${gib(inMemoryGib)} that a host of ${gib(hostGib)} should give to data: Parquet is read from disk through a memory map.`,
    streaming: `${sentence(`${known}${gib(sizeGib)}`)} are more than the about ${gib(DISK_GIB)} of a machine's disk: shards are read as they are trained on, and shuffled within a buffer.`,
  };
  return {
    name: "data",
    choice,
    title: `${first(w)}${kind && choice === "jsonl-validated" ? `${sentence(kind)} beside a list of them (JSON Lines), validated before training` : TITLES[choice]}`,
    reasons: [
      why[choice],
      "Schema, empty rows, lengths, duplicates and train/validation leakage are checked before any GPU time is spent.",
      ...labelling(w),
      ...moving(context, sizeGib),
    ],
    refused: refusals(choice, sizeGib, inMemoryGib, kind),
    flips:
      choice === "jsonl-validated"
        ? [{ when: `the data grows beyond ${gib(inMemoryGib)}`, to: "parquet" }]
        : choice === "parquet"
          ? [{ when: `the data grows beyond ${gib(DISK_GIB)}`, to: "streaming" }]
          : [{ when: `a subset of less than ${gib(DISK_GIB)} is enough`, to: "parquet" }],
    documents:
      choice === "streaming"
        ? ["datasets", "datasets-stream"]
        : w.dataStatus === "label"
          ? ["datasets", "label-studio"]
          : ["datasets"],
  };
};

/** What a sample is where it is not text. */
const MEDIA: Partial<Record<Workload["modality"], string>> = {
  vision: "images",
  diffusion: "images",
  vlm: "images",
  audio: "clips",
};
const sentence = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

function bytesOf(w: Workload): number {
  const sound = (w.audioSeconds ?? 0) * BYTES_PER_SECOND;
  const picture = (w.imageSize ?? 0) ** 2 * BYTES_PER_PIXEL;
  return sound + picture || w.averageTokens * BYTES_PER_TOKEN;
}

const TITLES: Record<Store, string> = {
  "jsonl-validated": "JSON Lines, validated before training",
  parquet: "Parquet shards, memory-mapped, validated before training",
  streaming: "streamed shards, validated as they are written",
};

const first = (w: Workload): string =>
  w.dataStatus === "label" ? "label first: " : w.dataStatus === "collect" ? "collect first: " : "";

function labelling(w: Workload): string[] {
  if (w.dataStatus !== "label" && w.dataStatus !== "collect") return [];
  const tool = w.constraints.some(
    (c) => c === "offline" || c === "air-gapped" || c === "hipaa" || c === "gdpr" || c === "no-cloud",
  )
    ? "a labelling tool on your own machines (Label Studio)"
    : "a labelling tool (Label Studio)";
  return [
    ...(w.dataStatus === "collect"
      ? [
          "Collect from real use, with consent and a deletion path, and keep the source of each sample: the golden set comes from the same distribution as production.",
        ]
      : []),
    `Labelling plan: guidelines with examples and ${tool}; ${GOLDEN_EXAMPLES} examples labelled by two people first, which knows an accuracy to ±5 points and shows where people disagree; they stay the golden set.`,
    `Then train on ${count(Math.min(1000, w.exampleCount))}, look whether the learning curve still rises, and label in rounds what the model is least sure of, up to ${count(w.exampleCount)}.`,
  ];
}

/** What it costs to carry the data to another provider. */
function moving({ workload: w, chosen, catalog }: DecisionContext, sizeGib: number): string[] {
  const home = w.dataLocation === undefined ? undefined : HOMES.find(([pattern]) => pattern.test(w.dataLocation!))?.[1];
  const target = chosen.hardware.offer?.platform;
  if (home === undefined || target === undefined || target === home || (home === "aws" && target === "sagemaker"))
    return [];
  const egress = catalog.platforms.find((p) => p.id === home)?.traits.egressUsdPerGb;
  return egress === undefined
    ? [`The data is on ${home} and training on ${target}: leaving ${home} is billed.`]
    : [
        `The data is on ${home} and training on ${target}: carrying ${gib(sizeGib)} out costs about ${usd(sizeGib * 1.074 * egress)} at ${usd(egress)} per GB.`,
      ];
}

const HOMES: [RegExp, string][] = [
  [/^s3:|\bs3\b|\baws\b/i, "aws"],
  [/^gs:|\bgcs\b|\bgcp\b|google cloud/i, "gcp"],
  [/azure|^abfss?:|\bblob\b/i, "azure"],
];

function refusals(choice: Store, sizeGib: number, inMemoryGib: number, kind: string | undefined): Decision["refused"] {
  const all: Record<Store, string> = {
    "jsonl-validated": kind
      ? `${number(sizeGib)} GiB of single files are slow to copy and to read`
      : `${number(sizeGib)} GiB of JSON Lines would not fit the ${number(inMemoryGib)} GiB that the host should give to data`,
    parquet:
      choice === "streaming"
        ? `more than the about ${DISK_GIB} GiB of a machine's disk`
        : kind
          ? "single files can be looked at and replaced, and speed is no question at this size"
          : "text files can be read and diffed, and speed is no question at this size",
    streaming: "no exact shuffle and no random access: worth it where the data does not fit the disk",
  };
  return (Object.keys(all) as Store[]).filter((s) => s !== choice).map((option) => ({ option, why: all[option] }));
}

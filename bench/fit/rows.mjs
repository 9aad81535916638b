// The measured rows, with the group each belongs to.
import { readFileSync } from "node:fs";

export const readRows = (kind) =>
  readFileSync(new URL(`../data/${kind}.jsonl`, import.meta.url), "utf8")
    .split("\n")
    .filter((line) => line.trim())
    .map((line) => JSON.parse(line));

export const weightOf = (row) => row.expected.weight ?? 1;

/** The repository a row was read from. */
export const sourceOf = (row) => row.expected.source.split(/[:#]/)[0];

/** Vocabularies that identify a family where the request names dimensions instead of a model. */
const FAMILY_OF_VOCABULARY = {
  49280: "santacoder",
  50257: "gpt-3-like",
  50368: "mpt",
  50688: "stablelm",
  151936: "qwen",
  152064: "qwen",
  250880: "bloom",
};

/** Model family, from the name or, where only dimensions are given, from the vocabulary. */
export function familyOf(row) {
  const { model } = row.request;
  if (typeof model !== "string") return FAMILY_OF_VOCABULARY[model.vocabSize] ?? "gpt-3-like";
  const name = model.toLowerCase();
  return (
    ["mixtral", "mistral", "llama", "falcon", "phi", "bert", "qwen"].find((family) => name.includes(family)) ?? name
  );
}

/** Size group by parameters. */
export function sizeOf(parameterCount) {
  const billions = parameterCount / 1e9;
  return billions < 2 ? "under 2B" : billions < 10 ? "2B to 10B" : billions < 40 ? "10B to 40B" : "40B and more";
}

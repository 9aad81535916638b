import type { Catalog, Model } from "./schema.ts";

/**
 * A name as letters and numbers, so that separators and case do not matter:
 * "meta-llama/Llama-3.1-8B", "llama3.1:8b" and "Llama 3.1 8 billion" all give "llama 3.1 8 b".
 */
function keyOf(name: string): string {
  const tokens = name
    .toLowerCase()
    .replace(/(?<=[-_ ][a-z])\/(?=\d)/, "-") // ViT-B/16: a patch size, no maker
    .replace(/^.*\//, "")
    .replace(/(?<!\d)(\d)_(\d)(?!\d)/g, "$1.$2") // phi-1_5, Llama-3_3
    .match(/[a-z]+|\d+(?:\.\d+)*/g);
  return (tokens ?? [])
    .map((token) => (token === "billion" || token === "bn" ? "b" : token))
    .filter((token) => !/^(model|params?|parameters?)$/.test(token))
    .join(" ");
}

/** Nobody's name is longer: a whole letter is not worth taking apart. */
const LONGEST_NAME = 200;

/** Endings that name a format of the same weights: quantised copies, file formats. */
const FORMAT = /[-_:. ](gguf|awq|gptq|bnb|fp8|nf4|nvfp4|mxfp4|int[48]|[48]-?bit|q[2-8](_[a-z0-9]+)*|latest)$/i;

function withoutFormat(name: string): string {
  const shorter = name.trim().replace(FORMAT, "");
  return shorter === name.trim() ? shorter : withoutFormat(shorter);
}

/** Endings that name a tuned copy of a base model with the same shape. */
const TUNED = / (instruct|chat|it|pt|thinking)(?= v \d|$)| (instruct|thinking) \d{4}$/;
const PLAIN_ENDING = / hf$| bf 16$|(?<= b) base$/; // "Falcon3-1B-Base", but not "bert-base"

/** Names that stand for a model where no model carries them outright, the likeliest first. */
function impliedKeys(key: string): Set<string> {
  const plain = key.replace(PLAIN_ENDING, "");
  const undated = plain.replace(/ \d{4}$/, "");
  const keys = [plain, undated, plain.replace(TUNED, ""), undated.replace(TUNED, "")];
  const spaced = keys.map((k) => k.replaceAll(".", " ")); // "llama-3-1-8b"
  return new Set([...keys, ...spaced]);
}

const withoutMaker = (key: string) => key.replace(/^(meta|nvidia|google|microsoft|openai) /, "");

interface Index {
  /** By id, earlier id or alias. */
  named: Map<string, Model>;
  /** By a shorter name that only this model, or a base model before its tuned copy, can mean. */
  implied: Map<string, Model>;
}

const indexes = new WeakMap<Catalog, Index>();

function indexOf(catalog: Catalog): Index {
  const known = indexes.get(catalog);
  if (known) return known;
  const index: Index = { named: new Map(), implied: new Map() };
  const add = (map: Map<string, Model>, key: string, model: Model) => {
    if (!map.has(key)) map.set(key, model);
  };
  const keyed = catalog.models.map((model) => ({ model, names: [model.id, ...model.aliases], key: keyOf(model.id) }));
  const isTuned = ({ key }: { key: string }) => TUNED.test(key);
  for (const { model, names } of [...keyed.filter((k) => !isTuned(k)), ...keyed.filter(isTuned)]) {
    for (const name of names) {
      const key = keyOf(name);
      add(index.named, key, model);
      for (const shorter of impliedKeys(withoutMaker(key))) add(index.implied, shorter, model);
      if (name.includes("/")) add(index.implied, keyOf(name.replace("/", " ")), model);
    }
  }
  indexes.set(catalog, index);
  return index;
}

/**
 * The model that a person means: by hub id, earlier id, bare name or usual short name, whatever the case and separators.
 * A tuned or quantised copy that is not catalogued gives the model it was made from: the shape is the same.
 */
export function findModel(catalog: Catalog, name: string): Model | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const { named, implied } = indexOf(catalog);
  const key = keyOf(name);
  const unformatted = withoutMaker(keyOf(withoutFormat(name)));
  const plain = unformatted.replace(PLAIN_ENDING, "");
  for (const attempt of [key, unformatted, plain, plain.replace(TUNED, "")]) {
    const found = attempt ? (named.get(attempt) ?? implied.get(attempt)) : undefined;
    if (found) return found;
  }
  return undefined;
}

/** Every spelling of a model in lower case, words parted by one space: what a reader of free text looks for. */
export function modelNames(model: Model): string[] {
  const names = [model.id, ...model.aliases].flatMap((name) => {
    const bare = words(name.replace(/^.*\//, ""));
    const plain = bare.replace(/ hf$|(?<=b) base$/, "");
    return [words(name), bare, plain, withoutMaker(plain)];
  });
  return [...new Set(names)];
}

const words = (name: string) =>
  name
    .toLowerCase()
    .replace(/(?<!\d)(\d)_(\d)(?!\d)/g, "$1.$2")
    .replace(/[^a-z0-9.]+/g, " ")
    .trim();

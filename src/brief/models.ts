import { findModel } from "../catalog/names.ts";
import type { Catalog, Model } from "../catalog/schema.ts";
import type { BriefValues } from "./brief.ts";
import { CLOSED, FAMILIES, type Family, NAME_WORDS } from "./families.ts";
import { isRefused } from "./refusals.ts";
import { after, before, overlap, type Span, type Text } from "./text.ts";

/** One model named in a text. */
export interface ModelMention {
  /** Catalog id, or the name as the person wrote it. */
  name: string;
  known: Model | undefined;
  modality: NonNullable<BriefValues["modality"]> | undefined;
  /** What the name says of its size, where it says so plainly ("8x7b" does not). */
  parameterCount: number | undefined;
  /** Named to be refused: "anything but llama". */
  refused: boolean;
  /** A family without version or size: says what kind of model, not which. */
  vague: boolean;
  span: Span;
}

/** A slash or a publisher may stand before a name; a hyphenated word may not. */
const EDGE = "(?:(?<![a-z0-9_.-])|(?<=(?:meta|google|openai|microsoft|nvidia)-))";
const FAMILY = new RegExp(`${EDGE}(?:${FAMILIES.map((f) => f.spelled).join("|")})(?=[^a-z]|v\\d|v?\\d|$)`, "g");

/** The line that such a match names: two hundred groups in one pattern would cost twice its compilation. */
const familyOf = (written: string): Family | undefined =>
  FAMILIES.find(
    (f) => (f.spelled.startsWith("(") || f.spelled[0] === written[0]) && new RegExp(`^(?:${f.spelled})$`).test(written),
  );
const SIZE = /[ \-_:]?(?:(\d{1,3}x)?(\d{1,4}(?:\.\d{1,2})?)([bm])(?:-?a\d{1,2}(?:\.\d)?b)?)(?![a-z0-9]|\.\d)/y;
const VERSION = /[ \-_.]?v?(?:\d{1,2}(?:\.\d{1,2}){0,2}|\d_\d)(?![a-z0-9]|\.\d)(?!-?bit)/y;
const VARIANT = new RegExp(`[ \\-_](?:${NAME_WORDS})(?![a-z0-9])`, "y");
const GLUED = /[nsmlx](?:6|u)?(?![a-z0-9])/y;
const RELEASE = /-(?:\d{4}|\d{1,3}k|en|de|fr|zh)(?![a-z\d.])/y;
const PATCH = /(?:-t|[ -](?:tiny|small|base|large|huge|giant|b|l|h|s|g)(?:[/-](?:8|14|16|32))?)(?![a-z0-9])/y;
/** Behind a size these show that it counted data: "resnet-50 1M images". */
const COUNTING =
  /^\s(?:tokens?|rows|examples|samples|images|photos|records|docs|documents|pairs|sentences|clips|texts|tickets|users|products|frames)(?![a-z])/;
/** After a bare number these show that it counted something and named nothing. */
const COUNTED =
  /^\s?(?:x\s?\d|x\s|\*|gpus?\b|cards?\b|epochs?\b|nodes?\b|users?\b|days?\b|weeks?\b|times?\b|[ahlbtv]\d{2,3}|rtx|\d{4}s?\b|[张卡轮万千亿条]|tokens?\b|rows\b|examples\b|gb\b|k\b|%)/;

const REFUSED =
  /(?:\b(?:anything but|any(?:thing)? (?:other|except)(?: than)?|not|no|without|avoid(?:ing)?|instead of|other than|except|rather than|can'?t use|cannot use|can not use|don'?t (?:want|like|use)|replac(?:e|ing)|distil(?:l|ling) |tried|draft(?: model)?|used to (?:use|run)|currently (?:on|use|using)|started with|(?:away|migrat\w+|mov\w+) from|kein(?:e|en)?|nicht|sin|sem|pas de)(?! sure| only)(?: to use| using| use)?\s|不用|不要|不能用)(?:(?:the|a|an|any|another|to)\s)?$/;

/** Models of one message that are read: more are a list of them. */
const MOST_MODELS = 200;

/** Every model the text names, in order. */
export function findModels(text: Text, catalog: Catalog): ModelMention[] {
  const found: ModelMention[] = [];
  const free = (span: Span) => !found.some((f) => overlap(f.span, span));
  for (const mention of hubIds(text, catalog)) found.push(mention);
  for (const match of text.low.matchAll(FAMILY)) {
    if (found.length >= MOST_MODELS) break;
    const family = familyOf(match[0])!;
    const mention = extend(text, catalog, family, match.index, match.index + match[0].length);
    if (mention && free(mention.span)) found.push(mention);
  }
  for (const mention of unknownNames(text, catalog)) if (free(mention.span)) found.push(mention);
  return found.sort((a, b) => a.span[0] - b.span[0]);
}

/** Names of closed models: numbers inside them count nothing. */
export function closedModels(text: Text): Span[] {
  return [...text.low.matchAll(CLOSED)].map((m) => [m.index, m.index + m[0].length]);
}

/** Follows a name from its family through version, variant and size. */
function extend(
  text: Text,
  catalog: Catalog,
  family: Family,
  start: number,
  familyEnd: number,
): ModelMention | undefined {
  const low = text.low;
  let end = familyEnd;
  let sized = "";
  let versioned =
    /\d/.test(low.slice(start, end)) &&
    !/(?:t5|bert2|wav2vec2?|gpt-?2|seamlessm4t|m2m100)$/.test(low.slice(start, end));
  let version = versioned;
  const step = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = end;
    const match = pattern.exec(low);
    if (!match) return undefined;
    end = pattern.lastIndex;
    return match;
  };
  for (let i = 0; i < 8; i++) {
    if (!sized) {
      const size = step(SIZE);
      if (size && !COUNTING.test(low.slice(end, end + 12))) {
        sized = size[1] ? "moe" : `${size[2]}${size[3]}`;
        continue;
      }
      if (size) {
        end -= size[0].length;
        break;
      }
    }
    if (!version) {
      const mark = end;
      const found = step(VERSION);
      // After a blank a whole number is a version only right behind the family, and when it counts nothing.
      if (found && /^ \d+$/.test(found[0]) && (mark !== familyEnd || COUNTED.test(low.slice(end, end + 12))))
        end = mark;
      else if (found) {
        version = versioned = true;
        step(GLUED);
        continue;
      } else {
        // llama3, yolov8n: the version is glued to what follows.
        const glued = /v?\d{1,3}(?:\.\d{1,2})?[nsmlxbt]?(?![a-z0-9])/y;
        glued.lastIndex = end;
        const tight = family.whole ? glued.exec(low) : null;
        if (tight) {
          end = glued.lastIndex;
          version = versioned = true;
          continue;
        }
      }
    }
    if (step(VARIANT) || step(RELEASE) || (family.modality === "vision" && step(PATCH))) continue;
    // A second version follows a variant: whisper large v3, DeepSeek R1, mistral 7b v0.3.
    const late = /[ \-_]v\d(?:\.\d)?(?![a-z0-9])/y;
    if (step(late)) {
      versioned = true;
      continue;
    }
    break;
  }
  end = withoutPurpose(low, catalog, start, end, sized !== "");
  let name = low.slice(start, end);
  let from = start;
  const lead = /(?<![a-z0-9.])(\d{1,3}(?:\.\d{1,2})?)([bm])[ -](?:(?:param(?:eter)?s?|class|sized?)[ -])?$/.exec(
    low.slice(Math.max(0, start - 24), start),
  );
  if (!sized && lead) {
    sized = `${lead[1]}${lead[2]}`;
    name = `${name} ${sized}`;
    from = start - lead[0].length;
  }
  if (family.needsNumber && !versioned && !sized) return undefined;
  if (family.needsNumber && family.spelled === "sd" && !versioned) return undefined;
  const stem = name.replace(/[ \-_](?:ft|awq|gptq|gguf)$/, "");
  const bare = end === familyEnd && !sized;
  const found = bare ? onlyOne(catalog, stem) : findModel(catalog, stem);
  // "llama-7b" is the first of its line: a release that adds a version to the family is another model.
  const known =
    found && !bare && !versioned && !family.whole && /^[a-z]+-?\d(?![\dbmx])/.test(lastPart(found)) ? undefined : found;
  const modality = known ? modalityOf(known) : family.modality;
  const written = from < start ? stem.replace(/ /g, "-") : text.given.slice(start, end);
  return {
    name: known?.id ?? written,
    known,
    modality,
    parameterCount: sized && sized !== "moe" ? Number.parseFloat(sized) * (sized.endsWith("b") ? 1e9 : 1e6) : undefined,
    refused: REFUSED.test(before(text, from)) || isRefused(text, [from, end]),
    vague: bare && !known && !versioned && !family.whole,
    span: [from, end],
  };
}

/** A blank and a word of purpose at the end ("llama 8b chat", "mistral 7b code") are part of the name only where the catalog says so. */
function withoutPurpose(low: string, catalog: Catalog, start: number, end: number, sized: boolean): number {
  let at = end;
  while (!findModel(catalog, low.slice(start, at))) {
    const word =
      / (?:code|math|chat|audio|vision|base|ft|open|dev|english|embed|embedding|reasoning|thinking|guard|lite|pro|small|medium|large|instruct)$/.exec(
        low.slice(start, at),
      );
    if (!word) return sized ? at : end;
    at -= word[0].length;
  }
  return at;
}

/** An encoder is a language model to a person who describes a workload. */
function modalityOf(model: Model): ModelMention["modality"] {
  return model.modality === "encoder" ? "llm" : model.modality;
}

/** The published name without the organisation, nor "Meta-", which later releases dropped. */
function lastPart(model: Model): string {
  return model.id
    .toLowerCase()
    .split("/")
    .at(-1)!
    .replace(/^meta-/, "");
}

/** The one model a bare name can mean: "tinyllama", "sdxl". "whisper" comes in five sizes, so that name is kept as it was said. */
function onlyOne(catalog: Catalog, name: string): Model | undefined {
  const stem = name.replace(/[^a-z0-9]+/g, "");
  const line = catalog.models.filter((m) =>
    lastPart(m)
      .replace(/[^a-z0-9]+/g, "")
      .startsWith(stem),
  );
  if (line.length === 0) return findModel(catalog, name);
  return line.every((m) => m.parameterCount === line[0]!.parameterCount) ? line[0] : undefined;
}

const FILE = /\.(?:jsonl?|csv|tsv|py|sh|txt|ya?ml|parquet|md|ipynb|zip|gz|pt|bin|png|jpe?g|wav|mp[34]|html?)$/;
const HUB =
  /(?<![a-z0-9_./:@-])(?:(?:https?:\/\/)?(?:www\.)?huggingface\.co\/)?([a-z0-9][a-z0-9_-]{1,38}\/[a-z0-9][a-z0-9_.-]{2,80})(?![\w/])/g;

/** `org/name` as the hub writes it: catalogued, or with the hyphens and digits of a model's name. */
function hubIds(text: Text, catalog: Catalog): ModelMention[] {
  const found: ModelMention[] = [];
  for (const match of text.low.matchAll(HUB)) {
    if (found.length >= MOST_MODELS) break;
    const written = match[1]!.replace(/[.,]+$/, "");
    const known = findModel(catalog, written);
    const [org, last] = written.split("/") as [string, string];
    const modelLike =
      /[a-z]{2}/.test(org) && /[a-z]/.test(last) && /-/.test(last) && /\d/.test(last) && !/\d[kbm]?$/.test(org);
    const isFile =
      FILE.test(last) || /^(?:data|datasets?|src|home|scripts?|models?|checkpoints?|outputs?|tmp|mnt)$/.test(org);
    const isData =
      /\b(?:data ?set|data|corpus|on)\s$/.test(before(text, match.index, 16)) && !/\d[bm](?![a-z0-9])/.test(last);
    if (!known && (!modelLike || isFile || isData)) continue;
    const start = match.index + match[0].indexOf(match[1]!);
    const span: Span = [start, start + written.length];
    const size = /(?<![a-z0-9x.])(\d{1,3}(?:\.\d{1,2})?)([bm])(?![a-z0-9])/.exec(last);
    const family = last.match(FAMILY)?.[0];
    found.push({
      name: known?.id ?? text.given.slice(...span),
      known,
      modality: known ? modalityOf(known) : family === undefined ? undefined : familyOf(family)?.modality,
      parameterCount: size ? Number(size[1]) * (size[2] === "b" ? 1e9 : 1e6) : undefined,
      refused: REFUSED.test(before(text, match.index)) || isRefused(text, span),
      vague: false,
      span,
    });
  }
  return found;
}

const UNKNOWN =
  /(?<![a-z0-9_./-])([a-z][a-z]{2,20}[a-z0-9.]{0,6}(?:-[a-z]{2,12}){0,2})-(\d{1,3}(?:\.\d{1,2})?)([bm])((?:-[a-z0-9.]{1,12}){0,4})(?![\w-])/g;
const NO_NAME =
  /^(?:max|min|under|sub|over|single|dense|student|teacher|big|small|about|around|like|model|params?|pre|post|the|our|some|any|and|plus|non|mid|low|high|full|top|size|sized|distill)/;

/** `foobar-9b`: a hyphenated word and a size is a model nobody told us about. */
function unknownNames(text: Text, catalog: Catalog): ModelMention[] {
  const found: ModelMention[] = [];
  for (const match of text.low.matchAll(UNKNOWN)) {
    if (found.length >= MOST_MODELS) break;
    if (NO_NAME.test(match[1]!) || /^\s?tokens?/.test(after(text, match.index + match[0].length))) continue;
    const span: Span = [match.index, match.index + match[0].length];
    const known = findModel(catalog, match[0]);
    found.push({
      name: known?.id ?? text.given.slice(...span),
      known,
      modality: known ? modalityOf(known) : "llm",
      parameterCount: Number(match[2]) * (match[3] === "b" ? 1e9 : 1e6),
      refused: REFUSED.test(before(text, match.index)) || isRefused(text, span),
      vague: false,
      span,
    });
  }
  return found;
}

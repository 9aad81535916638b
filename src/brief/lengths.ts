import type { Quantity } from "./numbers.ts";
import { open, type Reading, say } from "./reading.ts";
import { readRequest } from "./requests.ts";
import { after, before } from "./text.ts";

const LENGTH_KEY =
  "(?:(?:max(?:imum)?[ _-]?)?(?:model[ _-]?)?(?:seq(?:uence)?(?:[ _-]?len(?:gth)?)?|ctx(?:[ _-]?len(?:gth)?)?|context(?:[ _-]?(?:length|window|size|len))?)|max[ _-]?(?:seq[ _-]?)?len(?:gth)?|cutoff(?:[ _-]?len(?:gth)?)?|block[ _-]?size|max[ _-]?tokens|prompts?(?: length)?(?: are| is| of)?|seqlen|num_ctx|最长|最大长度|序列长度|长度|上下文(?:长度|窗口)?|コンテキスト長?|longitud(?: máxima)?|contexto(?: de)?|kontext(?:länge|fenster)?(?: von)?|sequenzlänge|contexte(?: de)?|longueur(?: (?:maximale|max|de contexte|de séquence))?|comprimento(?: máximo)?(?: de)?|シーケンス長|最大長|系列長)";
const LENGTH_BEFORE = new RegExp(
  `${LENGTH_KEY}\\s?(?:of|=|:|is|at|to|up to|max|about|around|~|<|为|是)?\\s?(?:up to |about |around |~)?\\(?$`,
);
const LENGTH_AFTER =
  /^\s?-?\s?(?:tokens? |tok )?-?(?:ctx|context|seq(?:uence)?(?:[ -]?len\w*)?|seqlen|len(?:gth)?|context window|max(?:imum)? (?:len\w*|seq\w*)|上下文|kontext|contexto?|contexte|コンテキスト)(?![a-z])/;
const TOKENS = /^\s?-?\s?(?:[a-z]+ ){0,1}?(?:tokens?|toks?|个?token)(?![a-z])/;
const A_TOKEN_RATE =
  /^\s?-?\s?(?:[a-z]+ )?(?:tokens?|toks?)\s?(?:\/|per |a |p(?:er)? ?)\s?(?:s\b|sec|second|min|day|month|hour|user|watt|\$|dollar)/;
const PRICE_UNIT = /(?:\/|\bper |\bby the |\ba |\bfor |每)\s?$/;
const OUTPUT =
  /\b(?:answers?|outputs?|repl(?:y|ies)|responses?|generat\w+|completions?|summar\w+|respuestas?|respostas?|antworten)(?: (?:of|are|is|about|around|length|up to|max|avg|averag\w+|~))*\s?~?$/;

/** A length of "2k" tokens is 2048: people who say so think in powers of two. */
function tokens(value: number, q: Quantity): number {
  if (q.multiplier !== "k") return value;
  const n = value / 1e3;
  return Number.isInteger(n) && (n & (n - 1)) === 0 ? n * 1024 : value;
}

/** Tokens in all against tokens in one sequence, batch sizes and epochs. */
export function readLengths(reading: Reading): void {
  readRequest(reading);
  // "2k worked, 8k OOM": what dies is what must be helped.
  for (const q of open(reading)) readFailedLength(reading, q);
  // A length that is called one goes before the size of a sample, wherever it stands.
  for (const q of open(reading)) readKeyedLength(reading, q);
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 48);
    const lead = before(reading.text, q.start, 48);
    if (q.high <= 0) continue;
    const isTokens = TOKENS.exec(tail);
    if (isTokens && A_TOKEN_RATE.test(tail)) continue;
    if (isTokens && PRICE_UNIT.test(lead) && q.high >= 1e3 && !/\bfor\s?$/.test(lead)) {
      reading.taken.add(q);
      continue;
    }
    const end = q.end + (isTokens?.[0].length ?? 0);
    // "qlora at 4096 gives oom": a bare power of two after "at" is a length.
    if (
      !isTokens &&
      /(?:\bat|@)\s$/.test(lead) &&
      q.high >= 512 &&
      (q.high & (q.high - 1)) === 0 &&
      /^\s?(?:,|$|gives|ooms?|and|with|on)/.test(tail)
    ) {
      reading.taken.add(q);
      sayLength(reading, q, end);
      continue;
    }
    if (!isTokens) continue;
    reading.taken.add(q);
    // What a cache holds is a reading of an instrument.
    if (/\b(?:holds?|stores?|caches?|fits?)\s(?:only |just |about )?$/.test(lead)) continue;
    if (
      OUTPUT.test(lead) ||
      /^\s?(?:[a-z]+ )?tokens? (?:answers?|outputs?|responses?|out\b|generat|completions?|repl|summar)|^\s?(?:out|output|new|generated|completion|response|answer)\s/.test(
        tail,
      )
    ) {
      say(reading, "outputTokens", q.high, [q.start, end]);
      continue;
    }
    const each =
      /^\s?-?\s?(?:[a-z]+ )?tokens?\s?(?:,\s?)?(?:each|per|a piece|apiece|long|avg|average|on average|max|limit|inputs?|prompts?|docs?|documents?|in\b|cada|chacun|jeweils|pro\b|por\b|par\b)/.test(
        tail,
      );
    const whole =
      /\b(?:total|corpus|altogether|dataset|overall)\b/.test(tail) ||
      /\b(?:on|over|total(?: of)?|corpus of|dataset of)\s?(?:~|about |around )?$/.test(lead);
    if (each && q.high > 2e7) continue;
    if (each || (q.high < 2e5 && !(whole && q.high >= 5e4))) {
      const prompts = /^\s?-?\s?tokens?\s(?:prompts?|inputs?|in\b)/.test(tail);
      const most = /\b(?:max(?:imum)?|up to|at most|limit)\b/.test(`${lead.slice(-14)} ${tail.slice(0, 24)}`);
      if (prompts) say(reading, "promptTokens", q.high, [q.start, end]);
      else if (!most) say(reading, "averageTokens", (tokens(q.low, q) + tokens(q.high, q)) / 2, [q.start, end]);
      sayLength(reading, q, end);
    } else say(reading, "tokenCount", q.high, [q.start, end]);
  }
  readBatch(reading);
  readEpochs(reading);
}

const DIED =
  /^\s?(?:ctx|context|tokens?|toks?|seq(?:uence)?(?: ?len\w*)?)?\s?(?:then |just |always |still )?(?:ooms?(?![a-z])|oom'?(?:ed|ing)|(?:goes |runs? |ran )out of memory|dies\b|died\b|crash(?:es|ed)\b)/;

function readFailedLength(reading: Reading, q: Quantity): void {
  const powers = q.high >= 512 && (q.high & (q.high - 1)) === 0;
  if (q.high < 512 || q.high > 2e7 || !(q.multiplier === "k" || powers)) return;
  if (!DIED.test(after(reading.text, q.end, 48))) return;
  reading.taken.add(q);
  sayLength(reading, q, q.end);
}

function readKeyedLength(reading: Reading, q: Quantity): void {
  const tail = after(reading.text, q.end, 48);
  const lead = before(reading.text, q.start, 48);
  const isTokens = TOKENS.exec(tail);
  if (q.high < 16 || q.high > 2e7 || (isTokens && A_TOKEN_RATE.test(tail))) return;
  if (isTokens && PRICE_UNIT.test(lead) && !/\bfor\s?$/.test(lead)) return;
  if (!LENGTH_BEFORE.test(lead) && !LENGTH_AFTER.test(tail)) return;
  if (/^\s?(?:[x*]\s?\d|px|gb|gpus?|rows|epochs?|image|%)/.test(tail)) return;
  reading.taken.add(q);
  sayLength(reading, q, q.end + (isTokens?.[0].length ?? 0));
}

function sayLength(reading: Reading, q: Quantity, end: number): void {
  const low = tokens(q.low, q);
  const high = tokens(q.high, q);
  say(reading, "sequenceLength", low < high ? { low, high } : high, [q.start, end]);
}

const BATCH =
  /(?<![a-z])(?<whole>global|effective|total|eff\.?|eval(?:uation)?)?[ _-]?(?:(?:per[ _-]?(?:device|gpu)[ _-]?)?(?:train[ _-]?)?(?:micro[ _-]?)?batch(?:[ _-]?size)?|m?bsz?|mbs|batchsize|批大小|批次|批量|バッチ(?:サイズ)?|tamaño de (?:lote|batch)|taille de (?:lot|batch)|tamanho d[eo] lote|lote|batchgröße)\s?(?:per (?:device|gpu))?\s?(?:of|=|:|is|at|为|是|de)?\s?$/;
const BATCH_AFTER = /^\s?-?(?:batch size|micro-?batch|per[ -]device batch|bs)(?![a-z0-9])/;

function readBatch(reading: Reading): void {
  for (const q of open(reading)) {
    const lead = BATCH.exec(before(reading.text, q.start, 40));
    const tail = after(reading.text, q.end, 24);
    if (!lead && !BATCH_AFTER.test(tail)) continue;
    if (
      /^\s?(?:[a-z]+ )?(?:tokens?|jobs?|requests|docs|images|per day)/.test(tail) ||
      /^[mb]/.test(q.multiplier) ||
      !Number.isInteger(q.high) ||
      q.high < 1
    )
      continue;
    reading.taken.add(q);
    if (lead?.groups?.whole) continue;
    say(reading, "microBatchSize", q.high, [q.start, q.end]);
  }
}

const EPOCHS =
  /^\s?-?(?:full |training )?(?:epochs?|eps?\b|轮|个?epoch|épocas?|epocas?|epochen|époques?|エポック|passes over)(?![a-z])/;

function readEpochs(reading: Reading): void {
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 24);
    const lead = before(reading.text, q.start, 24);
    const unit = EPOCHS.exec(tail);
    if (!unit && !/(?:num_train_)?epochs?\s?(?:=|:|to|of)?\s?$/.test(lead)) continue;
    // "after 2 epochs", "epoch 3 of 10": where a run stood, not how long it is to be.
    if (/\b(?:after|at|until|by|around)\s?$/.test(lead) || q.high <= 0 || /^[mb]/.test(q.multiplier)) continue;
    if (!unit && /\bepoch\s$/.test(lead)) continue;
    reading.taken.add(q);
    say(reading, "epochs", q.high, [q.start, q.end + (unit?.[0].length ?? 0)]);
  }
}

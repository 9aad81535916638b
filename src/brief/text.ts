/** The most that is read of one message. More is a pasted log, and the numbers in it are not wishes. */
export const READ_LIMIT = 65_536;

/** A half-open range of UTF-16 code units. */
export type Span = [start: number, end: number];

/**
 * A text made easy to match: lower case, full-width forms and typographic signs as ASCII, control characters as blanks.
 * One unit stands for one unit of the original, so every position is true in both.
 */
export interface Text {
  given: string;
  low: string;
}

const SIGNS: Record<string, string> = {
  "，": ",",
  "。": ";",
  "、": ",",
  "：": ":",
  "；": ";",
  "（": "(",
  "）": ")",
  "？": "?",
  "！": "!",
  "＄": "$",
  "￥": "¥",
  "～": "~",
  "×": "x",
  "–": "-",
  "—": "-",
  "−": "-",
  "‑": "-",
  "’": "'",
  "‘": "'",
  "“": '"',
  "”": '"',
  "≤": "<",
  "≥": ">",
  "≈": "~",
  "→": ">",
  "\u00a0": " ",
  "\u202f": " ",
  "\u2009": " ",
  "\u3000": " ",
  "\u200b": " ",
  "\ufeff": " ",
};

/** The first `READ_LIMIT` units, ready to match. */
export function normalise(given: string): Text {
  const read = given.length > READ_LIMIT ? given.slice(0, READ_LIMIT) : given;
  if (/^[\n\x20-\x7e]*$/.test(read)) return { given: read, low: read.toLowerCase() };
  let low = "";
  for (let i = 0; i < read.length; i++) {
    const code = read.charCodeAt(i);
    const sign = SIGNS[read[i]!];
    if (sign !== undefined) low += sign;
    else if (code < 0x20 && code !== 0x0a) low += " ";
    else if (code >= 0x7f && code < 0xa0) low += " ";
    else if (code >= 0xff01 && code <= 0xff5e) low += String.fromCharCode(code - 0xfee0).toLowerCase();
    else {
      const lower = read[i]!.toLowerCase();
      low += lower.length === 1 ? lower : read[i];
    }
  }
  return { given: read, low };
}

/** The same text with some ranges emptied: nothing is read there, and no sentence reaches across. */
export function without(text: Text, spans: readonly Span[]): Text {
  if (spans.length === 0) return text;
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
    if (end <= at) continue;
    const from = Math.max(at, start);
    parts.push(text.low.slice(at, from), "\n", " ".repeat(end - from - 1));
    at = end;
  }
  return { given: text.given, low: parts.join("") + text.low.slice(at) };
}

/** Up to `length` units before a position, without crossing the end of a sentence. */
export function before(text: Text, at: number, length = 48): string {
  const slice = text.low.slice(Math.max(0, at - length), at);
  let cut = -1;
  // A dot inside a number or a name ends nothing; one before a blank does.
  for (const end of slice.matchAll(/[!?;\n]|\.(?=\s)/g)) cut = end.index;
  return slice.slice(cut + 1);
}

/** Up to `length` units from a position, without crossing the end of a sentence. */
export function after(text: Text, at: number, length = 64): string {
  const slice = text.low.slice(at, at + length);
  const end = /[!?;\n]|\.(?=\s|$)/.exec(slice);
  return end ? slice.slice(0, end.index) : slice;
}

/** True when two ranges share a unit. */
export function overlap(a: Span, b: Span): boolean {
  return a[0] < b[1] && b[0] < a[1];
}

/** Whole words: `\b` ends a word at an accent, so letters are asked for by their property. */
const words = (language: string, listed: string): [string, RegExp][] => [
  [language, new RegExp(`(?<!\\p{L})(?:${listed})(?!\\p{L})`, "gu")],
];

/** Asks, for ranges that only move forward, which of the given ones each meets: all the questions together cost one pass. */
export function meeting(spans: readonly Span[]): (start: number, end: number) => Span | undefined {
  const sorted = [...spans].sort((a, b) => a[0] - b[0]);
  let next = 0;
  return (start, end) => {
    while (next < sorted.length && sorted[next]![1] <= start) next++;
    const span = sorted[next];
    return span !== undefined && overlap(span, [start, end]) ? span : undefined;
  };
}

const LANGUAGE_WORDS: [string, RegExp][] = [
  ["zh", /[\u4e00-\u9fff]/],
  ["ja", /[\u3040-\u30ff]/],
  ["ko", /[\uac00-\ud7af]/],
  ...words(
    "pt",
    "imagens|para|não|nao|uma?|por mês|dados|temos|tenho|até|quero|com|linhas|exemplos|milhões|treinar|na|no|em|p/|ler|sexta|conversas|usuários|orçamento|sem|são|memória|épocas|\\p{L}+(?:ção|ções)",
  ),
  ...words(
    "es",
    "para|una?|por mes|datos|tenemos|tengo|hasta|quiero|queremos|con|filas|ejemplos|imágenes|imagenes|millones|entrenar|los|las|el|en|antes|viernes|presupuesto|usuarios|memoria|épocas|sin|\\p{L}+(?:ción|ciones)",
  ),
  ...words(
    "de",
    "wir|und|haben|mit|für|fuer|auf|nicht|ein|eine|einen|der|die|das|bilder|daten|soll|bis|brauchen|monat|ohne|kein|keine|zeilen|beispiele|euro|wochen|nutzer|vorhanden",
  ),
  ...words(
    "fr",
    "nous|avons|avec|pour|sur|les|des|une?|données|donnees|lignes|jusqu'(?:à|au)|par mois|est|modèle|exemples|requêtes|semaines|sans|doivent|et|le|la|de",
  ),
  ...words(
    "it",
    "abbiamo|vogliamo|con|per|il|gli|una|che|esempi|righe|immagini|dati|senza|entro|addestrare|della|delle|dei|di|nostri?|mila",
  ),
  ...words(
    "nl",
    "wij|hebben|wil|willen|een|het|met|voor|op|van|niet|geen|zonder|voorbeelden|afbeeldingen|gegevens|binnen|onze|trainen",
  ),
];

/** A guess at the language, good enough to read "mil" and "12.000" as their writer meant them. */
export function languageOf(text: Text): string {
  const sample = text.low.slice(0, 2000);
  if (LANGUAGE_WORDS[1]![1].test(sample)) return "ja";
  if (LANGUAGE_WORDS[2]![1].test(sample)) return "ko";
  if (LANGUAGE_WORDS[0]![1].test(sample)) return "zh";
  let best = "en";
  // English shares few of these words; two of them settle it.
  let most = 1;
  for (const [language, words] of LANGUAGE_WORDS.slice(3)) {
    const n = sample.match(words)?.length ?? 0;
    if (n > most) {
      most = n;
      best = language;
    }
  }
  return best;
}

import { open, type Reading, say } from "./reading.ts";
import { after, before } from "./text.ts";

const PIXELS = /^\s?-?(?:px|pixels?)(?![a-z])/;
const SIDES = /^\s?x\s?(\d{2,5})(?:\s?(?:px|pixels?))?(?![a-z0-9])/;
const KEYED = /\b(?:resolution|image size|img ?size|imgsz)\s?(?:of|is|=|:|at)?\s?$/;
const LARGEST = 20_000;
const MOST_IMAGES = 10_000;

/** The side of an image, pixels: "640px", "1024x1024", "resolution 512". Of two sides the longer. */
export function readImageSize(reading: Reading): void {
  for (const q of open(reading)) {
    const tail = after(reading.text, q.end, 24);
    const sides = SIDES.exec(tail);
    const other = sides ? Number(sides[1]) : q.high;
    const pixels = PIXELS.exec(tail);
    const square =
      sides !== null && q.high >= 64 && other >= 64 && Math.max(q.high, other) <= 4 * Math.min(q.high, other);
    if (!pixels && !square && !KEYED.test(before(reading.text, q.start, 24))) continue;
    const size = Math.max(q.high, square ? other : 0);
    if (!Number.isInteger(size) || size < 16 || size > LARGEST) continue;
    reading.taken.add(q);
    const end = q.end + ((square ? sides : pixels)?.[0].length ?? 0);
    for (const beside of reading.quantities) if (beside.start >= q.end && beside.end <= end) reading.taken.add(beside);
    say(reading, "imageSize", size, [q.start, end]);
  }
}

const PER_PROMPT =
  /^\s?(?:images?|pictures?|photos?|pages?|screenshots?)\b(?:\s?(?:\+|and|&|,)\s?\d{1,4} \w+)?,? (?:per|a|an|each|in each|in every|for each)\s(?:prompt|request|query|message|call)\b/;

/** "5 images per prompt", "up to 3 photos in each request". */
export function readImagesPerPrompt(reading: Reading): void {
  for (const q of open(reading)) {
    const counted = PER_PROMPT.exec(after(reading.text, q.end, 60));
    if (!counted || !Number.isInteger(q.high) || q.high < 1 || q.high > MOST_IMAGES) continue;
    reading.taken.add(q);
    const end = q.end + counted[0].length;
    for (const beside of reading.quantities) if (beside.start >= q.end && beside.end <= end) reading.taken.add(beside);
    say(reading, "imagesPerPrompt", q.high, [q.start, end]);
  }
}

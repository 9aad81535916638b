/**
 * A text in pieces no longer than `limit`: cut after a line, else at a space, and never inside a character or an
 * escaped one (`&lt;`). The pieces together are the text, less the white space they were cut at.
 */
export function pieces(text: string, limit: number): string[] {
  const out: string[] = [];
  let rest = text.trim();
  while (rest.length > limit) {
    const at = cutAt(rest, limit);
    out.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  if (rest !== "") out.push(rest);
  return out;
}

function cutAt(text: string, limit: number): number {
  const head = text.slice(0, limit + 1);
  for (const mark of ["\n", " "]) {
    const at = head.lastIndexOf(mark);
    // A short first line is not worth a piece of its own.
    if (at > limit / 2) return at;
  }
  return whole(text, limit);
}

/** The last place up to `limit` that is inside neither a surrogate pair nor an entity. */
function whole(text: string, limit: number): number {
  const entity = /&[a-z]{0,4}$/.exec(text.slice(0, limit));
  const at = entity && /^&(?:amp|lt|gt);/.test(text.slice(entity.index)) ? entity.index : limit;
  const before = text.charCodeAt(at - 1);
  return before >= 0xd800 && before <= 0xdbff ? at - 1 : at;
}

/** The beginning of a text that has to be one line of a given length: a label, never the only place it is shown. */
export function shortened(text: string, limit: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= limit ? line : `${line.slice(0, whole(line, limit - 1)).trimEnd()}…`;
}

/** A list in lists of at most `most`. */
export const batches = <T>(all: readonly T[], most: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / most) }, (_, i) => all.slice(i * most, (i + 1) * most));

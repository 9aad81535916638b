/** A line, or the fact that it was too long to keep. */
export type InputLine = { text: string } | { tooLong: true };

/**
 * Splits a stream into lines as they arrive, one group a chunk. A line over the limit is dropped as it streams by,
 * so that memory never grows with the input.
 */
export async function* lineGroups(source: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<InputLine[]> {
  let parts: Buffer[] = [];
  let held = 0;
  let tooLong = false;
  const keep = (piece: Buffer) => {
    held += piece.length;
    if (held > limitBytes) {
      tooLong = true;
      parts = [];
    } else if (piece.length > 0) parts.push(piece);
  };
  const end = (): InputLine => {
    const line: InputLine = tooLong ? { tooLong: true } : { text: Buffer.concat(parts).toString("utf8") };
    parts = [];
    held = 0;
    tooLong = false;
    return line;
  };
  for await (const chunk of source) {
    const group: InputLine[] = [];
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      keep(chunk.subarray(from, at));
      group.push(end());
      from = at + 1;
    }
    keep(chunk.subarray(from));
    if (group.length > 0) yield group;
  }
  if (held > 0) yield [end()];
}

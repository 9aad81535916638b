/** ZMTP 3.x framing (rfc.zeromq.org/spec/23): flags, size, body. Pure: bytes in, frames out. */

const MORE = 0x01;
const LONG = 0x02;
const COMMAND = 0x04;

/** A size above this takes eight bytes instead of one. */
const LONGEST_SHORT = 255;
/** Larger frames are refused before anything is kept for them. */
const LARGEST_BYTES = 2 ** 30;

export interface Frame {
  command: boolean;
  /** Another frame of the same message follows. */
  more: boolean;
  body: Buffer;
}

export function encodeFrame({ command, more, body }: Frame): Buffer {
  const long = body.length > LONGEST_SHORT;
  const head = Buffer.allocUnsafe(long ? 9 : 2);
  head[0] = (command ? COMMAND : 0) | (long ? LONG : 0) | (more ? MORE : 0);
  if (long) head.writeBigUInt64BE(BigInt(body.length), 1);
  else head[1] = body.length;
  return Buffer.concat([head, body]);
}

export const encodeMessage = (frames: readonly Uint8Array[]): Buffer =>
  Buffer.concat(
    frames.map((body, at) =>
      encodeFrame({
        command: false,
        more: at < frames.length - 1,
        body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      }),
    ),
  );

/** What a peer sent that no ZMTP peer sends: the connection is given up. */
export class WireError extends Error {}

/** Bytes as they arrive, in chunks of any size; `take` gives them whole. A large frame is copied once, not at each chunk. */
export class ByteQueue {
  private chunks: Buffer[] = [];
  length = 0;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.length += chunk.length;
  }

  /** The first bytes without taking them; fewer where fewer are there. */
  peek(count: number): Buffer {
    const first = this.chunks[0];
    if (first && first.length >= count) return first.subarray(0, count);
    const found: Buffer[] = [];
    let length = 0;
    for (const chunk of this.chunks) {
      if (length >= count) break;
      found.push(chunk);
      length += chunk.length;
    }
    return Buffer.concat(found).subarray(0, count);
  }

  take(count: number): Buffer {
    const taken: Buffer[] = [];
    let missing = count;
    let whole = 0;
    while (missing > 0) {
      const chunk = this.chunks[whole]!;
      if (chunk.length <= missing) {
        taken.push(chunk);
        whole += 1;
      } else {
        taken.push(chunk.subarray(0, missing));
        this.chunks[whole] = chunk.subarray(missing);
      }
      missing -= Math.min(missing, chunk.length);
    }
    this.chunks.splice(0, whole);
    this.length -= count;
    return taken.length === 1 ? taken[0]! : Buffer.concat(taken);
  }
}

/** The next frame, or undefined until all of it has arrived. */
export function nextFrame(queue: ByteQueue): Frame | undefined {
  if (queue.length < 2) return undefined;
  const head = queue.peek(9);
  const flags = head[0]!;
  if ((flags & ~(MORE | LONG | COMMAND)) !== 0) throw new WireError(`a frame has the reserved flags ${flags}`);
  const long = (flags & LONG) !== 0;
  if (long && head.length < 9) return undefined;
  const size = long ? Number(head.readBigUInt64BE(1)) : head[1]!;
  if (size > LARGEST_BYTES) throw new WireError(`a frame of ${size} bytes is larger than ${LARGEST_BYTES}`);
  const start = long ? 9 : 2;
  if (queue.length < start + size) return undefined;
  queue.take(start);
  return { command: (flags & COMMAND) !== 0, more: (flags & MORE) !== 0, body: queue.take(size) };
}

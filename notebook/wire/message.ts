import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** Jupyter messages as they travel: identities, delimiter, signature, four JSON frames, buffers. */

export interface Header {
  msg_id: string;
  session: string;
  username: string;
  date: string;
  msg_type: string;
  version: string;
  [more: string]: unknown;
}

type Json = Record<string, unknown>;

export interface Message {
  header: Header;
  parent: Partial<Header>;
  metadata: Json;
  content: Json;
  buffers: Buffer[];
}

/** Jupyter's messaging protocol that our own messages follow. */
const PROTOCOL = "5.3";
const DELIMITER = Buffer.from("<IDS|MSG>");

export const hmacOf = (key: string, frames: readonly Uint8Array[]): string => {
  if (key === "") return "";
  const hmac = createHmac("sha256", key);
  for (const frame of frames) hmac.update(frame);
  return hmac.digest("hex");
};

export interface Packed {
  identities: Buffer[];
  /** From the delimiter on: what can be forwarded unchanged, because both sides share the key. */
  sealed: Buffer[];
  message: Message;
}

/** Reads a message and checks its signature; undefined for what nobody with the key has sent. */
export function unpack(frames: Buffer[], key: string): Packed | undefined {
  const at = frames.findIndex((frame) => frame.equals(DELIMITER));
  const parts = frames.slice(at + 2);
  if (at < 0 || parts.length < 4) return undefined;
  // Some sign the four JSON frames, some the buffers too.
  const signature = frames[at + 1]!;
  if (key !== "" && !matches(signature, hmacOf(key, parts.slice(0, 4))) && !matches(signature, hmacOf(key, parts)))
    return undefined;
  try {
    const [header, parent, metadata, content] = parts
      .slice(0, 4)
      .map((part) => JSON.parse(part.toString("utf8")) as Json);
    if (typeof header?.msg_id !== "string" || typeof header.msg_type !== "string") return undefined;
    return {
      identities: frames.slice(0, at),
      sealed: frames.slice(at),
      message: {
        header: header as Header,
        parent: (parent ?? {}) as Partial<Header>,
        metadata: metadata ?? {},
        content: content ?? {},
        buffers: parts.slice(4),
      },
    };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function matches(given: Buffer, expected: string): boolean {
  const want = Buffer.from(expected);
  return given.length === want.length && timingSafeEqual(given, want);
}

/** From the delimiter on. */
export function pack({ header, parent, metadata, content, buffers }: Message, key: string): Buffer[] {
  const parts = [header, parent, metadata, content].map((part) => Buffer.from(JSON.stringify(part)));
  return [DELIMITER, Buffer.from(hmacOf(key, parts)), ...parts, ...buffers];
}

/** A message of our own in answer to another one, or out of the blue. */
export const compose = (
  session: string,
  type: string,
  content: Json,
  parent: Partial<Header> = {},
  metadata: Json = {},
): Message => ({
  header: {
    msg_id: randomUUID(),
    session,
    username: parent.username ?? "kernel",
    date: new Date().toISOString(),
    msg_type: type,
    version: PROTOCOL,
  },
  parent,
  metadata,
  content,
  buffers: [],
});

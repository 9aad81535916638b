import type { IncomingMessage } from "node:http";

/** Larger than any call, smaller than a mistake; uploads of projects are well below it. */
const BODY_AT_MOST_BYTES = 64 * 1024 ** 2;

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > BODY_AT_MOST_BYTES) throw new Error(`body over ${BODY_AT_MOST_BYTES} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** The fields of a form or a JSON object; multipart only where a file may be inside. */
export async function fieldsOf(request: IncomingMessage, body: Buffer): Promise<Readonly<Record<string, unknown>>> {
  const type = request.headers["content-type"] ?? "";
  if (type.startsWith("application/json")) return JSON.parse(body.toString()) as Record<string, unknown>;
  if (type.startsWith("multipart/form-data")) return Object.fromEntries(await multipart(type, body));
  return Object.fromEntries(new URLSearchParams(body.toString()));
}

/** The bytes of an upload: the client library sends them as a field of a form, curl as the body itself. */
export async function uploadOf(request: IncomingMessage, body: Buffer): Promise<Buffer> {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return body;
  for (const [, value] of await multipart(type, body))
    if (typeof value !== "string") return Buffer.from(await value.arrayBuffer());
  return Buffer.alloc(0);
}

/** Node's own reader of forms: that of `fetch`. */
async function multipart(type: string, body: Buffer): Promise<FormData> {
  return new Response(new Uint8Array(body), { headers: { "content-type": type } }).formData();
}

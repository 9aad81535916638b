import { WireError } from "./frames.ts";

/** Greeting and commands of ZMTP 3.0 with the NULL mechanism, and the commands of 3.1 that peers send to a 3.0 peer. */

export type SocketType = "DEALER" | "ROUTER" | "PUB" | "SUB" | "REP" | "REQ";

export const GREETING_BYTES = 64;

/** Signature, version 3.0, mechanism, as-server, filler. */
export function greeting(): Buffer {
  const bytes = Buffer.alloc(GREETING_BYTES);
  bytes[0] = 0xff;
  bytes[8] = 1;
  bytes[9] = 0x7f;
  bytes[10] = 3;
  bytes.write("NULL", 12, "ascii");
  return bytes;
}

export function checkGreeting(bytes: Buffer): void {
  if (bytes[0] !== 0xff || bytes[9] !== 0x7f) throw new WireError("the peer does not speak ZMTP");
  if (bytes[10]! < 3) throw new WireError(`the peer speaks ZMTP ${bytes[10]}, expected 3`);
  const mechanism = bytes.toString("ascii", 12, 32).replace(/\0+$/, "");
  if (mechanism !== "NULL") throw new WireError(`the peer wants the mechanism ${mechanism}, expected NULL`);
}

/** A command: its name with a length byte, then its data. */
export function encodeCommand(name: string, data: Uint8Array = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name, "ascii"), data]);
}

export function decodeCommand(body: Buffer): { name: string; data: Buffer } {
  const length = body[0] ?? 0;
  if (length === 0 || body.length < 1 + length) throw new WireError("a command has no name");
  return { name: body.toString("ascii", 1, 1 + length), data: body.subarray(1 + length) };
}

export function encodeReady(type: SocketType, identity: Uint8Array): Buffer {
  const property = (name: string, value: Uint8Array): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt32BE(value.length);
    return Buffer.concat([Buffer.from([name.length]), Buffer.from(name, "ascii"), size, value]);
  };
  return encodeCommand(
    "READY",
    Buffer.concat([property("Socket-Type", Buffer.from(type, "ascii")), property("Identity", identity)]),
  );
}

/** Properties by lower-case name: the names are case-insensitive. */
export function decodeProperties(data: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < data.length; ) {
    const nameEnd = at + 1 + data[at]!;
    if (nameEnd + 4 > data.length) throw new WireError("a property is cut off");
    const end = nameEnd + 4 + data.readUInt32BE(nameEnd);
    if (end > data.length) throw new WireError("a property is cut off");
    found.set(data.toString("ascii", at + 1, nameEnd).toLowerCase(), data.subarray(nameEnd + 4, end));
    at = end;
  }
  return found;
}

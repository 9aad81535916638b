import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { significant } from "./units.ts";

/** JSON with sorted keys and numbers at six significant digits: equal values give equal text on every runtime. */
export function canonicalJson(value: unknown): string {
  if (typeof value === "number") return JSON.stringify(significant(value, 6)) ?? "null";
  if (value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map((v) => canonicalJson(v === undefined ? null : v)).join(",")}]`;
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([k, v]) => `${JSON.stringify(k)}:${canonicalJson(v)}`).join(",")}}`;
}

/** SHA-256 of a value's canonical JSON, in hexadecimal. */
export const hashOf = (value: unknown): string => sha256Hex(canonicalJson(value));

/** SHA-256 of a text as it is written to disk (UTF-8), in hexadecimal. */
export const sha256Hex = (text: string): string => bytesToHex(sha256(utf8ToBytes(text)));

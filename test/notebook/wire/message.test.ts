import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { compose, hmacOf, pack, unpack } from "../../../notebook/wire/message.ts";

const KEY = "a0436f6c-1916-498b-8eb9-e81ab9368e84";
const message = { ...compose("s", "stream", { name: "stdout", text: "ü 🦀" }), buffers: [Buffer.from([1, 2, 3])] };

test("a message that we sign is read back whole, with identities and buffers", () => {
  const packed = unpack([Buffer.from("front"), ...pack(message, KEY)], KEY);
  expect(packed?.identities.map(String)).toEqual(["front"]);
  expect(packed?.message).toEqual(message);
  expect(packed?.sealed.length).toBe(7);
});

test("the signature is HMAC-SHA256 over the four JSON frames", () => {
  const frames = pack(message, KEY);
  const hmac = createHmac("sha256", KEY);
  for (const frame of frames.slice(2, 6)) hmac.update(frame);
  expect(frames[1]!.toString()).toBe(hmac.digest("hex"));
});

test("a signature over all frames is accepted too: some kernels sign their buffers", () => {
  const frames = pack(message, KEY);
  frames[1] = Buffer.from(hmacOf(KEY, frames.slice(2)));
  expect(unpack(frames, KEY)?.message.content).toEqual(message.content);
});

test.each([
  ["another key", (f: Buffer[]) => f, "other"],
  ["content changed on the way", (f: Buffer[]) => f.map((x, i) => (i === 5 ? Buffer.from('{"code":"evil"}') : x)), KEY],
  ["no signature", (f: Buffer[]) => f.map((x, i) => (i === 1 ? Buffer.alloc(0) : x)), KEY],
  ["no delimiter", (f: Buffer[]) => f.slice(1), KEY],
  ["three frames", (f: Buffer[]) => f.slice(0, 5), KEY],
])("%s is not a message", (_, spoil, key) => {
  expect(unpack(spoil(pack(message, KEY)), key)).toBeUndefined();
});

test("JSON that is not a message is not a message, even signed", () => {
  const parts = ["1", "{}", "{}", "{}"].map((x) => Buffer.from(x));
  expect(unpack([Buffer.from("<IDS|MSG>"), Buffer.from(hmacOf(KEY, parts)), ...parts], KEY)).toBeUndefined();
  const broken = ["{", "{}", "{}", "{}"].map((x) => Buffer.from(x));
  expect(unpack([Buffer.from("<IDS|MSG>"), Buffer.from(hmacOf(KEY, broken)), ...broken], KEY)).toBeUndefined();
});

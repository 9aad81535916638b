import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteQueue, encodeFrame, type Frame, nextFrame, WireError } from "../../../notebook/wire/frames.ts";
import {
  checkGreeting,
  decodeCommand,
  decodeProperties,
  encodeReady,
  greeting,
} from "../../../notebook/wire/handshake.ts";
import { processorMs } from "../../doubles/processor.ts";

const frames = (queue: ByteQueue): Frame[] => {
  const found: Frame[] = [];
  for (let frame = nextFrame(queue); frame; frame = nextFrame(queue)) found.push(frame);
  return found;
};

test("frames are the bytes of RFC 23: one size byte up to 255, eight big-endian ones from 256", () => {
  const short = encodeFrame({ command: false, more: true, body: Buffer.alloc(255, 7) });
  expect([...short.subarray(0, 3)]).toEqual([0x01, 0xff, 7]);
  const long = encodeFrame({ command: false, more: false, body: Buffer.alloc(256, 7) });
  expect([...long.subarray(0, 10)]).toEqual([0x02, 0, 0, 0, 0, 0, 0, 1, 0, 7]);
  expect([...encodeFrame({ command: true, more: false, body: Buffer.from("x") })]).toEqual([0x04, 1, 0x78]);
});

test("whatever way the stream is cut, the same frames come out", () => {
  const anyFrame = fc.record({
    command: fc.boolean(),
    more: fc.boolean(),
    body: fc.uint8Array({ maxLength: 700 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 300 })), (sent, cuts) => {
      const stream = Buffer.concat(sent.map(encodeFrame));
      const queue = new ByteQueue();
      const got: Frame[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        queue.push(stream.subarray(at, at + cut));
        at = Math.min(at + cut, stream.length);
        got.push(...frames(queue));
      }
      expect(got.map((f) => ({ ...f, body: f.body.toString("hex") }))).toEqual(
        sent.map((f) => ({ ...f, body: f.body.toString("hex") })),
      );
      expect(queue.length).toBe(0);
    }),
  );
});

test("any bytes are frames, wait for more, or are refused: never another failure", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      const queue = new ByteQueue();
      queue.push(Buffer.from(bytes));
      try {
        for (const frame of frames(queue)) if (frame.command) decodeProperties(decodeCommand(frame.body).data);
      } catch (error) {
        expect(error).toBeInstanceOf(WireError);
      }
    }),
  );
});

test("a frame that claims more than 1 GiB is refused before its bytes are kept", () => {
  const queue = new ByteQueue();
  queue.push(Buffer.from([0x02, 0, 0, 0, 1, 0, 0, 0, 0]));
  expect(() => nextFrame(queue)).toThrow("larger than 1073741824");
});

test("10 MB in chunks of 1,000 bytes is read in linear time", () => {
  const sent = encodeFrame({ command: false, more: false, body: Buffer.alloc(10_000_000, 1) });
  const queue = new ByteQueue();
  let found: Frame | undefined;
  const spentMs = processorMs(() => {
    for (let at = 0; at < sent.length; at += 1000) {
      queue.push(sent.subarray(at, at + 1000));
      found ??= nextFrame(queue);
    }
  });
  expect(found?.body.length).toBe(10_000_000);
  expect(spentMs).toBeLessThan(2000);
});

test("the greeting says 3.0 and NULL; a peer of version 2 or with a password is refused", () => {
  const ours = greeting();
  expect(ours.length).toBe(64);
  expect(ours.toString("hex", 0, 16)).toBe("ff00000000000000017f03004e554c4c");
  expect(() => checkGreeting(ours)).not.toThrow();
  const old = Buffer.from(ours);
  old[10] = 1;
  expect(() => checkGreeting(old)).toThrow("ZMTP 1, expected 3");
  const plain = Buffer.from(ours);
  plain.write("PLAIN", 12, "ascii");
  expect(() => checkGreeting(plain)).toThrow("PLAIN, expected NULL");
});

test("READY carries the socket's type and identity", () => {
  const { name, data } = decodeCommand(encodeReady("DEALER", Buffer.from("me")));
  const properties = decodeProperties(data);
  expect(name).toBe("READY");
  expect(properties.get("socket-type")?.toString()).toBe("DEALER");
  expect(properties.get("identity")?.toString()).toBe("me");
});

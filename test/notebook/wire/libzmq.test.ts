import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test, vi } from "vitest";
import { bindEcho, bindPublisher, bindRouter } from "../../../notebook/wire/bind.ts";
import { connectDealer, connectSubscriber } from "../../../notebook/wire/connect.ts";
import { ByteQueue, encodeFrame, nextFrame } from "../../../notebook/wire/frames.ts";
import {
  decodeCommand,
  encodeCommand,
  encodeReady,
  GREETING_BYTES,
  greeting,
} from "../../../notebook/wire/handshake.ts";
import { freePort } from "../../doubles/port.ts";
import { type Program, PYTHON, python } from "../python.ts";

const HERE = { host: "127.0.0.1", port: 0 };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

interface Peer {
  tell<T = unknown>(...words: unknown[]): Promise<T>;
  send(frames: Buffer[]): Promise<unknown>;
  receive(): Promise<Buffer[]>;
  program: Program;
}

async function libzmq(kind: string, identity = ""): Promise<Peer> {
  const program = python("wire/peer.py");
  cleanups.push(() => program.end());
  const tell = <T>(...words: unknown[]): Promise<T> => {
    program.say(words);
    return program.hear<T>();
  };
  await tell("open", kind, identity);
  return {
    program,
    tell,
    send: (frames) =>
      tell(
        "send",
        frames.map((f) => f.toString("base64")),
      ),
    async receive() {
      const got = await tell<string[] | null>("receive");
      if (got === null) throw new Error("nothing came within 60 s");
      return got.map((f) => Buffer.from(f, "base64"));
    },
  };
}

/** What arrives, one after the other. */
function inbox<T>(): { put(value: T): void; next(): Promise<T>; count(): number } {
  const have: T[] = [];
  const want: ((value: T) => void)[] = [];
  return {
    put: (value) => (want.length > 0 ? want.shift()!(value) : have.push(value)),
    next: () => (have.length > 0 ? Promise.resolve(have.shift()!) : new Promise((resolve) => want.push(resolve))),
    count: () => have.length,
  };
}

const SIZES = [0, 1, 255, 256, 65_536, 3_000_000];
const bodies = SIZES.map((size, i) => Buffer.alloc(size, i + 1));

describe.skipIf(!PYTHON)("against libzmq", () => {
  test("a libzmq DEALER reaches our ROUTER under its identity, and is answered: frames of 0 bytes to 3 MB", async () => {
    const got = inbox<{ from: Buffer; frames: Buffer[] }>();
    const router = await bindRouter(HERE, (from, frames) => got.put({ from, frames }));
    cleanups.push(() => router.close());
    const dealer = await libzmq("DEALER", "front");
    await dealer.tell("connect", router.port);
    await dealer.send(bodies);
    const { from, frames } = await got.next();
    expect(from.toString()).toBe("front");
    expect(frames.map((f) => f.length)).toEqual(SIZES);
    expect(Buffer.concat(frames).equals(Buffer.concat(bodies))).toBe(true);
    expect(router.send(from, bodies)).toBe(true);
    expect(Buffer.concat(await dealer.receive()).equals(Buffer.concat(bodies))).toBe(true);
    expect(router.send(Buffer.from("nobody"), bodies)).toBe(false);
  });

  test("our DEALER reaches a libzmq ROUTER, which sees our identity", async () => {
    const router = await libzmq("ROUTER");
    const port = await router.tell<number>("bind");
    const got = inbox<Buffer[]>();
    const dealer = connectDealer({ ...HERE, port }, Buffer.from("proxy"), got.put);
    cleanups.push(() => dealer.close());
    dealer.send(bodies);
    const [from, ...frames] = await router.receive();
    expect(from!.toString()).toBe("proxy");
    expect(Buffer.concat(frames).equals(Buffer.concat(bodies))).toBe(true);
    await router.send([from!, ...bodies]);
    expect((await got.next()).map((f) => f.length)).toEqual(SIZES);
  });

  test("a libzmq SUB that joins late hears what is published after its subscription, by topic or all", async () => {
    const joined = inbox<void>();
    const publisher = await bindPublisher(HERE, () => joined.put());
    cleanups.push(() => publisher.close());
    publisher.publish([Buffer.from("before anybody listened")]);
    const subscriber = await libzmq("SUB");
    await subscriber.tell("connect", publisher.port);
    await joined.next();
    publisher.publish([Buffer.from("topic"), ...bodies]);
    expect((await subscriber.receive()).map((f) => f.length)).toEqual([5, ...SIZES]);
    for (let i = 0; i < 5000; i += 1) publisher.publish([Buffer.from(String(i))]);
    for (let i = 0; i < 5000; i += 1) expect((await subscriber.receive())[0]!.toString()).toBe(String(i));
  });

  test("our SUB hears a libzmq PUB, and answers its heartbeats instead of being dropped", async () => {
    const publisher = await libzmq("PUB");
    const port = await publisher.tell<number>("bind");
    const got = inbox<Buffer[]>();
    const subscriber = connectSubscriber({ ...HERE, port }, got.put);
    cleanups.push(() => subscriber.close());
    await subscriber.ready;
    // A 50 ms heartbeat with no PONG would close the connection within this.
    await sleep(400);
    await publisher.send(bodies);
    expect((await got.next()).map((f) => f.length)).toEqual(SIZES);
  });

  test("our heartbeat answers a libzmq REQ", async () => {
    const echo = await bindEcho(HERE);
    cleanups.push(() => echo.close());
    const request = await libzmq("REQ");
    await request.tell("connect", echo.port);
    for (const word of ["ping", "again"]) {
      await request.send([Buffer.from(word)]);
      expect((await request.receive()).map(String)).toEqual([word]);
    }
  });

  test("our DEALER waits for a peer that is not there yet, and finds it again after it was closed", async () => {
    const port = await freePort();
    const dealer = connectDealer({ ...HERE, port }, Buffer.from("proxy"), () => {});
    cleanups.push(() => dealer.close());
    dealer.send([Buffer.from("early")]);
    for (const word of ["early", "later"]) {
      const router = await libzmq("ROUTER");
      await router.tell("bind", port);
      if (word === "later") {
        await sleep(1000);
        dealer.send([Buffer.from("later")]);
      }
      expect((await router.receive())[1]!.toString()).toBe(word);
      await router.tell("close");
      await router.program.end();
      await sleep(100);
    }
  });
});

test("a peer that speaks something else is hung up on, and the others go on", async () => {
  const got = inbox<string>();
  const router = await bindRouter(HERE, (_, frames) => got.put(String(frames[0])));
  cleanups.push(() => router.close());
  const stranger = connect(router.port, "127.0.0.1");
  stranger.on("error", () => {});
  stranger.write("GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: somebody who is lost\r\n\r\n");
  stranger.resume();
  await once(stranger, "close");
  const dealer = connectDealer({ ...HERE, port: router.port }, Buffer.from("d"), () => {});
  cleanups.push(() => dealer.close());
  dealer.send([Buffer.from("still here")]);
  expect(await got.next()).toBe("still here");
});

test("two dealers of one front under different identities are answered apart, byte by byte", async () => {
  const got = inbox<{ from: Buffer; word: string }>();
  const router = await bindRouter(HERE, (from, frames) => got.put({ from, word: String(frames[0]) }));
  cleanups.push(() => router.close());
  const answers = inbox<string>();
  for (const name of ["a", "b"]) {
    const dealer = connectDealer({ ...HERE, port: router.port }, Buffer.from(name), ([f]) =>
      answers.put(`${name}:${f}`),
    );
    cleanups.push(() => dealer.close());
    dealer.send([Buffer.from(name)]);
  }
  for (let i = 0; i < 2; i += 1) {
    const { from, word } = await got.next();
    router.send(from, [Buffer.from(word.toUpperCase())]);
  }
  expect([await answers.next(), await answers.next()].sort()).toEqual(["a:A", "b:B"]);
});

test("a peer of ZMTP 3.1 subscribes and cancels by command, byte by byte, and its PING is answered with its context", async () => {
  const joined = inbox<void>();
  const publisher = await bindPublisher(HERE, () => joined.put());
  cleanups.push(() => publisher.close());
  const peer = connect(publisher.port, "127.0.0.1");
  cleanups.push(() => peer.destroy());
  const received = new ByteQueue();
  peer.on("data", (chunk) => received.push(chunk));
  const command = (name: string, data = Buffer.alloc(0)): Buffer =>
    encodeFrame({ command: true, more: false, body: encodeCommand(name, data) });
  const hello = greeting();
  hello[11] = 1;
  const sent = Buffer.concat([
    hello,
    encodeFrame({ command: true, more: false, body: encodeReady("SUB", Buffer.alloc(0)) }),
    command("SUBSCRIBE", Buffer.from("b")),
    command("PING", Buffer.concat([Buffer.from([0, 100]), Buffer.from("context")])),
  ]);
  for (const byte of sent) peer.write(Buffer.from([byte]));
  const got: string[] = [];
  /** Until it has answered a PING: what was sent before that is read, and what it sent before is here. */
  const answers = async (context: string): Promise<void> => {
    peer.write(command("PING", Buffer.concat([Buffer.from([0, 100]), Buffer.from(context)])));
    await vi.waitFor(
      () => {
        for (let frame = nextFrame(received); frame; frame = nextFrame(received))
          got.push(
            frame.command ? decodeCommand(frame.body).name + decodeCommand(frame.body).data : String(frame.body),
          );
        expect(got).toContain(`PONG${context}`);
      },
      { timeout: 60_000 },
    );
  };
  await joined.next();
  await vi.waitFor(() => expect(received.length).toBeGreaterThanOrEqual(GREETING_BYTES), { timeout: 60_000 });
  received.take(GREETING_BYTES);
  publisher.publish([Buffer.from("apart")]);
  publisher.publish([Buffer.from("both")]);
  peer.write(command("CANCEL", Buffer.from("b")));
  await answers("cancelled");
  publisher.publish([Buffer.from("both again")]);
  await answers("the end");
  const said = got.map((text) => text.replace(/^READY.*/s, "READY"));
  expect(said).toEqual(["READY", "PONGcontext", "both", "PONGcancelled", "PONGthe end"]);
});

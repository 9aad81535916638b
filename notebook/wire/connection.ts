import type { Socket } from "node:net";
import { ByteQueue, encodeFrame, encodeMessage, nextFrame, WireError } from "./frames.ts";
import {
  checkGreeting,
  decodeCommand,
  decodeProperties,
  encodeCommand,
  encodeReady,
  GREETING_BYTES,
  greeting,
  type SocketType,
} from "./handshake.ts";

/** Who may talk to whom. */
const PEERS: Record<SocketType, readonly string[]> = {
  DEALER: ["ROUTER", "DEALER", "REP"],
  ROUTER: ["DEALER", "ROUTER", "REQ"],
  PUB: ["SUB", "XSUB"],
  SUB: ["PUB", "XPUB"],
  REP: ["REQ", "DEALER"],
  REQ: ["REP", "ROUTER"],
};

/** Nobody who is one of us takes longer. */
const HANDSHAKE_MS = 30_000;

export interface ConnectionEvents {
  /** The handshake is done; the peer's identity, empty where it has none. */
  ready(identity: Buffer): void;
  message(frames: Buffer[]): void;
  /** SUBSCRIBE and CANCEL of ZMTP 3.1. */
  command(name: string, data: Buffer): void;
  closed(error?: Error): void;
}

/** One ZMTP peer at the other end of a TCP stream, whichever side called. */
export class Connection {
  private readonly socket: Socket;
  private readonly type: SocketType;
  private readonly events: ConnectionEvents;
  private readonly received = new ByteQueue();
  private stage: "greeting" | "ready" | "traffic" = "greeting";
  private parts: Buffer[] = [];
  private error: Error | undefined;

  constructor(socket: Socket, type: SocketType, identity: Uint8Array, events: ConnectionEvents) {
    this.socket = socket;
    this.type = type;
    this.events = events;
    socket.setNoDelay(true);
    const late = setTimeout(() => this.fail(new WireError("the handshake took too long")), HANDSHAKE_MS);
    late.unref?.();
    const settled = (): void => clearTimeout(late);
    socket.on("data", (chunk: Buffer) => {
      this.received.push(chunk);
      try {
        this.read();
        if (this.stage === "traffic") settled();
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
        this.fail(error);
      }
    });
    socket.on("error", (error) => {
      this.error ??= error;
    });
    socket.on("close", () => {
      settled();
      events.closed(this.error);
    });
    socket.write(greeting());
    socket.write(encodeFrame({ command: true, more: false, body: encodeReady(type, identity) }));
  }

  get open(): boolean {
    return this.stage === "traffic" && !this.socket.destroyed;
  }

  /** Bytes that wait for the peer to read. */
  get waitingBytes(): number {
    return this.socket.writableLength;
  }

  send(frames: readonly Uint8Array[]): void {
    this.socket.write(encodeMessage(frames));
  }

  /** Sends what waits, then closes. */
  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private fail(error: Error): void {
    this.error = error;
    this.socket.destroy();
  }

  private read(): void {
    if (this.stage === "greeting") {
      if (this.received.length < GREETING_BYTES) return;
      checkGreeting(this.received.take(GREETING_BYTES));
      this.stage = "ready";
    }
    for (let frame = nextFrame(this.received); frame; frame = nextFrame(this.received)) {
      if (frame.command) this.obey(frame.body);
      else if (this.stage !== "traffic") throw new WireError("a message came before READY");
      else {
        this.parts.push(frame.body);
        if (frame.more) continue;
        const message = this.parts;
        this.parts = [];
        this.events.message(message);
      }
    }
  }

  private obey(body: Buffer): void {
    const { name, data } = decodeCommand(body);
    if (this.stage === "ready") {
      if (name !== "READY") throw new WireError(`the peer said ${name}, expected READY`);
      const properties = decodeProperties(data);
      const type = properties.get("socket-type")?.toString("ascii") ?? "";
      if (!PEERS[this.type].includes(type))
        throw new WireError(`${this.type} does not talk to ${type || "a peer without type"}`);
      this.stage = "traffic";
      this.events.ready(properties.get("identity") ?? Buffer.alloc(0));
      return;
    }
    // PING: time to live in two bytes, then a context that PONG gives back.
    if (name === "PING")
      this.socket.write(encodeFrame({ command: true, more: false, body: encodeCommand("PONG", data.subarray(2)) }));
    else if (name === "ERROR") throw new WireError(`the peer refused: ${data.toString("utf8", 1)}`);
    else this.events.command(name, data);
  }
}

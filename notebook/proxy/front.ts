import { type Bound, bindEcho, bindPublisher, bindRouter, type Publisher, type Router } from "../wire/bind.ts";
import { compose, type Header, type Message, type Packed, pack, unpack } from "../wire/message.ts";
import type { ConnectionInfo } from "./connection-file.ts";

export type Channel = "shell" | "control" | "stdin";

/** Who asked, and on which channel: where the answer goes. */
export interface Asker {
  channel: Channel;
  /** The peer's identity. */
  from: Buffer;
  /** What else stood before the delimiter. */
  identities: Buffer[];
  header: Header;
}

/** What Jupyter sees: the five sockets of a kernel. */
export class Front {
  private readonly routers: Record<Channel, Router>;
  private readonly publisher: Publisher;
  private readonly heartbeat: Bound;
  private readonly key: string;
  readonly session: string;

  static async open(
    info: ConnectionInfo,
    session: string,
    onRequest: (asker: Asker, packed: Packed) => void,
  ): Promise<Front> {
    const at = (port: number) => ({ host: info.ip === "*" ? "0.0.0.0" : info.ip, port });
    const router = (channel: Channel, port: number): Promise<Router> =>
      bindRouter(at(port), (from, frames) => {
        const packed = unpack(frames, info.key);
        // What is not signed with the key is nobody's who may speak here.
        if (packed) onRequest({ channel, from, identities: packed.identities, header: packed.message.header }, packed);
      });
    const [shell, control, stdin, publisher, heartbeat] = await Promise.all([
      router("shell", info.shell_port),
      router("control", info.control_port),
      router("stdin", info.stdin_port),
      bindPublisher(at(info.iopub_port)),
      bindEcho(at(info.hb_port)),
    ]);
    return new Front({ shell, control, stdin }, publisher, heartbeat, info.key, session);
  }

  private constructor(
    routers: Record<Channel, Router>,
    publisher: Publisher,
    heartbeat: Bound,
    key: string,
    session: string,
  ) {
    this.routers = routers;
    this.publisher = publisher;
    this.heartbeat = heartbeat;
    this.key = key;
    this.session = session;
  }

  /** A reply of our own. */
  reply(to: Asker, type: string, content: Record<string, unknown>): void {
    this.forward(to, to.channel, pack(compose(this.session, type, content, to.header), this.key));
  }

  /** Frames from the delimiter on, as somebody else sealed them. */
  forward(to: Asker, channel: Channel, sealed: readonly Buffer[]): void {
    this.routers[channel].send(to.from, [...to.identities, ...sealed]);
  }

  rewritten(to: Asker, message: Message): void {
    this.forward(to, to.channel, pack(message, this.key));
  }

  publish(type: string, content: Record<string, unknown>, parent: Partial<Header>): void {
    this.publishMessage(compose(this.session, type, content, parent));
  }

  publishMessage(message: Message): void {
    this.publishSealed(message.header.msg_type, pack(message, this.key));
  }

  publishSealed(type: string, sealed: readonly Buffer[]): void {
    this.publisher.publish([Buffer.from(`kernel.${this.session}.${type}`), ...sealed]);
  }

  async close(): Promise<void> {
    await Promise.all([...Object.values(this.routers), this.publisher, this.heartbeat].map((each) => each.close()));
  }
}

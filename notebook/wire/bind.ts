import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Connection } from "./connection.ts";
import type { SocketType } from "./handshake.ts";

/** The bound sockets of a kernel: peers come and go, each with an identity. */

export interface Bound {
  port: number;
  close(): Promise<void>;
}

export interface Router extends Bound {
  /** To one peer by identity; false where that peer is gone. */
  send(to: Buffer, frames: readonly Uint8Array[]): boolean;
}

export interface Publisher extends Bound {
  publish(frames: readonly Uint8Array[]): void;
}

interface Address {
  host: string;
  port: number;
}

interface Peer {
  connection: Connection;
  identity: Buffer;
}

interface Heard {
  ready?(peer: Peer): void;
  message?(peer: Peer, frames: Buffer[]): void;
  command?(peer: Peer, name: string, data: Buffer): void;
  gone?(peer: Peer): void;
}

async function listen(type: SocketType, { host, port }: Address, heard: Heard): Promise<Bound> {
  const peers = new Set<Peer>();
  const server = createServer((socket) => {
    const peer: Peer = {
      identity: Buffer.alloc(0),
      connection: new Connection(socket, type, Buffer.alloc(0), {
        ready(identity) {
          // A peer without a name gets one; a leading zero byte keeps ours apart from names that peers choose.
          peer.identity = identity.length > 0 ? identity : Buffer.concat([Buffer.alloc(1), randomBytes(8)]);
          heard.ready?.(peer);
        },
        message: (frames) => heard.message?.(peer, frames),
        command: (name, data) => heard.command?.(peer, name, data),
        closed() {
          peers.delete(peer);
          heard.gone?.(peer);
        },
      }),
    };
    peers.add(peer);
  });
  server.listen(port, host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const { connection } of peers) connection.end();
      // A peer that does not read must not keep us.
      const late = setTimeout(() => {
        for (const { connection } of peers) connection.destroy();
      }, 500);
      await closed;
      clearTimeout(late);
    },
  };
}

export async function bindRouter(
  address: Address,
  onMessage: (from: Buffer, frames: Buffer[]) => void,
): Promise<Router> {
  const byIdentity = new Map<string, Peer>();
  const keyOf = (identity: Buffer): string => identity.toString("latin1");
  const bound = await listen("ROUTER", address, {
    // A peer that comes back before we noticed that it left takes its name over.
    ready: (peer) => byIdentity.set(keyOf(peer.identity), peer),
    message: (peer, frames) => onMessage(peer.identity, frames),
    gone(peer) {
      if (byIdentity.get(keyOf(peer.identity)) === peer) byIdentity.delete(keyOf(peer.identity));
    },
  });
  return {
    ...bound,
    send(to, frames) {
      const peer = byIdentity.get(keyOf(to));
      if (!peer?.connection.open) return false;
      peer.connection.send(frames);
      return true;
    },
  };
}

/** A subscriber that does not read gets nothing more once this waits for it: memory stays bounded. */
const MOST_WAITING_BYTES = 256 * 2 ** 20;

export async function bindPublisher(address: Address, onSubscribe: () => void = () => {}): Promise<Publisher> {
  const topics = new Map<Peer, Buffer[]>();
  const change = (peer: Peer, subscribe: boolean, topic: Buffer): void => {
    const have = topics.get(peer) ?? [];
    const at = have.findIndex((each) => each.equals(topic));
    topics.set(peer, subscribe ? [...have, topic] : have.filter((_, i) => i !== at));
    if (subscribe) onSubscribe();
  };
  const bound = await listen("PUB", address, {
    // ZMTP 3.0 subscribes by a message whose first byte says so, 3.1 by a command.
    message(peer, [first]) {
      if (first && first.length > 0 && first[0]! <= 1) change(peer, first[0] === 1, Buffer.from(first.subarray(1)));
    },
    command(peer, name, data) {
      if (name === "SUBSCRIBE" || name === "CANCEL") change(peer, name === "SUBSCRIBE", Buffer.from(data));
    },
    gone: (peer) => topics.delete(peer),
  });
  return {
    ...bound,
    publish(frames) {
      const first = frames[0] ?? Buffer.alloc(0);
      for (const [{ connection }, wanted] of topics) {
        if (!connection.open || connection.waitingBytes > MOST_WAITING_BYTES) continue;
        if (wanted.some((topic) => topic.equals(first.subarray(0, topic.length)))) connection.send(frames);
      }
    },
  };
}

/** Heartbeat: what comes goes back. */
export const bindEcho = (address: Address): Promise<Bound> =>
  listen("REP", address, { message: ({ connection }, frames) => connection.send(frames) });

import { connect as connectTcp } from "node:net";
import { Connection } from "./connection.ts";
import type { SocketType } from "./handshake.ts";

/** The connected sockets of a client: they come back by themselves when the peer restarts. */

export interface Connected {
  /** Resolves when the first handshake is done. */
  ready: Promise<void>;
  close(): void;
}

export interface Dealer extends Connected {
  send(frames: readonly Uint8Array[]): void;
}

interface Address {
  host: string;
  port: number;
}

const FIRST_RETRY_MS = 10;
const LONGEST_RETRY_MS = 500;

interface Heard {
  opened(connection: Connection): void;
  message(frames: Buffer[]): void;
}

function stayConnected(type: SocketType, { host, port }: Address, identity: Uint8Array, heard: Heard): Connected {
  let connection: Connection | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let wait = FIRST_RETRY_MS;
  let done = (): void => {};
  const ready = new Promise<void>((resolve) => {
    done = resolve;
  });
  const dial = (): void => {
    const current = new Connection(connectTcp(port, host), type, identity, {
      ready() {
        wait = FIRST_RETRY_MS;
        heard.opened(current);
        done();
      },
      message: heard.message,
      command() {},
      closed() {
        if (closed) return;
        timer = setTimeout(dial, wait);
        wait = Math.min(wait * 2, LONGEST_RETRY_MS);
      },
    });
    connection = current;
  };
  dial();
  return {
    ready,
    close() {
      closed = true;
      clearTimeout(timer);
      connection?.end();
      const left = connection;
      setTimeout(() => left?.destroy(), LONGEST_RETRY_MS).unref?.();
    },
  };
}

/** What is sent while nobody is there waits, and goes out in order. */
export function connectDealer(address: Address, identity: Uint8Array, onMessage: (frames: Buffer[]) => void): Dealer {
  let connection: Connection | undefined;
  let waiting: (readonly Uint8Array[])[] = [];
  const connected = stayConnected("DEALER", address, identity, {
    opened(fresh) {
      connection = fresh;
      for (const frames of waiting) fresh.send(frames);
      waiting = [];
    },
    message: onMessage,
  });
  return {
    ...connected,
    send(frames) {
      if (connection?.open) connection.send(frames);
      else waiting.push(frames);
    },
  };
}

/** Subscribed to everything, again after each reconnect. A 3.0 peer subscribes by message. */
export const connectSubscriber = (address: Address, onMessage: (frames: Buffer[]) => void): Connected =>
  stayConnected("SUB", address, Buffer.alloc(0), {
    opened: (connection) => connection.send([Buffer.from([1])]),
    message: onMessage,
  });

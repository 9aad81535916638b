import { setTimeout as pause } from "node:timers/promises";
import { type App, type Logger, SocketModeReceiver } from "@slack/bolt";
import type { WebClientOptions } from "@slack/web-api";
import type { Passing } from "./passing.ts";
import { begin, type Starting } from "./starting.ts";
import type { Way } from "./way.ts";

export interface SocketsSetting {
  appToken: string;
  clientOptions: WebClientOptions;
  logger: Logger;
  passing: Passing;
  /** Two, so that one is open while Slack renews the other. */
  connections: number;
  failed(error: unknown): void;
  starting: Starting;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
const CLOSING_MS = 2_000;

/**
 * Socket Mode over several sockets, which share what arrives. They are kept open here and not by the library (3.1.0),
 * which waits five seconds before it connects again and ends the process where that fails: a rejection of its own that
 * nobody can catch.
 */
export function socketsWay(setting: SocketsSetting): Way {
  const { appToken, clientOptions, logger, passing, connections, failed, starting } = setting;
  const receivers = Array.from(
    { length: connections },
    () =>
      new SocketModeReceiver({
        appToken,
        logger,
        autoReconnectEnabled: false,
        installerOptions: { clientOptions },
        processEventErrorHandler: async ({ error }) => {
          failed(error);
          return false;
        },
      }),
  );
  const open = new Set<SocketModeReceiver>();
  const stop = new AbortController();

  /** One life of a socket: resolves when it is open, and gives a promise of its end. */
  const connect = async (each: SocketModeReceiver): Promise<{ ended: Promise<void> }> => {
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = () => {
        open.delete(each);
        resolve();
      };
    });
    each.client.once("disconnected", end);
    try {
      await each.client.start();
    } catch (error) {
      each.client.removeListener("disconnected", end);
      throw error ?? new Error("Slack closed a socket before it was open");
    }
    open.add(each);
    return { ended };
  };

  const keepOpen = async (each: SocketModeReceiver, first: { ended: Promise<void> }): Promise<void> => {
    let { ended } = first;
    for (let failures = 0; !stop.signal.aborted; ) {
      await ended;
      if (stop.signal.aborted) return;
      try {
        ({ ended } = await connect(each));
        failures = 0;
      } catch (error) {
        failures += 1;
        failed(error);
        ended = Promise.resolve();
        // Apart from each other, so that two do not knock at once.
        const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** failures) * (0.5 + Math.random() / 2);
        await pause(wait, undefined, { signal: stop.signal, ref: false }).catch(() => {});
      }
    }
  };

  return {
    init(app: App) {
      for (const each of receivers) each.init(passing.before(app));
    },
    async start() {
      const first = await Promise.all(receivers.map((each) => begin("SLACK_APP_TOKEN", () => connect(each), starting)));
      for (const [i, each] of receivers.entries()) void keepOpen(each, first[i]!);
    },
    async stop() {
      stop.abort();
      const closing = Promise.all(receivers.map((each) => each.client.disconnect().catch(() => {})));
      await Promise.race([closing, pause(CLOSING_MS)]);
    },
    isOpen: () => open.size > 0,
  };
}

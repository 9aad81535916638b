import type { AddressInfo } from "node:net";
import { type App, HTTPReceiver, type Logger, type ReceiverEvent } from "@slack/bolt";
import type { Passing } from "./passing.ts";
import type { Way } from "./way.ts";

export interface HttpSetting {
  signingSecret: string;
  host: string;
  /** 0 takes a free one. */
  port: number;
  acknowledgeMs?: number;
  logger: Logger;
  passing: Passing;
  failed(error: unknown): void;
  nowMs(): number;
}

const PATH = "/slack/events";
/** Slack's own rule for what is old (docs.slack.dev/authentication/verifying-requests-from-slack); here for both sides. */
const SKEW_SECONDS = 300;
const MOST_BYTES = 1024 * 1024;

/** Signed by Slack, and yet not to be taken. */
class UntimelyError extends Error {
  constructor(why: string) {
    super(why);
    this.name = "UntimelyError";
  }
}

const ACKNOWLEDGE_MS = 3_000;

/** Slack has given up on it by now: an event comes again, and a person is told that a click or a command failed. */
class LateError extends Error {
  constructor(afterMs: number) {
    super(`A delivery was not kept within ${afterMs / 1000} seconds: the machine or its database has too much to do`);
    this.name = "LateError";
  }
}

/**
 * HTTP mode. Bolt checks signatures and refuses what is old; it accepts what is dated in the future, and the same
 * request again as often as somebody who saw it likes to send it. Both are refused here, after the signature was found
 * good: a retry by Slack has another time and another signature.
 */
export function httpWay(setting: HttpSetting): Way {
  const { signingSecret, host, port, acknowledgeMs = ACKNOWLEDGE_MS, logger, passing, failed, nowMs } = setting;
  const seen = new Signatures();
  let address: AddressInfo | undefined;
  const receiver = new HTTPReceiver({
    signingSecret,
    endpoints: [PATH],
    logger,
    bodyLimit: MOST_BYTES,
    unhandledRequestTimeoutMillis: acknowledgeMs,
    customPropertiesExtractor: ({ headers }) => ({
      signature: headers["x-slack-signature"],
      sentAtSeconds: Number(headers["x-slack-request-timestamp"]),
    }),
    dispatchErrorHandler: ({ response }) => void response.writeHead(404).end(),
    processEventErrorHandler: async ({ error, response }) => {
      if (!(error instanceof UntimelyError)) failed(error);
      if (!response.headersSent) response.writeHead(error instanceof UntimelyError ? 401 : 503).end();
      return false;
    },
    // Bolt asks this of all that was not acknowledged in time: what was refused here has its answer.
    unhandledRequestHandler: ({ response }) => {
      if (response.headersSent) return;
      failed(new LateError(acknowledgeMs));
      response.writeHead(503).end();
    },
  });
  const check = ({ customProperties = {} }: ReceiverEvent): void => {
    const { signature, sentAtSeconds } = customProperties as { signature: string; sentAtSeconds: number };
    const nowSeconds = nowMs() / 1000;
    if (!(Math.abs(nowSeconds - sentAtSeconds) <= SKEW_SECONDS))
      throw new UntimelyError("A request is dated more than five minutes from now");
    if (!seen.isNew(signature, nowSeconds)) throw new UntimelyError("A request came a second time");
  };
  return {
    init: (app: App) => receiver.init(passing.before(app, check)),
    async start() {
      const server = await receiver.start({ host, port });
      address = server.address() as AddressInfo;
    },
    async stop() {
      const stopping = receiver.stop();
      address = undefined;
      await stopping;
    },
    isOpen: () => address !== undefined,
    port: () => address?.port ?? 0,
  };
}

/** Signatures of the last minutes: two times the skew, as long as any of them could be sent again. */
class Signatures {
  #young = new Set<string>();
  #old = new Set<string>();
  #sinceSeconds = 0;

  isNew(signature: string, nowSeconds: number): boolean {
    if (nowSeconds - this.#sinceSeconds > 2 * SKEW_SECONDS) {
      this.#old = this.#young;
      this.#young = new Set();
      this.#sinceSeconds = nowSeconds;
    }
    if (this.#young.has(signature) || this.#old.has(signature)) return false;
    this.#young.add(signature);
    return true;
  }
}

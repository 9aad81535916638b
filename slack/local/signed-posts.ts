import { createHmac } from "node:crypto";
import type { Acknowledgement, Envelope, Transport } from "./delivery.ts";
import type { Settings } from "./settings.ts";

/** `v0=` and the HMAC that docs.slack.dev/authentication/verifying-requests-from-slack describes. */
export function sign(signingSecret: string, timestampSeconds: number, body: string): string {
  return `v0=${createHmac("sha256", signingSecret).update(`v0:${timestampSeconds}:${body}`).digest("hex")}`;
}

/** HTTP mode: events as JSON, commands and interactions as forms, each post signed. */
export class SignedPosts implements Transport {
  readonly #requestUrl: string;
  readonly #signingSecret: string;
  readonly #settings: Settings;

  constructor(requestUrl: string, signingSecret: string, settings: Settings) {
    this.#requestUrl = requestUrl;
    this.#signingSecret = signingSecret;
    this.#settings = settings;
  }

  async send(envelope: Envelope): Promise<Acknowledgement> {
    const isJson = envelope.type === "events_api";
    const { retry } = envelope;
    try {
      const response = await this.#post(isJson ? JSON.stringify(envelope.payload) : form(envelope), isJson, {
        ...(retry ? { "x-slack-retry-num": String(retry.attempt), "x-slack-retry-reason": retry.reason } : {}),
      });
      const text = await response.text();
      if (response.status !== 200) return { kind: "failed", reason: "http_error" };
      return {
        kind: "acknowledged",
        payload: response.headers.get("content-type")?.includes("json") ? JSON.parse(text) : text,
      };
    } catch (error) {
      const isLate = error instanceof Error && error.name === "TimeoutError";
      return { kind: "failed", reason: isLate ? "timeout" : "unreachable" };
    }
  }

  /** Sends a challenge, as Slack does when an address is saved; true when the app answers it. */
  async verifies(): Promise<boolean> {
    const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    const response = await this.#post(JSON.stringify({ type: "url_verification", challenge }), true);
    return response.status === 200 && (await response.text()).includes(challenge);
  }

  /** Posts are connections of their own: there is nothing to cut between two of them. */
  drop(): void {}

  #post(body: string, isJson: boolean, more: Readonly<Record<string, string>> = {}): Promise<Response> {
    const seconds = Math.floor(Date.now() / 1000);
    return fetch(this.#requestUrl, {
      method: "POST",
      body,
      signal: AbortSignal.timeout(this.#settings.acknowledgeMs),
      headers: {
        "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded",
        "x-slack-request-timestamp": String(seconds),
        "x-slack-signature": sign(this.#signingSecret, seconds, body),
        ...more,
      },
    });
  }
}

/** A command's fields are the form; an interaction is one field of JSON in it. */
function form(envelope: Envelope): string {
  if (envelope.type === "interactive")
    return new URLSearchParams({ payload: JSON.stringify(envelope.payload) }).toString();
  return new URLSearchParams(
    Object.entries(envelope.payload).map(([k, v]): [string, string] => [k, String(v)]),
  ).toString();
}

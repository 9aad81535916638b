import { setMaxListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { EVENT_SCOPES, type EventName, type Manifest } from "../manifest.ts";
import type { Faults } from "./faults.ts";
import type { Settings } from "./settings.ts";
import type { Channel, World } from "./world.ts";

/** What is sent to the app, in the words of Socket Mode; over HTTP the same body travels as a signed post. */
export interface Envelope {
  readonly type: "events_api" | "interactive" | "slash_commands";
  readonly payload: Readonly<Record<string, unknown>>;
  readonly retry?: { readonly attempt: number; readonly reason: string };
}
export type Acknowledgement =
  | { readonly kind: "acknowledged"; readonly payload: unknown }
  | { readonly kind: "failed"; readonly reason: "timeout" | "unreachable" | "http_error" };

export interface Transport {
  send(envelope: Envelope): Promise<Acknowledgement>;
  /** Cuts a connection, where this way of delivery holds any. */
  drop(): void;
}

/** Sends events until they are acknowledged or given up, and interactions once. */
export class Delivery {
  /** Events that no attempt got acknowledged: Slack forgets them. */
  readonly lost: Readonly<Record<string, unknown>>[] = [];
  readonly #stop = new AbortController();
  readonly #world: World;
  readonly #settings: Settings;
  readonly #manifest: Manifest;
  readonly #scopes: ReadonlySet<string>;
  readonly #faults: Faults;
  readonly #transport: () => Transport;
  #isUninstalled = false;

  constructor(parts: {
    readonly world: World;
    readonly settings: Settings;
    readonly manifest: Manifest;
    readonly scopes: ReadonlySet<string>;
    readonly faults: Faults;
    readonly transport: () => Transport;
  }) {
    this.#world = parts.world;
    this.#settings = parts.settings;
    this.#manifest = parts.manifest;
    this.#scopes = parts.scopes;
    this.#faults = parts.faults;
    this.#transport = parts.transport;
    // Every event that waits for its next attempt listens.
    setMaxListeners(0, this.#stop.signal);
  }

  /** An event, if the manifest subscribes to it and its scope was granted. */
  event(name: EventName, event: Readonly<Record<string, unknown>>, channel?: Channel): void {
    const scope = EVENT_SCOPES[name];
    const wanted = this.#manifest.settings.event_subscriptions.bot_events.includes(name);
    if (this.#isUninstalled || !wanted || (scope !== null && !this.#scopes.has(scope))) return;
    if (name === "app_uninstalled") this.#isUninstalled = true;
    const body = {
      token: "verification-token-is-deprecated",
      type: "event_callback",
      team_id: this.#world.team.id,
      api_app_id: this.#world.appId,
      event_id: this.#world.newId("Ev"),
      event_time: Math.floor(Date.now() / 1000),
      is_ext_shared_channel: channel?.isExternal ?? false,
      authorizations: [
        {
          enterprise_id: null,
          team_id: this.#world.team.id,
          user_id: this.#world.bot.id,
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      event,
    };
    const { copies, delayMs, dropSocket } = this.#faults.ofDelivery();
    for (let i = 0; i < copies; i += 1) void this.#deliver(body, delayMs);
    if (dropSocket) this.#transport().drop();
  }

  /** A click, form or command: sent once, and the person is told when no acknowledgement comes. */
  interaction(
    type: "interactive" | "slash_commands",
    payload: Readonly<Record<string, unknown>>,
  ): Promise<Acknowledgement> {
    return this.#transport().send({ type, payload });
  }

  close(): void {
    this.#stop.abort();
  }

  async #deliver(body: Readonly<Record<string, unknown>>, delayMs: number): Promise<void> {
    const delays = [delayMs, ...this.#settings.retryDelaysMs];
    let reason = "";
    for (const [attempt, wait] of delays.entries()) {
      if (wait > 0 && !(await this.#pause(wait))) return;
      const envelope: Envelope = { type: "events_api", payload: body };
      const outcome = await this.#transport().send(
        attempt === 0 ? envelope : { ...envelope, retry: { attempt, reason } },
      );
      if (outcome.kind === "acknowledged" || this.#stop.signal.aborted) return;
      // Slack knows one word for "nobody took it in time", whether a socket was open or not.
      reason = outcome.reason === "http_error" ? "http_error" : "timeout";
    }
    this.lost.push(body);
  }

  /** False when the workspace closed meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.#stop.signal }).catch(() => false);
  }
}

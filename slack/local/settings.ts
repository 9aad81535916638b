/** How the local Slack behaves. The defaults are Slack's own; tests shorten the times. */
export interface Settings {
  /** An acknowledgement later than this is none (docs.slack.dev/interactivity/handling-user-interaction). */
  readonly acknowledgeMs: number;
  /** When an event is sent again: at once, after a minute, after five (docs.slack.dev/apis/events-api). */
  readonly retryDelaysMs: readonly number[];
  readonly triggerMs: number;
  readonly responseUrlMs: number;
  readonly responseUrlUses: number;
  /** Not documented; developers report half a minute without an append and five minutes in all. */
  readonly streamIdleMs: number;
  readonly streamMs: number;
  /** Open sockets an app may hold (docs.slack.dev/apis/events-api/using-socket-mode). */
  readonly socketsAtMost: number;
  readonly pingMs: number;
  /** `published`: the tiers of each method. `off`: for load tests, which would only measure the tiers. */
  readonly rateLimits: "published" | "off";
  /** Whether the administrator granted the manifest's optional scopes at installation. */
  readonly optionalScopes: boolean;
}

const MINUTE_MS = 60_000;

export const SLACK_SETTINGS: Settings = {
  acknowledgeMs: 3_000,
  retryDelaysMs: [0, MINUTE_MS, 5 * MINUTE_MS],
  triggerMs: 3_000,
  responseUrlMs: 30 * MINUTE_MS,
  responseUrlUses: 5,
  streamIdleMs: MINUTE_MS / 2,
  streamMs: 5 * MINUTE_MS,
  socketsAtMost: 10,
  pingMs: 10_000,
  rateLimits: "published",
  optionalScopes: true,
};

interface Window {
  readonly calls: number;
  readonly windowMs: number;
}

const MINUTE_MS = 60_000;
const perMinute = (calls: number): Window => ({ calls, windowMs: MINUTE_MS });

/** docs.slack.dev/apis/web-api/rate-limits: the lowest rate of each tier, which is all that is promised. */
const TIER = {
  /** `apps.connections.open`: Tier 1 by the documents, and an app that starts may open all its ten sockets at once. */
  connecting: perMinute(10),
  tier2: perMinute(20),
  tier3: perMinute(50),
  tier4: perMinute(100),
  /** "More than 1 per second" and channel, with short bursts; ten seconds' worth may come at once here. */
  posting: { calls: 10, windowMs: 10_000 },
  /** `auth.test`: "hundreds of requests per minute". */
  special: perMinute(200),
  /** `conversations.history` and `.replies` for apps outside the Marketplace, since 2025-05-29. */
  history: perMinute(1),
} as const;
export type Tier = keyof typeof TIER;

/** Counts calls in sliding windows. */
export class RateLimits {
  readonly #calls = new Map<string, number[]>();

  /** Undefined when the call may pass, else the seconds of Retry-After. */
  retryAfterSeconds(key: string, tier: Tier, nowMs = Date.now()): number | undefined {
    const { calls, windowMs } = TIER[tier];
    const recent = (this.#calls.get(key) ?? []).filter((t) => t > nowMs - windowMs);
    this.#calls.set(key, recent);
    if (recent.length >= calls) return Math.ceil((recent[0]! + windowMs - nowMs) / 1000);
    recent.push(nowMs);
    return undefined;
  }
}

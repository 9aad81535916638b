/** Trigger ids and response addresses: handed out, good for a while and a number of uses. */
export class Expiring<T> {
  readonly #entries = new Map<string, { readonly value: T; readonly untilMs: number; usesLeft: number }>();
  readonly #lifeMs: number;
  readonly #uses: number;

  constructor(lifeMs: number, uses: number) {
    this.#lifeMs = lifeMs;
    this.#uses = uses;
  }

  add(key: string, value: T): string {
    this.#entries.set(key, { value, untilMs: Date.now() + this.#lifeMs, usesLeft: this.#uses });
    return key;
  }

  use(key: string): T | "unknown" | "expired" | "used" {
    const entry = this.#entries.get(key);
    if (entry === undefined) return "unknown";
    if (Date.now() > entry.untilMs) return "expired";
    if (entry.usesLeft === 0) return "used";
    entry.usesLeft -= 1;
    return entry.value;
  }
}

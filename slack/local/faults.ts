/** What goes wrong with one call of the Web API. */
export type Fault =
  /** `afterwards`: the call took effect and only the answer is lost, so that the caller cannot know. */
  | { readonly kind: "status"; readonly status: 500 | 502 | 503; readonly afterwards?: boolean }
  | { readonly kind: "rate-limited"; readonly retryAfterSeconds: number }
  | { readonly kind: "slow"; readonly delayMs: number }
  | { readonly kind: "error"; readonly error: string };

/** Chances between 0 and 1 for each call or delivery. */
export interface Chances {
  readonly serverError?: number;
  readonly lostAnswer?: number;
  readonly rateLimited?: number;
  readonly slow?: number;
  readonly duplicateEvent?: number;
  readonly lateEvent?: number;
  readonly droppedSocket?: number;
}

const SLOW_MS = 200;
const LATE_MS = 150;

/** Failures on demand: the next calls of a method, or a share of everything, repeatable by seed. */
export class Faults {
  readonly #planned: { readonly method: string; readonly fault: Fault }[] = [];
  #chances: Chances = {};
  #state = 0;

  /** The next `times` calls of `method` fail this way; `*` is any method. */
  next(method: string, fault: Fault, times = 1): void {
    for (let i = 0; i < times; i += 1) this.#planned.push({ method, fault });
  }

  random(seed: number, chances: Chances): void {
    this.#state = seed >>> 0;
    this.#chances = chances;
  }

  clear(): void {
    this.#planned.length = 0;
    this.#chances = {};
  }

  /** The fault of this call, if it has one; a planned one is used up. */
  of(method: string): Fault | undefined {
    const at = this.#planned.findIndex((p) => p.method === method || p.method === "*");
    if (at >= 0) return this.#planned.splice(at, 1)[0]!.fault;
    if (this.#strikes("serverError")) return { kind: "status", status: 500 };
    if (this.#strikes("lostAnswer")) return { kind: "status", status: 502, afterwards: true };
    if (this.#strikes("rateLimited")) return { kind: "rate-limited", retryAfterSeconds: 1 };
    if (this.#strikes("slow")) return { kind: "slow", delayMs: SLOW_MS };
    return undefined;
  }

  /** What happens to one delivery of an event: sent twice, sent late (so that others overtake it), its socket cut. */
  ofDelivery(): { readonly copies: number; readonly delayMs: number; readonly dropSocket: boolean } {
    return {
      copies: this.#strikes("duplicateEvent") ? 2 : 1,
      delayMs: this.#strikes("lateEvent") ? LATE_MS : 0,
      dropSocket: this.#strikes("droppedSocket"),
    };
  }

  #strikes(chance: keyof Chances): boolean {
    const share = this.#chances[chance] ?? 0;
    return share > 0 && this.#roll() < share;
  }

  /** Mulberry32: small, and the same sequence on every machine for one seed. */
  #roll(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

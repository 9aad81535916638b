import { setTimeout as sleep } from "node:timers/promises";
import { Arguments } from "./arguments.ts";
import type { Fault, Faults } from "./faults.ts";
import { ACCOUNT } from "./methods/account.ts";
import { CHAT } from "./methods/chat.ts";
import { CONVERSATIONS } from "./methods/conversations.ts";
import { FILES } from "./methods/files.ts";
import type { Method } from "./methods/method.ts";
import { SESSIONS } from "./methods/sessions.ts";
import { STREAMS } from "./methods/streams.ts";
import { VIEWS } from "./methods/views.ts";
import { RateLimits } from "./rate-limits.ts";
import { Refused } from "./refused.ts";
import type { Site } from "./site.ts";

export const METHODS: Readonly<Record<string, Method>> = {
  ...ACCOUNT,
  ...CHAT,
  ...CONVERSATIONS,
  ...FILES,
  ...SESSIONS,
  ...STREAMS,
  ...VIEWS,
};

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}
/** One call as it was answered; the token is left out. */
export interface Call {
  readonly method: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly answer: Readonly<Record<string, unknown>>;
}
export interface Tokens {
  readonly bot: string;
  readonly app: string;
}

/** So many calls are remembered; a load test would otherwise only measure this list. */
const CALLS_KEPT = 10_000;

/** `/api/METHOD`: token, scope, rate, then the method itself. */
export class WebApi {
  readonly calls: Call[] = [];
  isRevoked = false;
  readonly #limits = new RateLimits();
  readonly #site: Site;
  readonly #tokens: Tokens;
  readonly #faults: Faults;

  constructor(site: Site, tokens: Tokens, faults: Faults) {
    this.#site = site;
    this.#tokens = tokens;
    this.#faults = faults;
  }

  async answer(name: string, values: Readonly<Record<string, unknown>>, authorization: string): Promise<Answer> {
    const fault = this.#faults.of(name);
    if (fault?.kind === "slow") await sleep(fault.delayMs);
    if (fault?.kind === "rate-limited") return limited(fault.retryAfterSeconds);
    if (fault?.kind === "status" && !fault.afterwards) return unavailable(fault);
    const { token, ...rest } = values;
    const headerToken = authorization.replace(/^Bearer\s+/i, "");
    const args = new Arguments(rest);
    try {
      const method = this.#admit(name, headerToken || String(token ?? ""), args);
      const retryAfterSeconds = this.#overRate(name, method, args);
      if (retryAfterSeconds !== undefined) return limited(retryAfterSeconds);
      if (fault?.kind === "error") throw new Refused(fault.error);
      const answered = this.#reply(name, rest, { ok: true, ...method.call(args, this.#site) });
      return fault?.kind === "status" ? unavailable(fault) : answered;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return this.#reply(name, rest, { ok: false, error: error.error, ...error.more });
    }
  }

  /** Who may read a file's bytes: its own app, with the scope. */
  mayReadFiles(authorization: string): boolean {
    return !this.isRevoked && authorization === `Bearer ${this.#tokens.bot}` && this.#site.scopes.has("files:read");
  }

  #admit(name: string, token: string, args: Arguments): Method {
    const method = METHODS[name];
    if (method === undefined) throw new Refused("unknown_method", { req_method: name });
    if (token === "") throw new Refused("not_authed");
    if (token !== this.#tokens.bot && token !== this.#tokens.app) throw new Refused("invalid_auth");
    if (this.isRevoked) throw new Refused("token_revoked");
    if ((token === this.#tokens.app) !== (method.token === "app")) throw new Refused("not_allowed_token_type");
    const granted = method.token === "app" ? new Set(["connections:write"]) : this.#site.scopes;
    const needed = method.scopes(args, this.#site);
    if (needed.length > 0 && !needed.some((s) => granted.has(s)))
      throw new Refused("missing_scope", { needed: needed.join(","), provided: [...granted].join(",") });
    return method;
  }

  #overRate(name: string, method: Method, args: Arguments): number | undefined {
    if (this.#site.settings.rateLimits === "off") return undefined;
    const key = method.isCountedByChannel ? `${name} ${args.maybe("channel")}` : name;
    return this.#limits.retryAfterSeconds(key, method.tier);
  }

  #reply(method: string, given: Readonly<Record<string, unknown>>, answer: Readonly<Record<string, unknown>>): Answer {
    this.calls.push({ method, arguments: given, answer });
    if (this.calls.length > CALLS_KEPT) this.calls.shift();
    const headers = { "content-type": "application/json", "x-oauth-scopes": [...this.#site.scopes].join(",") };
    return { status: 200, headers, body: JSON.stringify(answer) };
  }
}

function limited(seconds: number): Answer {
  const headers = { "content-type": "application/json", "retry-after": String(seconds) };
  return { status: 429, headers, body: JSON.stringify({ ok: false, error: "ratelimited" }) };
}

function unavailable(fault: Extract<Fault, { kind: "status" }>): Answer {
  return { status: fault.status, headers: { "content-type": "text/html" }, body: "<h1>Server Error</h1>" };
}

import { createAppAuth } from "@octokit/auth-app";
import { retry } from "@octokit/plugin-retry";
import { throttling } from "@octokit/plugin-throttling";
import { Octokit } from "@octokit/rest";
import { deadline } from "../../src/adapters/deadline.ts";
import type { GithubSetting } from "./setting.ts";

/** Times are GitHub's advice; tests shorten them. */
interface Pace {
  requestMs: number;
  /** Before the first repetition; the second waits four times as long. */
  retryMs: number;
  /** GitHub asks for a second between writes and three between what notifies people. */
  isPaced: boolean;
}

const PACE: Pace = { requestMs: 15_000, retryMs: 1_000, isPaced: true };
/** Every write here may be repeated: trees and commits lie unused, branches and pull requests are looked up. */
const RETRIES = 2;

export type Client = Octokit["rest"];
/** What a token may do: never more than the one thing it is asked for. */
export type Access = "read" | "write";

export interface Github {
  setting: GithubSetting;
  /** A client for one repository and one purpose, until `signal`. */
  clientFor(repository: { owner: string; name: string }, access: Access, signal: AbortSignal): Promise<Client>;
}

const Throttled = Octokit.plugin(retry, throttling);

/** The one file that knows octokit. Nothing of what it does is logged: its messages may quote addresses and bodies. */
export function openGithub(setting: GithubSetting, pace: Partial<Pace> = {}): Github {
  const { requestMs, retryMs, isPaced } = { ...PACE, ...pace };
  const quiet = (): void => {};
  const optionsUntil = (signal: AbortSignal): ConstructorParameters<typeof Throttled>[0] => ({
    baseUrl: setting.apiUrl,
    userAgent: "ml-architect",
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    // 409 is an empty repository, which no repetition fills.
    retry: {
      retries: RETRIES,
      retryAfterBaseValue: retryMs,
      doNotRetry: [400, 401, 403, 404, 409, 410, 422, 429, 451],
    },
    throttle: { enabled: isPaced, onRateLimit: () => false, onSecondaryRateLimit: () => false },
    request: {
      fetch: (url: string, init: RequestInit) => fetch(url, { ...init, signal: deadline(requestMs, signal) }),
    },
  });
  const { credential } = setting;
  return {
    setting,
    async clientFor({ owner, name }, access, signal) {
      const options = optionsUntil(signal);
      if (credential.type === "token") return new Throttled({ ...options, auth: credential.token }).rest;
      const { appId, privateKey } = credential;
      const app = new Throttled({ ...options, authStrategy: createAppAuth, auth: { appId, privateKey } });
      const { data: installation } = await app.rest.apps.getRepoInstallation({ owner, repo: name });
      const { data } = await app.rest.apps.createInstallationAccessToken({
        installation_id: installation.id,
        repositories: [name],
        permissions: {
          metadata: "read",
          contents: access,
          ...(access === "write" ? { pull_requests: "write" } : {}),
          ...(access === "write" && setting.workflows ? { workflows: "write" } : {}),
        },
      });
      return new Throttled({ ...options, auth: data.token }).rest;
    },
  };
}

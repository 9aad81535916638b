import { AdvisorError } from "../../src/index.ts";

/** A GitHub App is preferred: its tokens reach one repository, for one purpose, for an hour. */
type Credential = { type: "app"; appId: string; privateKey: string } | { type: "token"; token: string };

export interface GithubSetting {
  apiUrl: string;
  credential: Credential;
  /** The only repositories that are ever touched, each from everywhere or from one channel. */
  allowed: readonly Allowed[];
  /** Whether pull requests may hold files under .github/workflows. */
  workflows: boolean;
}

interface Allowed {
  /** `owner/name` as it was written; compared without case. */
  repository: string;
  channel?: string;
}

const GITHUB_API = "https://api.github.com";
const NAME = /^[A-Za-z0-9][A-Za-z0-9-]{0,38}\/[A-Za-z0-9._-]{1,100}$/;

/**
 * What the environment says of GitHub; undefined where it is off. `GITHUB_REPOSITORIES` is the switch: one token must not
 * lend every Slack user its reach, so without a list nothing is read or written.
 */
export function githubSetting(env: Readonly<Record<string, string | undefined>>): GithubSetting | undefined {
  const listed = (env.GITHUB_REPOSITORIES ?? "").split(/[\s,]+/).filter((each) => each !== "");
  if (listed.length === 0) return undefined;
  return {
    apiUrl: apiUrl(env.GITHUB_API_URL),
    credential: credential(env),
    allowed: listed.map(allowed),
    workflows: env.GITHUB_WORKFLOWS === "allow",
  };
}

function allowed(entry: string): Allowed {
  const [, channel, repository = ""] = /^(?:([CGD][A-Z0-9]{2,}):)?(.+)$/.exec(entry) ?? [];
  const name = repository.replace(/^https?:\/\/[^/]+\//, "").replace(/(?:\.git)?\/?$/, "");
  if (!NAME.test(name) || /\/\.{1,2}$/.test(name))
    throw new AdvisorError(
      "invalid-input",
      `GITHUB_REPOSITORIES holds "${entry}": expected owner/name, or CHANNEL:owner/name`,
      "Every repository is named; there is no wildcard. For example: GITHUB_REPOSITORIES=acme/tickets,C0123ABCD:acme/models",
    );
  return channel === undefined ? { repository: name } : { repository: name, channel };
}

function credential(env: Readonly<Record<string, string | undefined>>): Credential {
  const { GITHUB_APP_ID: appId, GITHUB_APP_PRIVATE_KEY: privateKey, GITHUB_TOKEN: token } = env;
  // One line is how many places keep it.
  if (appId && privateKey) return { type: "app", appId, privateKey: privateKey.replaceAll("\\n", "\n") };
  if (token) return { type: "token", token };
  throw new AdvisorError(
    "invalid-input",
    "GITHUB_REPOSITORIES is set, but there is nothing to sign in with",
    "Set GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY of a GitHub App (better), or GITHUB_TOKEN with a fine-grained token for those repositories.",
  );
}

function apiUrl(given: string | undefined): string {
  if (!given) return GITHUB_API;
  const here = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?(?:\/|$)/.test(given);
  if (URL.canParse(given) && (given.startsWith("https://") || here)) return given.replace(/\/$/, "");
  throw new AdvisorError(
    "invalid-input",
    `GITHUB_API_URL is "${given}": expected an https address`,
    "GitHub Enterprise Server answers at https://HOST/api/v3; leave it out for github.com.",
  );
}

/** Where people read what the interface tells of: api.github.com's pages are at github.com, a server's beside its interface. */
export const pagesHost = ({ apiUrl: url }: GithubSetting): string =>
  new URL(url).hostname.replace(/^api\.(?=github\.com$)/, "");

/** What may be used from a channel: what the bot may use there at all, less what the channel itself left out. */
export function repositoriesIn(
  setting: GithubSetting | undefined,
  channel: string,
  chosen: readonly string[] = [],
): string[] {
  const all = (setting?.allowed ?? [])
    .filter((each) => each.channel === undefined || each.channel === channel)
    .map(({ repository }) => repository);
  const names = [...new Map(all.map((name) => [name.toLowerCase(), name])).values()];
  return chosen.length === 0 ? names : names.filter((name) => chosen.some((other) => isSame(name, other)));
}

/** GitHub's names are compared without case. */
export const isSame = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

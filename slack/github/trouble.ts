import { AdvisorError } from "../../src/index.ts";
import { LaterError } from "../work/later.ts";

/** Longer than this nobody waits for in a thread: the person is told, and may click again. */
const LONGEST_WAIT_SECONDS = 120;
const FALLBACK_WAIT_SECONDS = 60;

/** What octokit's errors hold that may be used. Their requests hold the token and are never looked at. */
interface Answered {
  status: number;
  message: string;
  response?: { headers: Record<string, string | number | undefined>; data?: unknown };
}

const answered = (error: unknown): error is Answered =>
  error instanceof Error && typeof (error as Partial<Answered>).status === "number";

/** Whether GitHub answered so. */
export const isStatus = (error: unknown, status: number, words?: RegExp): boolean =>
  answered(error) && error.response !== undefined && error.status === status && (words?.test(saidBy(error)) ?? true);

/** GitHub's own words, with the details of a 422. */
function saidBy({ message, response }: Answered): string {
  const { errors } = (response?.data ?? {}) as { errors?: unknown };
  return `${message} ${errors === undefined ? "" : JSON.stringify(errors)}`;
}

const CLICK_AGAIN = "Click again: what was begun is found and finished.";

/** What went wrong with GitHub, for a person: no address, no token, none of GitHub's own words. */
export function troubleOf(error: unknown, repository: string, now: Date): Error {
  if (error instanceof AdvisorError || error instanceof LaterError) return error;
  if (!answered(error)) {
    return isTimeout(error) ? slow(repository) : error instanceof Error ? error : new Error("GitHub failed");
  }
  // octokit gives a request that never got an answer the status 500.
  if (error.response === undefined) return isTimeout(error) ? slow(repository) : unreached(repository);
  const refuse = (message: string, hint: string): AdvisorError => new AdvisorError("not-available", message, hint);
  const wait = waitOf(error, now);
  if (wait !== undefined) {
    if (wait <= LONGEST_WAIT_SECONDS) return new LaterError(wait, `GitHub asks to wait ${wait} s`);
    const minutes = Math.ceil(wait / 60);
    return refuse(
      `GitHub's limit for this bot is used up for another ${minutes} minutes`,
      "Click again after that: what was begun is found and finished.",
    );
  }
  const words = saidBy(error);
  switch (error.status) {
    case 401:
      return refuse(
        `GitHub did not accept this bot's sign-in for ${repository}`,
        "Its key was revoked or has expired: whoever runs the bot renews it.",
      );
    case 403:
      if (/archived/i.test(words)) return archived(repository);
      return refuse(
        `GitHub does not let this bot write to ${repository}`,
        "Whoever runs it gives it the permissions Contents and Pull requests (read and write) for this repository; an organisation may have to approve that.",
      );
    case 404:
      return refuse(
        `GitHub shows this bot no repository ${repository}`,
        "Check the name; a GitHub App has to be installed on the repository, a token has to include it.",
      );
    case 409:
      return refuse(
        `${repository} is empty: a pull request needs something to compare with`,
        "Make a first commit there, a README will do, and click again. Or take the zip.",
      );
    case 422:
      if (/rule violation|protected|ruleset/i.test(words))
        return refuse(
          `A rule of ${repository} keeps this bot from making its branch`,
          "Whoever manages the repository lets the bot make branches named ml-architect/*, or take the zip.",
        );
      return refuse(
        `GitHub did not take the pull request for ${repository}`,
        "Something of it is against the repository's settings. Take the zip instead.",
      );
    case 451:
      return refuse(`${repository} is blocked for legal reasons`, "Choose another repository, or take the zip.");
    default:
      return error.status >= 500 ? unreached(repository) : refuse(`GitHub refused (${error.status})`, CLICK_AGAIN);
  }
}

export const archived = (repository: string): AdvisorError =>
  new AdvisorError(
    "not-available",
    `${repository} is archived: nothing can be written there`,
    "Its owner can take it out of the archive. Or choose another repository, or take the zip.",
  );

const unreached = (repository: string): AdvisorError =>
  new AdvisorError("outside-failed", `GitHub could not be reached for ${repository}`, CLICK_AGAIN);

const slow = (repository: string): AdvisorError =>
  new AdvisorError("outside-failed", `GitHub did not answer in time for ${repository}`, CLICK_AGAIN);

function isTimeout(error: unknown): boolean {
  const names = [error, (error as { cause?: unknown })?.cause].map((e) => (e instanceof Error ? e.name : ""));
  return names.some((name) => name === "TimeoutError" || name === "AbortError");
}

/** Seconds that GitHub asks to wait: Retry-After of a secondary limit, the reset of a used-up one. */
function waitOf({ status, message, response }: Answered, now: Date): number | undefined {
  if (status !== 403 && status !== 429) return undefined;
  const { "retry-after": after, "x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset } = response!.headers;
  if (after !== undefined && Number.isFinite(Number(after))) return Math.max(1, Number(after));
  if (String(remaining) === "0" && reset !== undefined)
    return Math.max(1, Math.ceil(Number(reset) - now.getTime() / 1000));
  return status === 429 || /secondary rate/i.test(message) ? FALLBACK_WAIT_SECONDS : undefined;
}

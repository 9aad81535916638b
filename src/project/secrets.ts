import { AdvisorError } from "../error.ts";
import { findSecrets } from "../secrets.ts";

/** Refuses a text that would carry a key: one in a person's own words must reach no file. The error never repeats it. */
export function checkSecrets(path: string, text: string): void {
  const [found] = findSecrets(text);
  if (found === undefined) return;
  throw new AdvisorError(
    "secret-found",
    `Cannot write ${path}: it would hold what looks like a secret (${found.kind})`,
    `Take it out of the request, and revoke it at ${found.service}: it was shared in plain text.`,
  );
}

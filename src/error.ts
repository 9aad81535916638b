import { redactSecrets } from "./secrets.ts";

/** The closed set of ways a promise can be broken. Each front end maps a code to its own exit or reply. */
export type ErrorCode =
  | "invalid-input" // the words, a flag or a file say something impossible
  | "unknown-name" // a model, accelerator, field or command that the catalog does not know
  | "invalid-fact" // a catalog file breaks its own schema
  | "unsafe-path" // a name or path that would leave its folder
  | "folder-not-empty" // writing would touch files that are not ours
  | "secret-found" // a key or password would have reached a file
  | "not-available" // the request is sound, but this version cannot do it
  | "outside-failed"; // a program, a disk or a network that we depend on failed

/**
 * One error class for the whole product: what was wrong, and what to do next.
 * `message` names the value and what was expected; `hint` is the next step for a person.
 */
export class AdvisorError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;

  constructor(code: ErrorCode, message: string, hint: string, cause?: unknown) {
    // A message may quote what a person gave: a key in it must not reach a screen or a log.
    super(redactSecrets(message).text, cause === undefined ? undefined : { cause });
    this.name = "AdvisorError";
    this.code = code;
    this.hint = redactSecrets(hint).text;
  }
}

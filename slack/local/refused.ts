import type { Refusal } from "../blocks/validate.ts";

/** A Web API call that Slack answers with `ok: false`; `more` are the further fields of that answer. */
export class Refused extends Error {
  readonly error: string;
  readonly more: Readonly<Record<string, unknown>>;

  constructor(error: string, more: Readonly<Record<string, unknown>> = {}) {
    super(error);
    this.error = error;
    this.more = more;
  }
}

export function refuse(refusal: Refusal | undefined): void {
  if (refusal === undefined) return;
  const { error, messages } = refusal;
  throw new Refused(error, messages.length === 0 ? {} : { errors: messages, response_metadata: { messages } });
}

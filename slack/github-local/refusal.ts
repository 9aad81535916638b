/** An answer of GitHub's that is none. */
export class Refusal extends Error {
  readonly status: number;
  readonly errors: readonly Readonly<Record<string, string>>[];

  constructor(status: number, message: string, errors: Refusal["errors"] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

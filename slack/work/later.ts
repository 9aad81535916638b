/** What is outside asks to wait: surely nothing happened that may not happen again. */
export class LaterError extends Error {
  readonly seconds: number;

  constructor(seconds: number, message: string) {
    super(message);
    this.name = "LaterError";
    this.seconds = seconds;
  }
}

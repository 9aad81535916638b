import type { Logger } from "@slack/bolt";

const nothing = (): void => {};

/** The terminal shows the page's address, and what went wrong. */
export const quietLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: (...words) => console.error(...words),
  setLevel: nothing,
  getLevel: () => "error" as ReturnType<Logger["getLevel"]>,
  setName: nothing,
};

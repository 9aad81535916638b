import { once } from "node:events";
import { withoutControls } from "./width.ts";

let readerGone = false;

/**
 * A reader that leaves early (`| head`) ends the work in silence, as it does for every Unix program.
 * Any other failure, such as a full disk behind `>`, is told by `refuse`.
 */
export function watchReader(refuse: (error: NodeJS.ErrnoException) => void): void {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") refuse(error);
    readerGone = true;
    process.exit(process.exitCode ?? 0);
  });
  // Nobody is left to be told anything.
  process.stderr.on("error", () => {});
}

/** Writes the answer; waits while the reader is slower than we are, so that memory stays flat. */
export async function answer(text: string): Promise<void> {
  if (readerGone) return;
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}

/** One JSON document, for scripts and notebooks. */
export async function answerJson(value: unknown): Promise<void> {
  await answer(`${JSON.stringify(value, null, 2)}\n`);
}

/** Something a person should know that is not the answer. */
export function note(text: string): void {
  process.stderr.write(`${withoutControls(text)}\n`);
}

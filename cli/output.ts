import { once } from "node:events";
import { withoutControls } from "./width.ts";

let readerGone = false;

/** A reader that leaves early (`| head`) ends the work in silence, as it does for every Unix program. */
export function watchReader(stream: NodeJS.WritableStream = process.stdout): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    readerGone = true;
    process.exit(process.exitCode ?? 0);
  });
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

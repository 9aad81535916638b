import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { modeOf } from "../../project/mode.ts";

/** A text that must not be there yet. */
export async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flag: "wx", mode: modeOf(text) });
}

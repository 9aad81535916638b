import { mkdir, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** A text that must not be there yet; a script with a shebang becomes executable. */
export async function writeText(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { flag: "wx", mode: modeOf(text) });
}

export const modeOf = (text: string): number => (text.startsWith("#!") ? 0o755 : 0o644);

import { readFile, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { asNotebook } from "./nbformat.ts";
import type { Saved } from "./standings.ts";

/** VS Code starts kernels without a server; the ids of its cells name the file: `vscode-notebook-cell:/home/ada/a.ipynb#W0s…`. */
export function editorFile(cellId: string | undefined): string | undefined {
  const address = /^vscode-notebook-cell:(?:\/\/[^/#]*)?(\/[^#]+)/.exec(cellId ?? "")?.[1];
  try {
    return address === undefined ? undefined : fileURLToPath(`file://${address}`);
  } catch {
    return undefined;
  }
}

export async function savedFile(path: string): Promise<Saved | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, "utf8"), stat(path)]);
    return { at: mtimeMs, cells: asNotebook(JSON.parse(text), path).cells };
  } catch {
    // It was never saved.
    return undefined;
  }
}

import { unzipSync } from "fflate";
import { z } from "zod";
import type { Preview } from "./protocol.ts";

/** A page is no place for more. */
const SHOWN_BYTES = 200_000;
const PICTURES = /\.(png|jpe?g|gif|webp)$/i;
const TEXTS = /\.(txt|md|log|ya?ml|json|toml|cfg|ini|py|sh|csv|env|lock|in|gitignore)$/i;

const source = z.union([z.string(), z.array(z.string()).transform((lines) => lines.join(""))]);
const notebook = z.object({ cells: z.array(z.object({ cell_type: z.string(), source })) });

/** What a file shows without a program of its own: a picture, text, a notebook's cells, what an archive holds. */
export function previewOf(name: string, bytes: Uint8Array): Preview {
  if (PICTURES.test(name)) return { kind: "picture" };
  try {
    if (/\.zip$/i.test(name)) return { kind: "archive", files: entriesOf(bytes) };
    if (/\.ipynb$/i.test(name)) {
      const { cells } = notebook.parse(JSON.parse(new TextDecoder().decode(bytes)));
      return { kind: "notebook", cells: cells.map((c) => ({ type: c.cell_type, source: c.source })) };
    }
  } catch {
    return { kind: "none" };
  }
  return TEXTS.test(name) || !name.includes(".") ? { kind: "text", text: textOf(bytes) } : { kind: "none" };
}

/** One file of an archive, as the page shows it. */
export function previewInside(archive: Uint8Array, path: string): Preview {
  try {
    const found = unzipSync(archive, { filter: (f) => f.name === path && f.originalSize <= SHOWN_BYTES })[path];
    return found === undefined ? { kind: "none" } : { kind: "text", text: textOf(found) };
  } catch {
    return { kind: "none" };
  }
}

function entriesOf(bytes: Uint8Array): { path: string; size: number }[] {
  const files: { path: string; size: number }[] = [];
  unzipSync(bytes, {
    // Nothing is unpacked for a list.
    filter: ({ name, originalSize }) => {
      if (!name.endsWith("/")) files.push({ path: name, size: originalSize });
      return false;
    },
  });
  return files;
}

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes.subarray(0, SHOWN_BYTES));

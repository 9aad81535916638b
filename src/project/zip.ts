import { strToU8, type Zippable, zipSync } from "fflate";
import { modeOf } from "./mode.ts";

/** The first moment that a zip can name, without a zone: the bytes hang on the files alone. */
const WHEN = "1980-01-01T00:00:00";
const UNIX = 3;
const REGULAR_FILE = 0o100000;

/** The files as a zip, in a folder of this name: equal files give equal bytes on every machine. Scripts stay executable. */
export function zipOf(files: ReadonlyMap<string, string>, folder: string): Uint8Array {
  const entries: Zippable = {};
  for (const [path, text] of files)
    entries[`${folder}/${path}`] = [
      strToU8(text),
      { mtime: WHEN, os: UNIX, attrs: (REGULAR_FILE | modeOf(text)) << 16, level: 9 },
    ];
  return zipSync(entries);
}

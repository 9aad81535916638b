import { createReadStream } from "node:fs";
import { lstat, open, opendir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { AdvisorError } from "../error.ts";
import type { ExistingFile } from "../existing/file.ts";
import { DEEPEST, FEWEST_MEDIA, HEAD_BYTES, isBinaryData, isEntered, wanted } from "../existing/wanted.ts";
import { diskError } from "./disk/errors.ts";

const MOST_ENTRIES = 200_000;
const MOST_FILES = 2000;
/** Lines of data are counted up to here; beyond, the head's lines are scaled to the file's size. */
const COUNTED_BYTES = 256 * 2 ** 20;

export interface ExistingFolder {
  files: ExistingFile[];
  notices: string[];
}

/** Reads what a project's folder says about the work: texts whole up to a limit, data by its head and its number of lines. */
export async function readExistingFolder(dir: string): Promise<ExistingFolder> {
  const files: ExistingFile[] = [];
  const notices: string[] = [];
  const root = await folderAt(dir);
  let entries = 0;
  const walk = async (folder: string, prefix: string, deep: number): Promise<void> => {
    if (deep > DEEPEST) return;
    let media = { files: 0, bytes: 0 };
    for await (const entry of await opendir(folder)) {
      entries++;
      if (entries > MOST_ENTRIES || files.length >= MOST_FILES) return;
      const path = join(folder, entry.name);
      // Links are not followed: they may lead out of the project.
      if (entry.isDirectory()) {
        if (isEntered(entry.name)) await walk(path, `${prefix}${entry.name}/`, deep + 1);
      } else if (entry.isFile()) {
        const kind = wanted(entry.name);
        if (kind === "media") media = { files: media.files + 1, bytes: media.bytes + (await lstat(path)).size };
        else if (kind === "data") files.push(await dataHead(path, `${prefix}${entry.name}`));
        else if (kind === "text") files.push(await textHead(path, `${prefix}${entry.name}`));
      }
    }
    if (media.files >= FEWEST_MEDIA) files.push({ path: prefix || "./", text: "", ...media });
  };
  try {
    await walk(root, "", 0);
  } catch (error) {
    throw diskError(error, "read the project in", dir);
  }
  if (entries > MOST_ENTRIES || files.length >= MOST_FILES)
    notices.push(`${dir} holds more than is read: only the first ${files.length} files of interest were looked at.`);
  return { files, notices };
}

async function folderAt(dir: string): Promise<string> {
  const root = await realpath(dir).catch((error: unknown) => {
    throw diskError(error, "read the project in", dir);
  });
  if (!(await stat(root)).isDirectory())
    throw new AdvisorError(
      "invalid-input",
      `Cannot read a project from "${dir}": it is a file`,
      "Name the project's folder.",
    );
  return root;
}

async function headOf(path: string): Promise<{ text: string; bytes: number }> {
  const handle = await open(path, "r");
  try {
    const { size } = await handle.stat();
    const buffer = Buffer.alloc(Math.min(size, HEAD_BYTES));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
    return { text: buffer.toString("utf8", 0, bytesRead), bytes: size };
  } finally {
    await handle.close();
  }
}

async function textHead(path: string, name: string): Promise<ExistingFile> {
  return { path: name, ...(await headOf(path)) };
}

async function dataHead(path: string, name: string): Promise<ExistingFile> {
  const { text, bytes } = await headOf(path);
  if (isBinaryData(name)) return { path: name, text: "", bytes };
  const lines =
    bytes <= COUNTED_BYTES ? await countLines(path) : Math.round((text.split("\n").length / text.length) * bytes);
  return { path: name, text, bytes, lines };
}

/** Lines that hold something: a last line without its break counts, an empty one at the end does not. */
async function countLines(path: string): Promise<number> {
  let lines = 0;
  let last = 0x0a;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (const byte of chunk) {
      if (byte === 0x0a && last !== 0x0a) lines++;
      last = byte;
    }
  }
  return last === 0x0a ? lines : lines + 1;
}

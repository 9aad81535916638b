import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isRunning } from "../guard.ts";

/** A step under way: what it leaves if we are killed is found by the next one. */
export interface Started {
  /** For its temporary files. */
  scratch: string;
  /** The step that was cut off before this one. */
  cutOff: string | undefined;
  /** It has ended, however. */
  done(): Promise<void>;
}

interface Note {
  step: string;
  pid: number;
  scratch: string;
}

/** `folder` is where the step writes. Its processes end with us (`guard.ts`); a program that is killed leaves its files. */
export async function begin(folder: string, step: string): Promise<Started> {
  const path = join(folder, "running.json");
  const before = await noteIn(path);
  const cutOff = before && !isRunning(before.pid) ? before : undefined;
  if (cutOff) await rm(cutOff.scratch, { recursive: true, force: true });
  const scratch = await mkdtemp(join(tmpdir(), SCRATCH));
  await mkdir(folder, { recursive: true });
  const note: Note = { step, pid: process.pid, scratch };
  await writeFile(path, JSON.stringify(note));
  return {
    scratch,
    cutOff: cutOff?.step,
    async done() {
      await rm(scratch, { recursive: true, force: true });
      if ((await noteIn(path))?.scratch === scratch) await rm(path, { force: true });
    },
  };
}

const SCRATCH = "ml-architect-smoke-";

/** Whoever edits the file cannot make us delete anything else. */
async function noteIn(path: string): Promise<Note | undefined> {
  try {
    const { step, pid, scratch } = JSON.parse(await readFile(path, "utf8")) as Partial<Note>;
    if (typeof scratch !== "string" || dirname(scratch) !== tmpdir() || !basename(scratch).startsWith(SCRATCH))
      return undefined;
    return { step: String(step), pid: Number(pid), scratch };
  } catch {
    return undefined;
  }
}

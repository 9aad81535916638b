import { cpSync, existsSync, mkdtempSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openDatabase } from "../../slack/store/database.ts";
import { migrate } from "../../slack/store/migrations.ts";
import { openQueue } from "../../slack/work/queue.ts";

/** Every worker of a run sees the same temporary folder, which goes with the run. */
const MADE = join(tmpdir(), "empty-database");

/** Puts a database as a bot leaves it that nobody spoke to into a folder: making one is five seconds of a processor. */
export async function emptyDatabase(folder: string): Promise<void> {
  if (!existsSync(MADE)) await make();
  cpSync(MADE, folder, { recursive: true });
}

async function make(): Promise<void> {
  const mine = join(mkdtempSync(join(tmpdir(), "database-")), "data");
  const db = await openDatabase({ folder: mine });
  await migrate(db);
  const failed = (error: unknown): void => {
    throw error;
  };
  const queue = await openQueue({
    db,
    failed,
    concurrency: 0,
    pollSeconds: 1,
    work: async () => ({ type: "nothing" }),
  });
  await queue.stop(0);
  await db.close();
  try {
    renameSync(mine, MADE);
  } catch (error) {
    // Another worker was faster.
    if (!existsSync(MADE)) throw error;
  }
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import { startThread } from "../memory.ts";
import type { Database } from "./database.ts";
import { unopened } from "./pglite.ts";
import { databaseAt } from "./port.ts";

/**
 * The database of a folder in a thread of its own: a statement is processor time of milliseconds, and whatever else the
 * process has to do at once (acknowledge, above all) must not wait for those of others.
 */
export async function openFolderInThread(folder: string): Promise<Database> {
  // Making a folder's database takes 400 MiB that are never used again; they go with the thread that made it.
  if (!existsSync(join(folder, "PG_VERSION"))) await (await opened(folder)).close();
  return opened(folder);
}

async function opened(folder: string): Promise<Database> {
  const thread = startThread(new URL("./keeper.js", import.meta.url), { folder });
  try {
    await new Promise<void>((resolve, reject) => {
      thread.once("message", () => resolve());
      thread.once("error", reject);
    });
  } catch (cause) {
    throw unopened(folder, cause);
  }
  const { db, gone } = databaseAt(thread);
  thread.on("error", gone);
  thread.on("exit", () => gone(new Error("The database's thread has ended")));
  return {
    ...db,
    async close() {
      await db.close();
      await thread.terminate();
    },
  };
}

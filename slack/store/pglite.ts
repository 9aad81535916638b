import { mkdir } from "node:fs/promises";
import { PGlite } from "@electric-sql/pglite";
import { AdvisorError } from "../../src/index.ts";
import type { Database } from "./database.ts";

export const unopened = (folder: string, cause: unknown): AdvisorError =>
  new AdvisorError(
    "outside-failed",
    `Cannot open the database in "${folder}"`,
    "Is another bot running on it? One process has a folder; several share a PostgreSQL through DATABASE_URL.",
    cause,
  );

/** PostgreSQL inside this thread, its data in a folder that one process has for itself. */
export async function openFolder(folder: string): Promise<Database> {
  let db: PGlite;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    db = await PGlite.create(folder);
  } catch (cause) {
    throw unopened(folder, cause);
  }
  return {
    query: async <Row>(sql: string, values: readonly unknown[] = []) => (await db.query<Row>(sql, [...values])).rows,
    transaction: (work) =>
      db.transaction((tx) =>
        work({
          query: async <Row>(sql: string, values: readonly unknown[] = []) =>
            (await tx.query<Row>(sql, [...values])).rows,
        }),
      ),
    script: async <Row>(sql: string) => ((await db.exec(sql)).at(-1)?.rows ?? []) as Row[],
    close: () => db.close(),
  };
}

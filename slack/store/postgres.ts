import pg from "pg";
import { AdvisorError } from "../../src/index.ts";
import type { Database } from "./database.ts";

const MOST_CONNECTIONS = 10;
const CONNECT_MS = 5_000;
/** A statement of ours takes milliseconds: one that hangs must not hold a worker. */
const STATEMENT_MS = 15_000;

/** A PostgreSQL server that any number of replicas share. */
export async function openUrl(url: string): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: MOST_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    application_name: "ml-architect",
  });
  // A connection that breaks while it is idle is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});
  try {
    await pool.query("select 1");
  } catch (cause) {
    await pool.end();
    // The address holds a password: it is never part of the message.
    throw new AdvisorError(
      "outside-failed",
      "Cannot reach the database in DATABASE_URL",
      "Check host, port, user and password; `psql $DATABASE_URL -c 'select 1'` must answer.",
      cause,
    );
  }
  return {
    query: async <Row>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query(sql, [...values])).rows as Row[],
    async transaction(work) {
      const client = await pool.connect();
      let last: Promise<unknown> = Promise.resolve();
      try {
        await client.query("begin");
        const result = await work({
          query: <Row>(sql: string, values: readonly unknown[] = []) => {
            const mine = last.then(async () => (await client.query(sql, [...values])).rows as Row[]);
            last = mine.catch(() => {});
            return mine;
          },
        });
        await client.query("commit");
        client.release();
        return result;
      } catch (error) {
        // What was asked for and not begun yet belongs to this transaction, and not behind its end.
        await last;
        // A connection that cannot even roll back is thrown away.
        const lost = await client.query("rollback").then(
          () => false,
          () => true,
        );
        client.release(lost);
        throw error;
      }
    },
    async script<Row>(sql: string) {
      // Several statements give several results, which the driver's types do not say.
      const results: unknown = await pool.query(sql);
      const last = (Array.isArray(results) ? results.at(-1) : results) as pg.QueryResult;
      return last.rows as Row[];
    },
    close: () => pool.end(),
  };
}

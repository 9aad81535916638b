/** What the store needs of a database; PGlite and PostgreSQL both give it, with the same SQL. */
export interface Query {
  /** In a transaction, statements run in the order they were asked for: one need not wait for another's answer. */
  query<Row = Record<string, unknown>>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Query {
  /** Runs `work` in one transaction: all of it, or nothing. */
  transaction<T>(work: (tx: Query) => Promise<T>): Promise<T>;
  /** One or several statements without values, as libraries write them; gives the rows of the last. */
  script<Row = Record<string, unknown>>(sql: string): Promise<Row[]>;
  /** The same data, for what Slack waits for: where statements stand in line, these pass the others. */
  first?: Database;
  close(): Promise<void>;
}

/** Where the data is: a folder of this machine, or a PostgreSQL that several replicas share. */
export type Place =
  /** `inThread`: with a thread of its own, which there is only of what was built. */
  { folder: string; inThread?: boolean } | { url: string };

/** Opens the database. Only the driver that is needed is loaded. */
export async function openDatabase(place: Place): Promise<Database> {
  if ("folder" in place)
    return place.inThread
      ? (await import("./database-thread.ts")).openFolderInThread(place.folder)
      : (await import("./pglite.ts")).openFolder(place.folder);
  return (await import("./postgres.ts")).openUrl(place.url);
}

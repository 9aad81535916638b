import type { Database, Query } from "./database.ts";

/** The part of a port that both a thread and whoever started it have. */
export interface Port {
  postMessage(message: unknown): void;
  on(event: "message", hear: (message: unknown) => void): unknown;
}

type Asked =
  | { type: "query"; id: number; isFirst: boolean; sql: string; values: readonly unknown[] }
  | { type: "script"; id: number; isFirst: boolean; sql: string }
  | { type: "begin"; id: number; isFirst: boolean }
  | { type: "statement"; id: number; transaction: number; sql: string; values: readonly unknown[] }
  | { type: "commit" | "rollback"; id: number; transaction: number }
  | { type: "close"; id: number };
type Answered = { id: number; rows: unknown[] } | { id: number; failed: Failed };
/** Of an error, what survives the way: a clone of one keeps neither its class nor its code. */
type Failed = Pick<Error, "name" | "message" | "stack"> & { code?: unknown };
type Asking = Asked extends infer Each ? (Each extends Asked ? Omit<Each, "id"> : never) : never;

/** A database that is at the other end of a port. `gone` is told when nothing more will be answered. */
export function databaseAt(port: Port): { db: Database; gone(why: Error): void } {
  const waiting = new Map<number, { resolve(rows: never[]): void; reject(error: Error): void }>();
  let last = 0;
  let lost: Error | undefined;
  port.on("message", (message) => {
    const answered = message as Answered;
    const asked = waiting.get(answered.id);
    waiting.delete(answered.id);
    if ("failed" in answered) asked?.reject(Object.assign(new Error(answered.failed.message), answered.failed));
    else asked?.resolve(answered.rows as never[]);
  });
  const send = (asking: Asking): number => {
    last += 1;
    port.postMessage({ ...asking, id: last });
    return last;
  };
  const ask = <Row>(asking: Asking): Promise<Row[]> =>
    new Promise((resolve, reject) => {
      if (lost) reject(lost);
      else waiting.set(send(asking), { resolve, reject });
    });
  const databaseOf = (isFirst: boolean): Database => ({
    query: (sql, values = []) => ask({ type: "query", isFirst, sql, values }),
    script: (sql) => ask({ type: "script", isFirst, sql }),
    async transaction(work) {
      if (lost) throw lost;
      // Nobody waits for a transaction to begin: its first statement does, over there.
      const transaction = send({ type: "begin", isFirst });
      try {
        const result = await work({
          query: (sql, values = []) => ask({ type: "statement", sql, values, transaction }),
        });
        await ask({ type: "commit", transaction });
        return result;
      } catch (error) {
        await ask({ type: "rollback", transaction }).catch(() => {});
        throw error;
      }
    },
    close: async () => void (await ask({ type: "close" })),
  });
  const gone = (why: Error): void => {
    lost = why;
    for (const { reject } of waiting.values()) reject(why);
    waiting.clear();
  };
  return { db: { ...databaseOf(false), first: databaseOf(true) }, gone };
}

/** One after the other, as the database works anyway; who may go first passes those who wait. */
class Line {
  readonly #first: (() => Promise<void>)[] = [];
  readonly #rest: (() => Promise<void>)[] = [];
  #isBusy = false;

  stand<T>(isFirst: boolean, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      (isFirst ? this.#first : this.#rest).push(() => work().then(resolve, reject));
      void this.#go();
    });
  }

  async #go(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    for (let next = this.#next(); next; next = this.#next()) await next();
    this.#isBusy = false;
  }

  #next(): (() => Promise<void>) | undefined {
    return this.#first.shift() ?? this.#rest.shift();
  }
}

interface Open {
  /** The transaction's own statements, once it is its turn. */
  begun: Promise<Query>;
  end(how: "commit" | "rollback"): void;
  ended: Promise<void>;
}

class RolledBackError extends Error {}

/** Does what the other end of a port asks of a database. */
export function serve(port: Port, db: Database): void {
  const open = new Map<number, Open>();
  const line = new Line();

  const begin = (id: number, isFirst: boolean): void => {
    let end: Open["end"] = () => {};
    const told = new Promise<"commit" | "rollback">((resolve) => {
      end = resolve;
    });
    let ended: Promise<void> = Promise.resolve();
    const begun = new Promise<Query>((resolve, reject) => {
      ended = line.stand(isFirst, () =>
        db.transaction(async (tx) => {
          resolve(tx);
          if ((await told) === "rollback") throw new RolledBackError();
        }),
      );
      ended.catch(reject);
    });
    // Who asks a transaction that could not begin is told; where nobody asks, nobody need hear.
    begun.catch(() => {});
    open.set(id, { begun, end, ended });
  };

  const finish = async (how: "commit" | "rollback", id: number): Promise<void> => {
    const transaction = open.get(id);
    open.delete(id);
    transaction?.end(how);
    await transaction?.ended.catch((error: unknown) => {
      if (!(error instanceof RolledBackError)) throw error;
    });
  };

  const done = async (asked: Exclude<Asked, { type: "begin" }>): Promise<unknown[]> => {
    switch (asked.type) {
      case "query":
        return line.stand(asked.isFirst, () => db.query(asked.sql, asked.values));
      case "statement": {
        const transaction = open.get(asked.transaction);
        if (!transaction) throw new Error("This transaction has ended");
        return (await transaction.begun).query(asked.sql, asked.values);
      }
      case "script":
        return line.stand(asked.isFirst, () => db.script(asked.sql));
      case "commit":
      case "rollback":
        await finish(asked.type, asked.transaction);
        return [];
      case "close":
        await db.close();
        return [];
      default:
        return asked satisfies never;
    }
  };

  port.on("message", (message) => {
    const asked = message as Asked;
    const { id } = asked;
    if (asked.type === "begin") return begin(id, asked.isFirst);
    const answer = (answered: Answered): void => port.postMessage(answered);
    done(asked).then(
      (rows) => answer({ id, rows }),
      (error: unknown) => answer({ id, failed: failedOf(error) }),
    );
  });
}

function failedOf(error: unknown): Failed {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack, code } = error as Error & { code?: unknown };
  return { name, message, stack, ...(code === undefined ? {} : { code }) };
}

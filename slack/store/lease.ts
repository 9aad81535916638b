import type { Query } from "./database.ts";

/**
 * One worker a thread at a time, in every replica. The queue wakes workers; this decides who works. (pg-boss's own
 * policies for one job a key, `singleton` and `stately`, let a busy key block the whole queue: fetching the next job
 * breaks their unique index, and the fetch gives nothing.) The database's clock counts, not the replica's.
 */
export async function takeLease(db: Query, run: string, owner: string, seconds: number): Promise<boolean> {
  const taken = await db.query(
    `update slack.run set lease_owner = $2, lease_until = clock_timestamp() + make_interval(secs => $3)
     where id = $1 and (lease_until is null or lease_until < clock_timestamp() or lease_owner = $2) returning id`,
    [run, owner, seconds],
  );
  return taken.length > 0;
}

export async function releaseLease(db: Query, run: string, owner: string): Promise<void> {
  await db.query("update slack.run set lease_owner = null, lease_until = null where id = $1 and lease_owner = $2", [
    run,
    owner,
  ]);
}

/** Where one process has the data for itself, nobody but it can hold a thread. */
export async function releaseAll(db: Query): Promise<void> {
  await db.query("update slack.run set lease_owner = null, lease_until = null where lease_owner is not null");
}

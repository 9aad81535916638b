import { setTimeout as pause } from "node:timers/promises";
import PgBoss from "pg-boss";
import type { Database } from "../store/database.ts";
import { unfinished } from "../store/runs.ts";
import type { Left } from "./worker.ts";

const QUEUE = "thread";
/** A job that takes longer died with its process: it runs again. A thread's step takes seconds. */
const EXPIRE_SECONDS = 120;
const RETRIES = 20;

export interface QueueSetting {
  db: Database;
  /** Works one thread off, and says what is left of it. */
  work(run: string): Promise<Left>;
  /** Hears what failed; the job is tried again. */
  failed(error: unknown): void;
  /** Threads worked on at once, in this process. */
  concurrency: number;
  pollSeconds: number;
}

const JOINED = `select data ->> 'run' from pgboss.job where name = '${QUEUE}' and state in ('created', 'retry')`;
const DUE = `${JOINED} and start_after <= now()`;
const SOONER =
  "update pgboss.job set start_after = now() + $3::int * interval '1 second' where name = $1 and singleton_key = $2 and state = 'created' and start_after > now() + $3::int * interval '1 second'";

export interface Queue {
  /** Has a thread worked on soon, by whichever replica is free. Said twice, done once. */
  wake(run: string): Promise<void>;
  /** Wakes what has something left to do and no job: another replica kept it and died before it said so. */
  sweep(): Promise<void>;
  /** Takes no more, and waits for what is being done. */
  stop(milliseconds: number): Promise<void>;
}

/** How PostgreSQL names that another replica has just made the same: unique row of a catalog, schema, table, type. */
const RACES = ["23505", "42P06", "42P07", "42710"];
const MOST_STARTS = 5;

/** Makes what pg-boss needs, where it is not there. Replicas that start at once do so at once, and it fails for all but one. */
async function startBoss(db: Database, failed: (error: unknown) => void): Promise<PgBoss> {
  for (let attempt = 1; ; attempt += 1) {
    // One that failed to start does not start again.
    const boss = bossOn(db);
    boss.on("error", failed);
    try {
      await boss.start();
      // "short": one job waits for each thread, and more words for the thread join it.
      const options = { policy: "short" as const, expireInSeconds: EXPIRE_SECONDS, retryLimit: RETRIES, retryDelay: 1 };
      await boss.createQueue(QUEUE, { name: QUEUE, ...options });
      return boss;
    } catch (error) {
      await boss.stop({ graceful: false, close: false }).catch(() => {});
      if (attempt === MOST_STARTS || !RACES.includes((error as { code?: string }).code ?? "")) throw error;
      await pause(200 * attempt);
    }
  }
}

const bossOn = (db: Database): PgBoss =>
  new PgBoss({
    db: {
      // Without values it may be several statements, which only a script may be.
      executeSql: async (sql, values) => ({
        rows: values === undefined || values.length === 0 ? await db.script(sql) : await db.query(sql, values),
      }),
    },
    schema: "pgboss",
    schedule: false,
    maintenanceIntervalSeconds: 30,
    archiveCompletedAfterSeconds: 3600,
    deleteAfterDays: 1,
  });

/** The durable queue that wakes workers: pg-boss on the store's own database, embedded or not. */
export async function openQueue({ db, work, failed, concurrency, pollSeconds }: QueueSetting): Promise<Queue> {
  const boss = await startBoss(db, failed);
  const workers: string[] = [];
  // What waits has a key of its own: words that come meanwhile would join it, and wait as long.
  const send = async (run: string, startAfter: number): Promise<void> => {
    const singletonKey = startAfter > 0 ? `${run}, later` : run;
    if ((await boss.send(QUEUE, { run }, { singletonKey, startAfter })) !== null) return;
    // It joined a job that waits already, maybe for somebody's lease to end: who has less to wait must not wait with it.
    await db.query(SOONER, [QUEUE, singletonKey, startAfter]);
  };
  for (let each = 0; each < concurrency; each += 1)
    workers.push(
      await boss.work<{ run: string }>(QUEUE, { batchSize: 1, pollingIntervalSeconds: pollSeconds }, async ([job]) => {
        if (!job) return;
        try {
          const left = await work(job.data.run);
          if (left.type === "wait") await send(job.data.run, Math.max(1, Math.ceil(left.seconds)));
        } catch (error) {
          failed(error);
          throw error;
        }
      }),
    );
  let isStopping = false;
  const sweep = async (jobs: string): Promise<void> => {
    let page = await unfinished(db, "", jobs);
    while (page.length > 0 && !isStopping) {
      // One after the other: deliveries that come meanwhile are not kept waiting.
      for (const run of page) if (!isStopping) await send(run, 0);
      page = await unfinished(db, page.at(-1), jobs);
    }
  };
  // What a process that died left behind, and what was kept while no queue ran. What it waited for may be over: the
  // lease that it held itself, above all.
  await sweep(DUE);
  return {
    async wake(run) {
      await send(run, 0);
      // Nobody waits for the next look at the queue: a person does.
      for (const worker of workers) boss.notifyWorker(worker);
    },
    sweep: () => sweep(JOINED),
    async stop(milliseconds) {
      isStopping = true;
      await boss.stop({ graceful: true, wait: true, timeout: milliseconds, close: false });
    },
  };
}

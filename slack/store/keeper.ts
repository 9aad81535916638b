// The thread of database-thread.ts: PostgreSQL in it, and its data in a folder.
import { parentPort, workerData } from "node:worker_threads";
import { openFolder } from "./pglite.ts";
import { serve } from "./port.ts";

const db = await openFolder((workerData as { folder: string }).folder);
serve(parentPort!, db);
parentPort!.postMessage("open");

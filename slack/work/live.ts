import type { Incoming } from "../incoming.ts";
import type { Outgoing } from "../store/outbox.ts";
import type { Run } from "../store/runs.ts";
import type { Answer } from "./answer.ts";
import type { Sent } from "./worker.ts";

/** What people see while something is done. It never fails, is never waited for long, and nothing hangs on it. */
export interface Live {
  /** An answer is being worked out. */
  thinking(run: Run, person: string, incoming: Incoming): Doing<Answer>;
  /** Something is being done outside. */
  doing(run: Run, outgoing: Outgoing): Doing<Sent>;
}

export interface Doing<Result> {
  /** It ended so; without a result, it is tried again. */
  end(result?: Result): Promise<void>;
}

const NOBODY: Doing<unknown> = { end: async () => {} };
/** Where nobody looks on. */
export const UNSEEN: Live = { thinking: () => NOBODY, doing: () => NOBODY };

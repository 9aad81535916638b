import type { Database } from "./database.ts";
import { keep } from "./inbox.ts";
import type { Outgoing } from "./outbox.ts";

/** What a run wanted done outside and nobody has begun is not done; the conversation hears of it. Answers are still posted. */
export function cancelWaiting(db: Database, run: string, person: string, now: Date): Promise<void> {
  return db.transaction(async (tx) => {
    const waiting = await tx.query<{ step: number; payload: Outgoing }>(
      `update slack.outbox set state = 'failed', answer = '{"why": "stopped"}'
       where run_id = $1 and state = 'new' and payload ->> 'type' in ('effect', 'read', 'files') returning step, payload`,
      [run],
    );
    for (const { step, payload } of waiting) {
      if (payload.type !== "effect") continue;
      const text = "Stopped before it began.";
      const incoming = { type: "ended" as const, effect: payload.effect.id, ok: false, text };
      await keep(tx, run, { id: `stopped:${run}:${step}`, person, incoming }, now);
    }
  });
}

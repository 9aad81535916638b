import { masked } from "../incoming.ts";
import type { Query } from "./database.ts";

/** Who did what with which revision: kept when the conversation is deleted, without the person's words. */
export interface Audited {
  team: string;
  person: string;
  what: "pull-request" | "zip" | "cells" | "hand-off" | "read" | "stop" | "feedback" | "setting" | "deletion";
  /** A repository, a setting, a verdict. */
  target: string;
  run?: string;
  revision?: number;
}

export async function audit(
  db: Query,
  { team, person, what, target, run, revision }: Audited,
  now: Date,
): Promise<void> {
  await db.query(
    "insert into slack.audit (team, person, what, target, run_id, revision, at) values ($1, $2, $3, $4, $5, $6, $7)",
    [team, person, what, masked(target), run ?? null, revision ?? null, now],
  );
}

import type { WebClient } from "@slack/web-api";
import { AdvisorError } from "../../src/index.ts";
import { upload } from "../effects/upload.ts";
import type { Where } from "../incoming.ts";
import type { Database } from "../store/database.ts";
import type { Key } from "../store/outbox.ts";
import { findRun } from "../store/runs.ts";
import { LaterError } from "../work/later.ts";
import type { Planner } from "../work/planner.ts";
import { findFile } from "../work/posting.ts";
import type { Found, Sent } from "../work/worker.ts";
import type { Draw } from "./drawing-thread.ts";

export interface SharingSetting {
  db: Database;
  client: WebClient;
  planner: Planner;
  draw: Draw;
}

/** Puts the charts of a revision into its thread. They adorn an answer that is there: what goes wrong is not told. */
export function sharing({ db, client, planner, draw }: SharingSetting) {
  const named = (name: string, { run, revision }: Key): string =>
    name.replace(/\.png$/, `-${run.slice(0, 8)}-r${revision}.png`);
  return {
    async send(where: Where, key: Key): Promise<Sent> {
      const run = await findRun(db, key.run);
      const revision = run?.conversation.revisions.find(({ number }) => number === key.revision);
      const pictures = revision && (await draw(() => planner.planOf(revision)));
      if (!pictures || pictures.length === 0) return { type: "refused", why: "nothing was drawn" };
      try {
        await upload(
          client,
          where,
          pictures.map((picture) => ({ ...picture, name: named(picture.name, key) })),
        );
        return { type: "sent", answer: null };
      } catch (error) {
        if (error instanceof LaterError) return { type: "later", seconds: error.seconds };
        if (error instanceof AdvisorError) return { type: "refused", why: error.message };
        throw error;
      }
    },
    /** Memory is the one picture that every such plan has. */
    find: (where: Where, key: Key, after: string): Promise<Found> =>
      findFile(client, where, named("memory.png", key), after),
  };
}

export type Sharing = ReturnType<typeof sharing>;

import { rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { seedsOf } from "../seeds.ts";
import { expectPromises } from "./promises.ts";
import { emptyData, playRound } from "./round.ts";

let empty: string;
beforeAll(async () => {
  empty = await emptyData();
}, 120_000);
afterAll(() => rmSync(empty, { recursive: true, force: true }));

test.each(seedsOf({ here: 1, ci: 20, full: 300 }))(
  "killed at random while Slack and GitHub fail, the bot answers everybody, in order, and does nothing twice (seed %i)",
  async (seed) => {
    const played = await playRound(seed, empty);
    try {
      expect(played.kills).toBeGreaterThan(0);
      await expectPromises(played);
    } finally {
      await played.close();
    }
  },
  600_000,
);

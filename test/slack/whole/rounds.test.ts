import { expect, test } from "vitest";
import { seedsOf } from "../seeds.ts";
import { expectPromises } from "./promises.ts";
import { playRound } from "./round.ts";

test.each(seedsOf({ here: 1, ci: 8, full: 300 }))(
  "killed at random while Slack and GitHub fail, the bot answers everybody, in order, and does nothing twice (seed %i)",
  async (seed) => {
    const played = await playRound(seed);
    try {
      expect(played.kills).toBeGreaterThan(0);
      await expectPromises(played);
    } finally {
      await played.close();
    }
  },
  600_000,
);

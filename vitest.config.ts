import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Tests of pure functions: nothing that one file does can reach another, so they share a process and what it compiled. */
const PURE = ["brief", "catalog", "consult", "estimate", "existing", "picture", "plan", "project", "team"].map(
  (room) => `test/${room}/**/*.test.ts`,
);
/**
 * Limits are for what hangs: a machine at a tenth of its speed is slow, and passes. What waits for something ends as
 * soon as it is there.
 */
const shared = {
  pool: "forks",
  testTimeout: 300_000,
  hookTimeout: 180_000,
  expect: { poll: { timeout: 60_000 } },
} as const;

export default defineConfig({
  test: {
    globalSetup: ["test/doubles/temporary.ts", "test/cli/build.ts"],
    // Left alone, two cores get one worker.
    maxWorkers: availableParallelism(),
    teardownTimeout: 60_000,
    projects: [
      { test: { ...shared, name: "pure", include: PURE, isolate: false } },
      { test: { ...shared, name: "effects", include: ["test/**/*.test.ts"], exclude: PURE } },
    ],
  },
});

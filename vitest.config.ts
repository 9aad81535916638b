import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** Tests of pure functions: nothing that one file does can reach another, so they share a process and what it compiled. */
const PURE = ["brief", "catalog", "consult", "estimate", "existing", "picture", "plan", "project", "team"].map(
  (room) => `test/${room}/**/*.test.ts`,
);
/** Limits are for what hangs: a machine at a tenth of its speed is slow, and passes. */
const shared = { pool: "forks", testTimeout: 120_000, hookTimeout: 120_000 } as const;

export default defineConfig({
  test: {
    globalSetup: ["test/doubles/temporary.ts", "test/cli/build.ts"],
    // Left alone, two cores get one worker.
    maxWorkers: availableParallelism(),
    projects: [
      { test: { ...shared, name: "pure", include: PURE, isolate: false } },
      { test: { ...shared, name: "effects", include: ["test/**/*.test.ts"], exclude: PURE } },
    ],
  },
});

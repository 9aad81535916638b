import { expect, test } from "vitest";
import { MAIN, run } from "./run.ts";

const LLAMA = "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090 that I own, 5k examples";
const LIMIT_MS = 250;

// The rest of the suite runs beside this test, so the fastest of several interleaved rounds counts, and it may retry.
test("a plan costs less than a quarter of a second beyond Node itself", { retry: 5, timeout: 120_000 }, async () => {
  const fastest = { node: Number.POSITIVE_INFINITY, plan: Number.POSITIVE_INFINITY };
  const time = async (name: keyof typeof fastest, args: string[]) => {
    const started = performance.now();
    await run(args, { program: [process.execPath] });
    fastest[name] = Math.min(fastest[name], performance.now() - started);
  };
  for (let round = 0; round < 8; round += 1) {
    await time("node", ["-e", "0"]);
    await time("plan", [MAIN, "plan", LLAMA]);
  }
  expect(fastest.plan - fastest.node).toBeLessThan(LIMIT_MS);
});

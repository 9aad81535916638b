import { setTimeout as pause } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test, vi } from "vitest";
import { deadline } from "../../src/adapters/deadline.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

test("a deadline is kept whatever garbage is collected before it", async () => {
  const stopped = new AbortController();
  const reasons: unknown[] = [];
  const signals = Array.from({ length: 20 }, () => deadline(300, stopped.signal));
  for (const signal of signals) signal.addEventListener("abort", () => reasons.push(signal.reason.name));
  for (let at = 0; at < 4; at += 1) {
    await pause(5);
    collectGarbage();
  }
  await vi.waitFor(() => expect(reasons).toEqual(Array(20).fill("TimeoutError")), { timeout: 60_000 });
});

test("who stops before it is heard at once, with the reason", () => {
  const stopped = new AbortController();
  const signal = deadline(10_000, stopped.signal);
  stopped.abort("enough");
  expect(signal.reason).toBe("enough");
  expect(deadline(10_000, stopped.signal).reason).toBe("enough");
});

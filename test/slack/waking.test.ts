import { expect, test } from "vitest";
import { Waking } from "../../slack/work/waking.ts";

/** A queue whose database answers when it is told to. */
function slowQueue() {
  const done: string[] = [];
  let release = (): void => {};
  const answers = new Promise<void>((resolve) => {
    release = resolve;
  });
  const queue = {
    async wake(run: string) {
      await answers;
      if (run === "fails") throw new Error("no connection");
      done.push(run);
    },
    async sweep() {
      await answers;
      done.push("everything unfinished");
    },
  };
  return { queue, done, release };
}

test("while the database is busy, wakes beyond a few hundred become one look at everything unfinished", async () => {
  const { queue, done, release } = slowQueue();
  const waking = new Waking(queue, () => {});
  for (let i = 0; i < 10_000; i += 1) waking.wake(`run-${i}`);
  release();
  await waking.settled();
  // One was with the database already, five hundred were in line.
  expect(done).toHaveLength(502);
  expect(done.slice(0, 501)).toEqual(Array.from({ length: 501 }, (_, i) => `run-${i}`));
  expect(done.at(-1)).toBe("everything unfinished");
});

test("a thread that is spoken to again and again while it waits is woken once", async () => {
  const { queue, done, release } = slowQueue();
  const waking = new Waking(queue, () => {});
  waking.wake("before");
  for (let i = 0; i < 5; i += 1) waking.wake("again");
  release();
  await waking.settled();
  expect(done).toEqual(["before", "again"]);
  waking.wake("again");
  await waking.settled();
  expect(done).toEqual(["before", "again", "again"]);
});

test("a wake that fails is told of, and those behind it are done", async () => {
  const { queue, done, release } = slowQueue();
  const failed: unknown[] = [];
  const waking = new Waking(queue, (error) => failed.push(error));
  for (const run of ["fails", "works"]) waking.wake(run);
  release();
  await waking.settled();
  expect(failed).toEqual([new Error("no connection")]);
  expect(done).toEqual(["works"]);
});

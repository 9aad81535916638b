import { expect, test } from "vitest";
import { remembered } from "../src/remembered.ts";

test("a remembered answer is worked out once for each object and name, an answer of undefined too", () => {
  const asked: string[] = [];
  const length = remembered(
    (of: { known: string[] }, name: string) => {
      asked.push(name);
      return of.known.includes(name) ? name.length : undefined;
    },
    (name) => name,
  );
  const [one, other] = [{ known: ["ab"] }, { known: [] }];
  expect([length(one, "ab"), length(one, "ab"), length(one, "c"), length(one, "c"), length(other, "ab")]).toEqual([
    2,
    2,
    undefined,
    undefined,
    undefined,
  ]);
  expect(asked).toEqual(["ab", "c", "ab"]);
});

test("a stream of ever new names does not fill the memory: it is emptied, and answers stay right", () => {
  let worked = 0;
  const twice = remembered(
    (_: object, n: number) => {
      worked++;
      return 2 * n;
    },
    (n) => String(n),
  );
  const of = {};
  for (let n = 0; n < 5000; n++) expect(twice(of, n)).toBe(2 * n);
  expect(twice(of, 0)).toBe(0);
  // 0 was forgotten on the way and is worked out again.
  expect(worked).toBe(5001);
});

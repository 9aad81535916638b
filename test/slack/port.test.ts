import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Database, openDatabase } from "../../slack/store/database.ts";
import { databaseAt, serve } from "../../slack/store/port.ts";

const home = mkdtempSync(join(tmpdir(), "port-"));
const { port1, port2 } = new MessageChannel();
let here: Database;
let there: Database;
let gone: (why: Error) => void;

beforeAll(async () => {
  here = await openDatabase({ folder: join(home, "data") });
  await here.query("create table counted (n integer primary key, at timestamptz, words jsonb)");
  serve(port2, here);
  ({ db: there, gone } = databaseAt(port1));
});

afterAll(async () => {
  await here.close();
  port1.close();
  port2.close();
  rmSync(home, { recursive: true, force: true });
});

const count = async (from: number): Promise<number[]> =>
  (await here.query<{ n: number }>("select n from counted where n >= $1 order by n", [from])).map(({ n }) => n);

test("rows cross a port as the database gives them: dates as dates, JSON as values", async () => {
  const at = new Date("2026-11-23T04:00:00Z");
  await there.query("insert into counted values ($1, $2, $3)", [1, at, JSON.stringify({ gpu: ["h100"] })]);
  expect(await there.query("select n, at, words from counted where n = 1")).toEqual([
    { n: 1, at, words: { gpu: ["h100"] } },
  ]);
  expect(await there.script("select 1 as n; select 2 as n")).toEqual([{ n: 2 }]);
});

test("a transaction that throws leaves nothing, and the next one begins", async () => {
  const broken = there.transaction(async (tx) => {
    await tx.query("insert into counted (n) values (10)");
    throw new Error("overtaken");
  });
  await expect(broken).rejects.toThrow("overtaken");
  expect(await there.transaction((tx) => tx.query("select n from counted where n = 10"))).toEqual([]);
});

test("statements of a transaction run in the order they were asked for, and all of them are undone where one fails", async () => {
  await there.transaction((tx) =>
    Promise.all([
      tx.query("insert into counted (n) values (20)"),
      tx.query("update counted set n = 21 where n = 20"),
      tx.query("insert into counted (n) values (20)"),
    ]),
  );
  expect(await count(20)).toEqual([20, 21]);
  const broken = there.transaction((tx) =>
    Promise.all([
      tx.query("insert into counted (n) values (22)"),
      tx.query("insert into counted (n) values (21)"),
      tx.query("insert into counted (n) values (23)"),
    ]),
  );
  await expect(broken).rejects.toMatchObject({ code: "23505", message: expect.stringContaining("counted_pkey") });
  expect(await count(20)).toEqual([20, 21]);
});

test("what Slack waits for passes everything that stands in line, and never an open transaction", async () => {
  const ended: string[] = [];
  const noted = (name: string, doing: Promise<unknown>): Promise<unknown> => doing.then(() => ended.push(name));
  let end = (): void => {};
  const held = new Promise<void>((resolve) => {
    end = resolve;
  });
  const open = noted(
    "open",
    there.transaction(async (tx) => {
      await tx.query("select 1");
      await held;
    }),
  );
  const rest = Array.from({ length: 3 }, (_, i) => noted(`rest ${i}`, there.query("select 1")));
  const first = noted("first", there.first!.query("select 1"));
  end();
  await Promise.all([open, first, ...rest]);
  expect(ended).toEqual(["open", "first", "rest 0", "rest 1", "rest 2"]);
});

test("who waits for a database that is gone hears so, and so does who asks later", async () => {
  const waiting = there.query("select pg_sleep(0.2)");
  gone(new Error("The database's thread has ended"));
  await expect(waiting).rejects.toThrow("ended");
  await expect(there.query("select 1")).rejects.toThrow("ended");
  await expect(there.transaction((tx) => tx.query("select 1"))).rejects.toThrow("ended");
});

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { MAIN, run } from "./run.ts";

const REQUEST = { phase: "train", model: "meta-llama/Llama-3.1-8B", accelerator: "rtx-4090", method: "qlora" };
const line = (id: unknown, more: object = {}) => `${JSON.stringify({ id, ...REQUEST, ...more })}\n`;
const answersOf = (stdout: string) =>
  stdout
    .split("\n")
    .filter(Boolean)
    .map((text) => JSON.parse(text));

test("the first answer arrives while standard input is still open", async () => {
  const child = spawn(process.execPath, [MAIN, "estimate", "--json"], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    child.stdin.write(line("first"));
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    expect(JSON.parse((await answers.next()).value).id).toBe("first");
    child.stdin.write(line("second").slice(0, 20));
    child.stdin.write(line("second").slice(20));
    expect(JSON.parse((await answers.next()).value).id).toBe("second");
    child.stdin.end();
    expect((await answers.next()).done).toBe(true);
    expect(await new Promise((resolve) => child.once("exit", resolve))).toBe(0);
  } finally {
    child.kill();
  }
});

test("an answer holds what the contract promises", async () => {
  const { stdout } = await run(["estimate", "--json"], { input: line("x") });
  const [answer] = answersOf(stdout);
  for (const field of [
    "id",
    "status",
    "usableGib",
    "perDevice",
    "parts",
    "peakMoment",
    "bindingTerm",
    "hostGib",
    "throughput",
    "calibration",
    "assumptions",
    "repairs",
    "warnings",
  ])
    expect(answer).toHaveProperty(field);
  const sum = answer.parts.reduce((total: number, part: { gib: number }) => total + part.gib, 0);
  expect(sum).toBeCloseTo(answer.perDevice.allocatedGib.expected, 3);
});

test("a bad line answers with an error, the others are answered in order, and the exit code is 2", async () => {
  const bad = [
    "not json",
    "[]",
    '"text"',
    "null",
    '{"id":7,"phase":"train"}',
    JSON.stringify({ id: "typo", ...REQUEST, optimiser: "adamw" }),
  ];
  const { code, stdout, stderr } = await run(["estimate", "--json"], {
    input: `${line(1)}\n  \n${bad.join("\n")}\n${line(2)}`,
  });
  const answers = answersOf(stdout);
  expect(answers.map(({ id }) => id)).toEqual([1, null, null, null, null, 7, "typo", 2]);
  for (const answer of answers.slice(1, -1)) expect(Object.keys(answer.error)).toEqual(["code", "message", "hint"]);
  expect(JSON.stringify(answers[6].error)).toContain("optimizer");
  expect(answers[1].line).toBe(4);
  expect(answers[7].status).toBeTypeOf("string");
  expect([code, stderr]).toEqual([2, ""]);
});

test("a last line without a line break is answered; nothing asked is nothing answered", async () => {
  expect(answersOf((await run(["estimate", "--json"], { input: line(1).trimEnd() })).stdout)).toHaveLength(1);
  expect(await run(["estimate", "--json"], { input: "" })).toEqual({ code: 0, stdout: "", stderr: "" });
});

test("a line over 1 MiB is refused and does not disturb its neighbours", async () => {
  const long = `{"id":"long","model":"${"x".repeat(2 * 2 ** 20)}"}\n`;
  const { code, stdout } = await run(["estimate", "--json"], { input: line(1) + long + line(2) });
  const answers = answersOf(stdout);
  expect(answers.map(({ id }) => id)).toEqual([1, null, 2]);
  expect(answers[1].error.message).toContain("longer than 1 MiB");
  expect(code).toBe(2);
});

test("ten thousand lines come back in order", async () => {
  const input = Array.from({ length: 10_000 }, (_, id) => line(id, { microBatchSize: 1 + (id % 8) })).join("");
  const { code, stdout } = await run(["estimate", "--json"], { input });
  const answers = answersOf(stdout);
  expect(answers).toHaveLength(10_000);
  expect(answers.every(({ id }, index) => id === index)).toBe(true);
  expect(code).toBe(0);
});

test("without --json each answer is one line of text", async () => {
  const { code, stdout } = await run(["estimate"], { input: `${line("a")}nonsense\n${line("b")}` });
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(3);
  expect(lines[0]).toMatch(/^a: (fits|tight|does not fit), [\d.]+ GiB \([\d.]+–[\d.]+\) of [\d.]+/);
  expect(lines[1]).toContain("error: ");
  expect(code).toBe(2);
});

test("a reader that leaves early ends the work without a word", async () => {
  const shell = `yes '${line(1).trim()}' | head -5000 | "${process.execPath}" "${MAIN}" estimate --json | head -1`;
  const { stdout, stderr } = await run(["-c", shell], { program: ["sh"] });
  expect(answersOf(stdout)).toHaveLength(1);
  expect(stderr).toBe("");
});

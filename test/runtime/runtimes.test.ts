import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = (command: string, args: string[]): string[] =>
  execFileSync(command, [...args, "test/runtime/hashes.mjs"], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
  })
    .trim()
    .split("\n");

const node = run(process.execPath, []);

test("200 varied workloads lead to 200 answers, nearly all of them different plans", () => {
  expect(node).toHaveLength(200);
  expect(node.filter((line) => /^[0-9a-f]{64}$/.test(line)).length).toBeGreaterThan(190);
  expect(new Set(node).size).toBeGreaterThan(150);
});

test("Deno gives the same plan hashes as Node", () => {
  expect(run("node_modules/.bin/deno", ["run", "--no-prompt", "--allow-read", "--allow-env"])).toEqual(node);
});

test("Bun gives the same plan hashes as Node", () => {
  expect(run("node_modules/.bin/bun", ["run"])).toEqual(node);
});

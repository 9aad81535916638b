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
const varied = node.slice(0, 200);
/** "NAME WAY HASH" → name → way → hash. */
const ways: Record<string, Record<string, string>> = {};
for (const line of node.slice(200)) {
  const { name, way, hash } = /^(?<name>.+) (?<way>\w+) (?<hash>[0-9a-f]{64})$/.exec(line)!.groups!;
  ways[name!] = { ...ways[name!], [way!]: hash! };
}

test("200 varied workloads lead to 200 answers, nearly all of them different plans", () => {
  expect(varied).toHaveLength(200);
  expect(varied.filter((line) => /^[0-9a-f]{64}$/.test(line)).length).toBeGreaterThan(190);
  expect(new Set(varied).size).toBeGreaterThan(150);
});

test("five briefs are said on every way that can say them: words, file, flags, team, project", () => {
  expect(Object.keys(ways)).toHaveLength(5);
  for (const way of ["text", "yaml", "flags", "team", "project"])
    expect(Object.values(ways).filter((said) => way in said).length, way).toBeGreaterThanOrEqual(3);
});

test.each(Object.entries(ways))("%s: every way of saying it leads to the same plan", (_, said) => {
  for (const hash of Object.values(said)) expect(hash).toBe(said.text);
});

test("Deno gives the same plan hashes as Node", () => {
  expect(run("node_modules/.bin/deno", ["run", "--no-prompt", "--allow-read", "--allow-env"])).toEqual(node);
});

test("Bun gives the same plan hashes as Node", () => {
  expect(run("node_modules/.bin/bun", ["run"])).toEqual(node);
});

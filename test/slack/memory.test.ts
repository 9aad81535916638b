import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { startThread } from "../../slack/memory.ts";

test("a thread that wants more memory than its share ends, and not the process", async () => {
  const folder = mkdtempSync(join(tmpdir(), "greedy-"));
  const file = join(folder, "greedy.mjs");
  writeFileSync(file, "const kept = []; for (let i = 0; ; i += 1) kept.push(new Array(1_000_000).fill(i));\n");
  try {
    const [error] = await once(startThread(pathToFileURL(file)), "error");
    expect(error).toMatchObject({ code: "ERR_WORKER_OUT_OF_MEMORY" });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 120_000);

test("V8 still has the setting by which heaps are collected before they are many times what lives in them", () => {
  const options = execFileSync(process.execPath, ["--v8-options"], { encoding: "utf8", maxBuffer: 2 ** 24 });
  expect(options).toContain("--heap-growing-percent (");
});

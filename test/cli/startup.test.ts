import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { MAIN, run } from "./run.ts";

const LLAMA = "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090 that I own, 5k examples";

/**
 * The promise is a quarter of a second beyond Node itself on a quiet machine, where Node takes 50 ms: six times Node.
 * Beside other tests only the proportion can be measured, so the guard leaves room.
 */
const NODE_STARTS = 7.5;

test("a plan starts fast: few times what Node itself takes", { retry: 3, timeout: 120_000 }, async () => {
  const fastest = { node: Number.POSITIVE_INFINITY, plan: Number.POSITIVE_INFINITY };
  const time = async (name: keyof typeof fastest, args: string[]) => {
    const started = performance.now();
    await run(args, { program: [process.execPath] });
    fastest[name] = Math.min(fastest[name], performance.now() - started);
  };
  for (let round = 0; round < 6; round += 1) {
    await time("node", ["-e", "0"]);
    await time("plan", [MAIN, "plan", LLAMA]);
  }
  expect(fastest.plan / fastest.node).toBeLessThan(NODE_STARTS);
});

test("a plan loads a dozen files and no adapter: disks, programs and networks wait for their command", async () => {
  const hook = `data:text/javascript,${encodeURIComponent(
    "export async function load(url, context, next) { process._rawDebug(url); return next(url, context); }",
  )}`;
  const listen = `data:text/javascript,${encodeURIComponent(`import { register } from "node:module"; register(${JSON.stringify(hook)});`)}`;
  const { stderr } = await run(["--import", listen, MAIN, "plan", LLAMA], { program: [process.execPath] });
  const loaded = stderr.split("\n").filter((line) => line.startsWith("file:"));
  const held = loaded.flatMap((url) => readFileSync(fileURLToPath(url), "utf8").match(/^\/\/ src\/\S+\.ts$/gm) ?? []);
  expect(held).toContain("// src/plan/advise.ts");
  expect(held.filter((source) => source.includes("/adapters/"))).toEqual([]);
  expect(loaded.length).toBeLessThanOrEqual(12);
});

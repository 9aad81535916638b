import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { MAIN, run } from "./run.ts";

const LLAMA = "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090 that I own, 5k examples";

/**
 * The promise is a quarter of a second beyond Node itself on a quiet machine, where Node takes 50 ms: six times Node. On
 * any other machine only the proportion can be measured, and that of the processor's time alone: what other programs do
 * is not in it.
 */
const NODE_STARTS = 6;

test("a plan starts fast: few times what Node itself takes", async () => {
  const spent = `data:text/javascript,${encodeURIComponent(
    'process.on("exit", () => { const { user, system } = process.cpuUsage(); process._rawDebug("spent", user + system); });',
  )}`;
  const least = { node: Number.POSITIVE_INFINITY, plan: Number.POSITIVE_INFINITY };
  const measure = async (name: keyof typeof least, args: string[]) => {
    const { stderr } = await run(["--import", spent, ...args], { program: [process.execPath] });
    least[name] = Math.min(least[name], Number(/^spent (\d+)$/m.exec(stderr)![1]));
  };
  for (let round = 0; round < 5; round += 1) {
    await measure("node", ["-e", "0"]);
    await measure("plan", [MAIN, "plan", LLAMA]);
  }
  expect(least.plan / least.node).toBeLessThan(NODE_STARTS);
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

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { emptyFolder, type Ran, run } from "./run.ts";

const probe = {
  status: "measured",
  device: "NVIDIA GeForce RTX 4090",
  longest_tokens: 2048,
  max_length: 2048,
  config_hash: "0123456789abcdef",
  device_before_gib: 0.4,
  allocated_gib: 18,
  allocated_training_gib: 18,
  reserved_gib: 19,
  device_gib: 19.6,
  host_gib: 4,
  tokens_per_second: 2000,
};
const cwd = emptyFolder();
const file = (name: string, value: unknown) =>
  writeFileSync(join(cwd, name), typeof value === "string" ? value : JSON.stringify(value));
const calibrate = (...args: string[]): Promise<Ran> => run(["calibrate", ...args], { cwd });

beforeAll(async () => {
  const { stdout } = await run(
    ["plan", "fine-tune Llama 3.1 8B with LoRA, one RTX 4090 of our own, 10k examples, ctx 2048", "--json"],
    { cwd },
  );
  file("plan.json", stdout);
  file("probe.json", probe);
  file("died.json", { ...probe, status: "out-of-memory", allocated_gib: null, tokens_per_second: null });
  file("cpu.json", { ...probe, device: "cpu (x86_64)", allocated_gib: null, reserved_gib: null, device_gib: null });
  file("text.json", "hello");
});

describe("calibrate", () => {
  test("shows predicted beside measured, and the plan again", async () => {
    const { code, stdout, stderr } = await calibrate("--plan", "plan.json", "--measured", "probe.json");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("## Predicted beside measured");
    expect(stdout).toMatch(/Measured 19\.6 GiB of 24\.0 GiB/);
  });

  test("--json is a plan, which `new` writes and calibrate reads again", async () => {
    const { code, stdout } = await calibrate("--plan", "plan.json", "--measured", "probe.json", "--json");
    expect(code).toBe(0);
    expect(JSON.parse(stdout).calibration).toMatchObject({ from: "measured", longestTokens: 2048 });
    file("measured.json", stdout);
    expect((await run(["new", "project", "--plan", "measured.json"], { cwd })).code).toBe(0);
    const again = await calibrate("--plan", "measured.json", "--measured", "probe.json", "--json");
    expect(JSON.parse(again.stdout).planHash).toBe(JSON.parse(stdout).planHash);
  });

  test("a probe that ran out of memory answers no, with what would fit", async () => {
    const { code, stdout } = await calibrate("--plan", "plan.json", "--measured", "died.json");
    expect(code).toBe(1);
    expect(stdout).toContain("# Not possible as asked");
    expect(stdout).toContain("## What would work instead");
  });

  test.each<[string, string[], RegExp]>([
    ["no plan", ["--measured", "probe.json"], /--plan is missing/],
    ["no measurement", ["--plan", "plan.json"], /--measured is missing/],
    ["a file that is not there", ["--plan", "absent.json", "--measured", "probe.json"], /no such file/],
    ["the two files the other way round", ["--plan", "probe.json", "--measured", "plan.json"], /not a plan/],
    ["a file that is not JSON", ["--plan", "plan.json", "--measured", "text.json"], /not JSON/],
    ["a probe without a GPU", ["--plan", "plan.json", "--measured", "cpu.json"], /ran on a processor/],
  ])("%s is refused with a next step", async (_, args, message) => {
    const { code, stdout, stderr } = await calibrate(...args);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/^error: .+\nhint: .+\n$/);
  });
});

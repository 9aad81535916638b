import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "./run.ts";

const project = mkdtempSync(join(tmpdir(), "project-"));
mkdirSync(join(project, "data"));
writeFileSync(join(project, "requirements.txt"), "transformers\nmlflow\n");
writeFileSync(
  join(project, "train.py"),
  'm = AutoModelForCausalLM.from_pretrained("Qwen/Qwen2.5-7B")\nc = LoraConfig()\n',
);
writeFileSync(join(project, "data", "train.jsonl"), `${JSON.stringify({ text: "word ".repeat(300) })}\n`.repeat(400));

test("an existing project fills what the words leave out, and each finding is told with its place", async () => {
  const { code, stdout, stderr } = await run(["plan", "on one RTX 4090 of ours", "--project", project, "--json"]);
  expect(code).toBe(0);
  const { brief } = JSON.parse(stdout);
  expect(brief.model).toEqual({ value: "Qwen/Qwen2.5-7B", from: "project" });
  expect(brief.exampleCount).toEqual({ value: 400, from: "project" });
  expect(brief.tracker.value).toBe("mlflow");
  expect(brief.accelerator.from).toBe("stated");
  expect(JSON.parse(stdout).notices.join(" ") + stderr).toContain('model "Qwen/Qwen2.5-7B" (train.py:1)');
});

test("words overrule the project, and the difference is told", async () => {
  const { stdout } = await run([
    "plan",
    "fine-tune Llama 3.1 8B on one RTX 4090 of ours",
    "--project",
    project,
    "--json",
  ]);
  const plan = JSON.parse(stdout);
  expect(plan.brief.model.value).toBe("meta-llama/Llama-3.1-8B");
  expect(plan.notices.join(" ")).toMatch(/model: your words say .*Llama.*, the project "Qwen/);
});

test("a team file in the folder is used, named, and can be left out", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "team-"));
  writeFileSync(join(cwd, "team.yaml"), "tracker: wandb\nplatforms: [lambda]\n");
  const words = "fine-tune Llama 3.1 8B on 20k examples, $300";
  const withTeam = JSON.parse((await run(["plan", words, "--json"], { cwd })).stdout);
  expect(withTeam.brief.tracker).toEqual({ value: "wandb", from: "team" });
  expect(withTeam.hardware.offer.platform).toBe("lambda");
  expect(withTeam.notices.join(" ")).toContain("team.yaml");
  const without = JSON.parse((await run(["plan", words, "--no-team", "--json"], { cwd })).stdout);
  expect(without.brief.tracker).toBeUndefined();
});

test("a slip in the team file stops with the nearest name", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "team-"));
  writeFileSync(join(cwd, "team.yaml"), "trackr: wandb\n");
  const { code, stderr } = await run(["plan", "fine-tune Llama 3.1 8B", "--json"], { cwd });
  expect(code).toBe(2);
  expect(stderr).toMatch(/unknown field "trackr"[\s\S]*tracker/);
});

test("what the project's files say otherwise than the plan is told with its place", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "older-"));
  writeFileSync(join(cwd, "requirements.txt"), "transformers==4.36.2\n");
  writeFileSync(join(cwd, "train.yaml"), "base_model: Qwen/Qwen3-8B\nadapter: lora\nfp16: true\nmicro_batch_size: 1\n");
  const { stdout } = await run(["plan", "on one RTX 4090 of ours", "--project", cwd, "--json"]);
  const told = JSON.parse(stdout).notices.join(" ");
  expect(told).toContain("train.yaml:3 sets dtype fp16-mixed; the plan trains with bf16-mixed.");
  expect(told).toMatch(/requirements\.txt:1 pins transformers==4\.36\.2; the plan's project pins transformers 5\./);
});

test("of two configurations the one that the training loads is planned with, and the other is told as a conflict", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "two-"));
  writeFileSync(join(cwd, "a.yaml"), "base_model: Qwen/Qwen3-8B\nadapter: lora\nlora_r: 8\n");
  writeFileSync(join(cwd, "b.yaml"), "base_model: Qwen/Qwen3-8B\nadapter: lora\nlora_r: 64\nlearning_rate: 3e-5\n");
  writeFileSync(join(cwd, "run.sh"), "axolotl train b.yaml\n");
  const { stdout } = await run(["plan", "on one RTX 4090 of ours", "--project", cwd, "--json"]);
  const { training, conflicts } = JSON.parse(stdout);
  expect(training).toMatchObject({ loraRank: 64, learningRate: 3e-5 });
  expect(JSON.stringify(conflicts)).toContain("run.sh:1 with b.yaml was taken: it does not load a.yaml");
});

test("where the team's file leaves nothing to rent, its lines are named", async () => {
  const cwd = mkdtempSync(join(tmpdir(), "team-"));
  writeFileSync(join(cwd, "team.yaml"), "platforms: [aws]\nregions: [eu-central-1]\nbudget: { amount: 500 }\n");
  const { code, stdout } = await run(["plan", "fine-tune Llama 3.1 8B on one rented H100", "--json"], { cwd });
  expect(code).toBe(1);
  const told = JSON.parse(stdout).notices.join(" ");
  expect(told).toMatch(/team\.yaml stands in the way: without `platforms`.*`regions`.* there is a plan/);
  expect(told).not.toContain("`budget`");
});

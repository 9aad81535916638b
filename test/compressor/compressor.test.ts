import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";
import { readTemplate } from "../../src/adapters/files.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { llamaOnOneRtx4090 } from "../project/plan.fixture.ts";

const python = preparedPython();
const compressor = preparedPython("compressor");
const template = await readTemplate("transformers-sft");

function project(format: "awq-int4" | "gptq-int4"): Map<string, string> {
  const plan = llamaOnOneRtx4090();
  const made: Plan = {
    ...plan,
    decisions: plan.decisions.map((d) => (d.name === "deployment" ? { ...d, choice: "vllm" } : d)),
    serving: { ...plan.serving!, deployment: "vllm", engine: "vllm", baseQuantization: format },
  };
  return scaffold(made, template, { projectName: "support-assistant", planMarkdown: "# Plan\n" });
}

/** Two minutes for each format: the whole matrix alone. */
const isLeftOut = !process.env.ML_ARCHITECT_FULL || python === undefined || compressor === undefined;

describe.skipIf(isLeftOut)("LLM Compressor, as it is locked", () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ml-architect-compressor-"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test.each([
    ["awq-int4", "models/export-awq"],
    ["gptq-int4", "models/export-gptq"],
  ] as const)(
    "makes the %s weights that the engine reads, which lose little and are registered",
    (format, output) => {
      const folder = join(root, format);
      for (const [path, text] of project(format)) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      const run = (args: readonly string[]): string => {
        const env = cleanEnvironment({ HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "1", CUDA_VISIBLE_DEVICES: "" });
        env.PYTHONPATH = [join(folder, "src"), folder].join(":");
        return execFileSync(python!, [...args], {
          cwd: folder,
          env,
          encoding: "utf8",
          stdio: ["ignore", "pipe", "pipe"],
          maxBuffer: 1 << 26,
        });
      };
      const json = (path: string) => JSON.parse(readFileSync(join(folder, path), "utf8"));
      run([fileURLToPath(new URL("base_model.py", import.meta.url)), "base"]);
      const settings = ["model.id=base", "serving.dtype=bf16", "serving.model_path=models/export"];
      const smoke = ["--overlay", "configs/smoke.yaml", ...settings.flatMap((setting) => ["--set", setting])];
      run(["scripts/export.py", ...smoke, "--base"]);
      run(["scripts/quantise.py", ...smoke, "--cpu", "--python", compressor!]);

      const size = (name: string): number => statSync(join(folder, name, "model.safetensors")).size;
      expect(size(output)).toBeLessThan(size("models/export"));
      const { quantization_config } = json(`${output}/config.json`);
      expect(quantization_config).toMatchObject({ quant_method: "compressed-tensors", format: "pack-quantized" });
      expect(quantization_config.config_groups.group_0.weights).toMatchObject({
        num_bits: 4,
        group_size: 128,
        // AWQ's groups have a zero point, GPTQ's have none.
        symmetric: format === "gptq-int4",
      });
      expect(json(`${output}/export.json`).quantisation.made_of).toMatchObject({ method: format.split("-")[0] });
      const report = json("outputs/smoke/evaluation-quantised.json");
      const [before, after] = [report.baseline, report.candidate].map((m) => m.metrics.validation_loss as number);
      expect(report.promoted).toBe(true);
      // Rounding shows, and is small: a 16-bit model measured twice would be equal.
      expect(after).not.toBe(before);
      expect(Math.abs(after! / before! - 1)).toBeLessThan(0.02);

      run(["-m", "inference.vllm.check"]);
      run(["scripts/register.py", ...smoke, "--model", output]);
      expect(JSON.parse(readFileSync(join(folder, "models/versions.jsonl"), "utf8"))).toMatchObject({
        version: 1,
        promoted: true,
        path: output,
      });
    },
    1_200_000,
  );
});

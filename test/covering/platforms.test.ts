import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";
import { listTemplates, readTemplate } from "../../src/adapters/files.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { planFor } from "../../src/plan/planner.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { chooseTemplate } from "../../src/project/template.ts";

const python = preparedPython("platforms");
const TODAY = { today: "2026-11-23" };
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "ml-architect-platforms-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What people say who end up on each launcher. */
const WORDS = "Fine-tune Llama 3.1 8B with LoRA on 50k support tickets";
const PLATFORMS = [
  ["modal", "modal", "on Modal"],
  ["lambda", "lambda", "on Lambda"],
  ["sagemaker", "sagemaker", "on SageMaker"],
  ["sagemaker", "sagemaker", "on SageMaker, and serve it with vLLM at 1 request per second"],
  ["skypilot", "gcp", "on Google Cloud"],
  ["skypilot", "runpod", "on RunPod"],
] as const;

async function writeProject(words: string, folder: string): Promise<string> {
  const plan = planFor(readText(words, catalog, TODAY), catalog, TODAY);
  const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
  const files = scaffold(plan, template, { projectName: "support-assistant", planMarkdown: "" });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return plan.decisions.find(({ name }) => name === "platform")?.choice ?? "";
}

/**
 * The project's own tests of its platform, with the pinned client of the platform there: Modal loads the app, botocore's
 * model of SageMaker takes every request, SkyPilot reads the task. None of them may be left out for a missing package.
 */
describe.skipIf(python === undefined)("the pinned client of a platform accepts what a project holds for it", () => {
  test.each(PLATFORMS)("%s (%s), %s", async (part, platform, words) => {
    const cwd = mkdtempSync(join(root, `${platform}-`));
    expect(await writeProject(`${WORDS} ${words}`, cwd)).toBe(platform);
    const args = ["-m", "pytest", "-q", "-p", "no:cacheprovider", `tests/test_platform_${part}.py`];
    const env = { ...cleanEnvironment({ PYTHONDONTWRITEBYTECODE: "1" }), PYTHONPATH: join(cwd, "src") };
    const { stdout } = spawnSync(python!, args, { cwd, env, encoding: "utf8" });
    expect(stdout).toMatch(/\d+ passed/);
    expect(stdout).not.toMatch(/failed|error/i);
    const left = stdout.split("\n").filter((line) => line.startsWith("SKIPPED"));
    // The server's own packages are the project's, not its platform's; what starts vLLM is tested where it serves.
    const elsewhere = words.includes("vLLM") ? /uvicorn/ : /uvicorn|no files of vLLM/;
    expect(left.filter((line) => !elsewhere.test(line))).toEqual([]);
  });
});

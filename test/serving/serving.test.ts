import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { cleanEnvironment, environmentFolder, preparedPython } from "../../scripts/python-environment.mjs";
import { pinsOf } from "../../scripts/requirement-sets.mjs";
import { readTemplate } from "../../src/adapters/files.ts";
import type { Deployment, Plan, ServingPlan } from "../../src/plan/plan.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { llamaOnOneRtx4090 } from "../project/plan.fixture.ts";

const PACKAGES = "lib/python3.11/site-packages";
const prepared = preparedPython() && preparedPython("serving");
const template = await readTemplate("transformers-sft");

/** Plans whose arguments differ in kind: precisions, formats, cards of a replica, pictures. */
const PLANS: Readonly<Record<string, Partial<ServingPlan>>> = {
  "16 bit on one card": {},
  "fp8 on two cards": { baseQuantization: "fp8", acceleratorCountPerReplica: 2 },
  "4 bit, many at a time": { baseQuantization: "awq-int4", maxConcurrentRequests: 128 },
  "one of a long context": { contextLength: 131_072, maxConcurrentRequests: 1 },
};

function project(deployment: Deployment, serving: Partial<ServingPlan> = {}, modality = "llm"): Map<string, string> {
  const plan = llamaOnOneRtx4090();
  const made: Plan = {
    ...plan,
    workload: { ...plan.workload!, modality: modality as "llm" },
    decisions: plan.decisions.map((d) =>
      d.name === "deployment"
        ? { ...d, choice: deployment }
        : d.name === "platform"
          ? { ...d, choice: "sagemaker" }
          : d,
    ),
    serving: { ...plan.serving!, deployment, engine: "vllm", ...serving },
  };
  return scaffold(made, template, { projectName: "support-assistant", planMarkdown: "# Plan\n" });
}

describe.skipIf(prepared === undefined)("what the pinned packages take", () => {
  let root: string;
  /** Packages of the runtime, and what the serving environment adds to them. */
  const run = (args: readonly string[], cwd: string, own: readonly string[] = []): string => {
    const folders = [environmentFolder("serving"), environmentFolder()].map((folder) => join(folder, PACKAGES));
    const env = cleanEnvironment({ HF_HUB_OFFLINE: "1", VLLM_LOGGING_LEVEL: "ERROR", OMP_NUM_THREADS: "1" });
    env.PYTHONPATH = [...own, ...folders].join(":");
    return execFileSync(prepared!, [...args], { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  };
  const write = (folder: string, files: ReadonlyMap<string, string>): string => {
    for (const [path, text] of files) {
      mkdirSync(dirname(join(root, folder, path)), { recursive: true });
      writeFileSync(join(root, folder, path), text);
    }
    return join(root, folder);
  };
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), "ml-architect-serving-"));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  test("vLLM reads every engine.yaml as the plan means it, and refuses an argument that it does not have", () => {
    const engine = "inference/vllm/engine.yaml";
    const wanted = new Map([
      ...Object.entries(PLANS).map(([name, serving]) => [name, project("vllm", serving)] as const),
      ["a model that sees", project("vllm", {}, "vlm")] as const,
    ]);
    const files = [...wanted].map(([name, made]) => join(write(name, made), engine));
    const odd = join(write("odd", new Map([["odd.yaml", "model: models/export\nmax-model-length: 5\n"]])), "odd.yaml");
    // Offline, vLLM wants the folder that it is to serve to be there.
    for (const folder of ["export", "export-awq"]) mkdirSync(join(root, "models", folder), { recursive: true });
    const script = fileURLToPath(new URL("parse_engine.py", import.meta.url));
    const [first] = wanted.keys();
    const said = JSON.parse(
      run([script, join(root, first!), ...files, odd], root)
        .trim()
        .split("\n")
        .at(-1)!,
    );
    for (const [name, made] of wanted) {
      const got = said[join(root, name, engine)];
      for (const [key, value] of Object.entries(parse(made.get(engine)!) as Record<string, unknown>)) {
        const meant = key === "served-model-name" ? [value] : value;
        expect(got[key.replaceAll("-", "_")], `${name}: ${key}`).toEqual(meant);
      }
    }
    expect(said["two answers"]).toContain("n must be at most 1, got 2");
    // On SageMaker its own word stands before engine.yaml's, and its paths before the guard.
    expect(said.SageMaker).toMatchObject({
      model: "models/elsewhere",
      port: 8080,
      host: "0.0.0.0",
      middleware: ["inference.vllm.guard.Guard", "platforms.sagemaker.serve_vllm.EnginePaths"],
      max_num_seqs: said[files[0]!].max_num_seqs,
    });
    expect(said[odd]).toContain("unrecognized arguments: --max-model-length");
    // An endpoint of Hugging Face gets the same as a command line.
    for (const [key, value] of Object.entries(said[files[0]!]))
      if (!["config", "middleware", "model_tag"].includes(key)) expect(said["command line"][key], key).toEqual(value);
  }, 300_000);

  test("Modal's package takes the app's declarations", () => {
    const folder = write("modal", project("modal-functions", { accelerator: { id: "l4", name: "L4", memoryGib: 24 } }));
    const said = run(["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/test_deployment_modal.py"], folder, [
      join(folder, "src"),
    ]);
    expect(said).toMatch(/\b11 passed\b/);
    expect(said).not.toContain("skipped");
  }, 300_000);
});

test("images are of the version of vLLM whose parser was asked", () => {
  const pins = pinsOf(readFileSync(new URL("requirements.txt", import.meta.url), "utf8"));
  const { version } = pins.find(({ name }) => name === "vllm")!;
  for (const name of ["Dockerfile", "arguments.py", "targets.mk", "kubernetes/kustomization.yaml"]) {
    const named = template.files.get(`inference/vllm/${name}`)?.match(/\bv\d+\.\d+\.\d+\b/g) ?? [];
    expect(new Set(named), name).toEqual(new Set([`v${version}`]));
  }
});

import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { AdvisorError } from "../../src/error.ts";
import { sha256Hex } from "../../src/hash.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import type { Template } from "../../src/project/template.ts";
import { llamaOnOneRtx4090, llamaOnRentedA10 } from "./plan.fixture.ts";
import { smallTemplate } from "./template.fixture.ts";

const options = { projectName: "support-assistant", planMarkdown: "# Plan\n\nQLoRA on your RTX 4090.\n" };
const project = (plan: Plan = llamaOnOneRtx4090(), template: Template = smallTemplate()): Map<string, string> =>
  scaffold(plan, template, options);
const text = (files: Map<string, string>, path: string): string => {
  const found = files.get(path);
  if (found === undefined) throw new Error(`${path} is not in the project: ${[...files.keys()].join(", ")}`);
  return found;
};
const refusal = (make: () => unknown): AdvisorError => {
  try {
    make();
  } catch (error) {
    if (error instanceof AdvisorError) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("a project", () => {
  test("is the same for the same plan, whatever order its keys were made in", () => {
    const plan = llamaOnOneRtx4090();
    const shuffled = Object.fromEntries(Object.entries(plan).reverse()) as unknown as Plan;
    expect([...project(plan)]).toEqual([...project(shuffled)]);
  });

  test("lists its files in order, and every one of them with its hash in the manifest", () => {
    const files = project();
    expect([...files.keys()]).toEqual([...files.keys()].sort());
    const manifest = parseManifest(text(files, MANIFEST_PATH));
    expect(Object.keys(manifest.files).sort()).toEqual([...files.keys()].filter((path) => path !== MANIFEST_PATH));
    for (const [path, file] of Object.entries(manifest.files))
      expect(file.sha256, path).toBe(sha256Hex(text(files, path)));
    expect(manifest).toMatchObject({
      planHash: "9f2c4e1b7a6d5038",
      template: "small",
      generator: { version: "0.1.0" },
    });
    expect(manifest.files["configs/train.yaml"]).toMatchObject({ owner: "plan", decision: "method" });
    expect(manifest.files["inference/app.py"]).toMatchObject({ owner: "template", decision: "deployment" });
  });

  test("has no residue of a template or of a value that was not there", () => {
    for (const plan of [llamaOnOneRtx4090(), llamaOnRentedA10(), bare()]) {
      const files = project(plan);
      const manifest = parseManifest(text(files, MANIFEST_PATH));
      for (const [path, { owner }] of Object.entries(manifest.files)) {
        if (owner === "plan") {
          expect(text(files, path), path).not.toMatch(
            /undefined|\[object Object\]|\bNaN\b|\{\{|\bml-project\b|\bInfinity\b/,
          );
        }
      }
    }
  });

  test("has the parts of the plan's decisions and no others", () => {
    const files = project();
    expect(files.has("platforms/local/README.md")).toBe(true);
    expect(files.has("inference/app.py")).toBe(true);
    expect([...files.keys()].filter((path) => path.includes("modal"))).toEqual([]);
    const modal = project({
      ...llamaOnOneRtx4090(),
      decisions: llamaOnOneRtx4090().decisions.map((d) => (d.name === "platform" ? { ...d, choice: "modal" } : d)),
    });
    expect(modal.has("platforms/modal/app.py") && modal.has("scripts/launch_modal.py")).toBe(true);
    expect(modal.has("platforms/local/README.md")).toBe(false);
  });

  test("on a platform without a part says how to run it there by hand, and to end the machine", () => {
    const files = project(llamaOnRentedA10());
    expect(files.has("platforms/local/README.md")).toBe(true);
    const readme = text(files, "README.md");
    expect(readme).toContain("has no launcher for it, so the project runs there by hand");
    expect(readme).toContain("`gpu_1x_a10` in `us-east-1`");
    expect(readme).toContain("**end the machine**: it costs $0.75 an hour");
  });

  test("keeps what the plan does not speak of byte for byte, under its real name", () => {
    const template = smallTemplate();
    const files = project(undefined, template);
    expect(text(files, ".gitignore")).toBe(template.files.get("_gitignore"));
    expect(files.has("_gitignore")).toBe(false);
    expect(text(files, "scripts/train.py")).toBe(template.files.get("scripts/train.py"));
    expect(text(files, "configs/smoke.yaml")).toBe(template.files.get("configs/smoke.yaml"));
  });

  test("carries its name in pyproject, the conda environment and the configuration, and nowhere in other tables", () => {
    const files = project();
    expect(text(files, "pyproject.toml")).toBe(
      smallTemplate().files.get("pyproject.toml")?.replace('name = "ml-project"', 'name = "support-assistant"'),
    );
    expect(text(files, "environment.yml")).toMatch(/^name: support-assistant$/m);
    expect(parse(text(files, "configs/base.yaml")).project.name).toBe("support-assistant");
  });
});

describe("the configuration", () => {
  test("holds the plan's settings under the template's keys, and every other value as it was", () => {
    const files = project();
    expect(parse(text(files, "configs/base.yaml"))).toEqual({
      project: { name: "support-assistant", seed: 42, deterministic: false },
      model: { id: "meta-llama/Llama-3.1-8B", revision: null, attention: "sdpa", max_length: 2048 },
      method: { name: "qlora", lora_rank: 16, lora_alpha: 32, lora_targets: "all-linear", quantization: "nf4-dq" },
      data: { raw_path: "data/raw", validation_fraction: 0.1 },
      tracking: { provider: "tensorboard", offline: false },
    });
    expect(parse(text(files, "configs/train.yaml")).training).toEqual({
      epochs: 3,
      micro_batch_size: 1,
      gradient_accumulation_steps: 16,
      learning_rate: 0.0002,
      optimizer: "paged-adamw-8bit",
      dtype: "bf16-mixed",
      gradient_checkpointing: true,
      fused_loss: false,
      // 5 % of the time for evaluations of a tenth, forward only: 4 in 3 epochs of 3,125 steps, of which the tenth that
      // is held out leaves 8,438. Between two of them lie 2,110 steps of 6.26 s, and no half hour without a checkpoint.
      eval_steps: 2110,
      save_steps: 264,
    });
    expect(parse(text(files, "configs/evaluate.yaml")).evaluation.batch_size).toBe(1);
    expect(parse(text(files, "configs/serve.yaml")).serving).toEqual({
      dtype: "bf16",
      max_input_tokens: 2048,
      max_new_tokens: 1024,
      max_concurrent_requests: 4,
      requests_per_minute: 600,
    });
  });

  test("keeps the template's comments in their columns, and says which decision made what", () => {
    const base = text(project(), "configs/base.yaml");
    expect(base).toContain("  name: qlora                 # full | lora | qlora");
    expect(base).toContain("  attention: sdpa             # sdpa | flash_attention_2 | eager");
    expect(base).toMatch(
      /^# yaml-language-server: \$schema=schema\.json\n# Written by ml-architect 0\.1\.0 from plan 9f2c4e1b7a6d/,
    );
    expect(base).toContain("# method (qlora) decided project.seed, method.name, method.lora_rank");
  });

  test("writes flash attention under the name that the framework knows", () => {
    const plan = llamaOnOneRtx4090();
    const files = project({ ...plan, training: { ...plan.training!, attention: "flash" } });
    expect(parse(text(files, "configs/base.yaml")).model.attention).toBe("flash_attention_2");
    expect(text(files, "README.md")).toContain("`flash_attn` is not installed");
  });

  test("leaves adapter settings alone in full fine-tuning, which has no adapter", () => {
    const plan = llamaOnOneRtx4090();
    const training = { ...plan.training!, method: "full" as const, baseQuantization: "none" as const };
    const method = parse(text(project({ ...plan, training }), "configs/base.yaml")).method;
    expect(method).toMatchObject({ name: "full", quantization: "none", lora_rank: 16 });
  });

  test("names a model to choose where the plan knows only a size", () => {
    const files = project(withModel("7B", false));
    expect(parse(text(files, "configs/base.yaml")).model.id).toBe("organisation/model-to-choose");
    expect(text(files, "README.md")).toContain("**Choose the model.**");
  });

  test("goes without a network where the plan is offline", () => {
    const plan = llamaOnOneRtx4090();
    const files = project({ ...plan, workload: { ...plan.workload!, constraints: ["air-gapped"] } });
    expect(parse(text(files, "configs/base.yaml")).tracking.offline).toBe(true);
    expect(text(files, "SECURITY.md")).toContain("HF_HUB_OFFLINE=1");
  });

  test("refuses a template that has no place for a decision, so that none is lost in silence", () => {
    const template = smallTemplate({ "configs/evaluate.yaml": "evaluation:\n  golden_path: x\n" });
    const error = refusal(() => project(undefined, template));
    expect(error.code).toBe("invalid-fact");
    expect(error.message).toContain("configs/evaluate.yaml has no key evaluation.batch_size");
  });
});

describe("the documents", () => {
  test("name only make targets that the template has", () => {
    for (const [path, words] of project()) {
      if (!path.endsWith(".md")) continue;
      for (const [, target = ""] of words.matchAll(/`make ([a-z-]+)/g)) {
        expect(["install", "check", "data", "probe", "train", "evaluate"], `${path}: make ${target}`).toContain(target);
      }
    }
  });

  test("begin troubleshooting with memory, and give the plan's own repairs as configuration", () => {
    const readme = text(project(), "README.md");
    const headings = [...readme.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
    expect(headings[0]).toBe("CUDA out of memory");
    expect(readme).toContain("`training.fused_loss: true`: 10.9 GiB expected");
    expect(readme.indexOf("`training.fused_loss: true`")).toBeLessThan(readme.indexOf("`model.max_length: 1024`"));
  });

  test("name the CUDA of the locked PyTorch and the oldest driver for it", () => {
    expect(text(project(), "README.md")).toContain(
      "NVIDIA driver 525 or newer (`nvidia-smi` shows it). PyTorch brings CUDA 12.8",
    );
  });

  test("say what nothing to rent leaves out, and date the price of what is rented", () => {
    expect(text(project(), "COSTS.md")).toContain("electricity (about 450 W under load)");
    const rented = text(project(llamaOnRentedA10()), "COSTS.md");
    expect(rented).toContain("$19.50 ($15.40 to $26.60)");
    expect(rented).toContain("Price: https://lambda.ai/pricing, as of 2026-11-02");
  });

  test("brief four specialists: context, task, what comes and goes, numbers, what is settled, acceptance, risks, questions", () => {
    const files = project();
    const sections = [
      "Context",
      "Your task",
      "What you are given",
      "What you deliver",
      "Numbers of the plan",
      "Decided already",
      "Done when",
      "Risks",
      "Open questions",
    ];
    for (const role of ["data-engineer", "training-specialist", "deployment-engineer", "security-specialist"]) {
      const brief = text(files, `handoff/${role}.md`);
      expect([...brief.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual(sections);
      // No section is empty: each has a list, a table or a sentence below its title.
      for (const part of brief.split(/^## .*\n/m).slice(1)) expect(part.trim().length, role).toBeGreaterThan(40);
      expect(brief, role).toMatch(/^\| `[^|]+` \|/m);
    }
  });

  test("brief with the plan's own numbers, refusals and risks, each where it is answered for", () => {
    const files = project();
    const training = text(files, "handoff/training-specialist.md");
    expect(training).toContain("Refused: `full` (needs 60 GiB and more).");
    expect(training).toContain("Would change to `lora` when 48 GiB are there.");
    expect(training).toContain("| Memory a device | 14.5 GiB (13.1 GiB to 16.2 GiB)");
    const deployment = text(files, "handoff/deployment-engineer.md");
    expect(deployment).toContain("Refused: `hf-endpoints` (your data stays on your machine).");
    expect(deployment).not.toContain("needs 60 GiB");
    expect(text(files, "handoff/data-engineer.md")).toContain("45,000,000");
    expect(text(files, "handoff/training-specialist.md")).toContain(
      "1 a device x 16 accumulation x 1 device(s) = 16 examples a step",
    );
    expect(text(files, "handoff/deployment-engineer.md")).toContain(
      "0.5 requests/s for ten minutes without an error, 95 in 100 within 8 s",
    );
  });

  test("hold placeholders for keys, one file for each environment", () => {
    const files = project();
    expect(text(files, ".env.example")).toMatch(/^HF_TOKEN=support-assistant_dev_your_key_here$/m);
    expect(text(files, ".env.example")).toMatch(/^LOG_LEVEL=info$/m);
    expect(text(files, ".env.prod.example")).toMatch(/^HF_TOKEN=support-assistant_prod_your_key_here$/m);
    expect([...files.keys()].filter((path) => path.startsWith(".env"))).toEqual([
      ".env.dev.example",
      ".env.example",
      ".env.prod.example",
    ]);
  });

  test("list eleven items, none of which has passed before anything ran", () => {
    const rows = text(project(), "CHECKLIST.md")
      .split("\n")
      .filter((line) => /\| (pass|fail|unknown) \|$/.test(line));
    expect(rows).toHaveLength(11);
    expect(rows.every((row) => row.endsWith("| unknown |"))).toBe(true);
  });
});

describe("words of a person", () => {
  const hostile = [
    "no",
    "1e5",
    "a: b # c",
    'x"\n  evil: true',
    "`|[click](http://evil)",
    "{{ cookiecutter }}",
    "!!python/object/apply:os.system [id]",
  ];

  test.each(hostile)("cannot become configuration or Markdown of their own: %j", (id) => {
    const plan = withModel(id, true);
    plan.brief.dataLocation = { value: `/data/${id}`, from: "stated" };
    const files = project(plan);
    const base = parse(text(files, "configs/base.yaml"));
    expect(base.model.id === id || base.model.id === "organisation/model-to-choose").toBe(true);
    expect(base.evil).toBeUndefined();
    expect(base.model.evil).toBeUndefined();
    expect(JSON.parse(text(files, "plan.json")).workload.model.id).toBe(id);
    for (const [path, words] of files)
      if (path.endsWith(".md")) expect(words, path).not.toMatch(/(?<!`[^`\n]*)\[click\]\(http/);
  });

  test("that hold a key reach no file, and the error does not repeat it", () => {
    const key = `hf_${"aB3dE5gH7jK9mN1pQ3sT5vW7"}yZ12345678`;
    const plan = llamaOnOneRtx4090();
    plan.brief.dataLocation = { value: `https://data.example/x?t=${key}`, from: "stated" };
    const error = refusal(() => project(plan));
    expect(error.code).toBe("secret-found");
    expect(`${error.message} ${error.hint}`).toContain("Hugging Face");
    expect(`${error.message} ${error.hint}`).not.toContain(key);
  });
});

describe("a project is refused", () => {
  test("for a plan that does not work, with what would", () => {
    const plan = llamaOnOneRtx4090({
      status: "infeasible",
      blockers: [{ rule: "does-not-fit", text: "60 GiB do not fit into 24" }],
    });
    plan.repairs = [
      { change: { method: "qlora" }, deviceGib: 14, timeFactor: 1, cost: "none", status: "fits", summary: "use QLoRA" },
    ];
    const error = refusal(() => project(plan));
    expect(error.message).toContain("60 GiB do not fit into 24");
    expect(error.hint).toContain("use QLoRA");
  });

  test.each([
    "",
    "Support",
    "-x",
    "x-",
    "a--b",
    "../x",
    "a/b",
    "x\u0000",
    "con",
    "x".repeat(51),
    "torch",
    "pipeline",
    "имя",
  ])("under the name %j", (projectName) => {
    expect(refusal(() => scaffold(llamaOnOneRtx4090(), smallTemplate(), { ...options, projectName })).code).toBe(
      "invalid-input",
    );
  });

  test("for a model cut over devices that the template's training cannot use, and warned of plain copies", () => {
    const plan = llamaOnOneRtx4090();
    const onFour = {
      ...plan,
      hardware: { ...plan.hardware!, acceleratorCount: 4 },
      training: { ...plan.training!, acceleratorCount: 4 },
    };
    const error = refusal(() => project({ ...onFour, training: { ...onFour.training, sharding: "fsdp" } }));
    expect(error).toMatchObject({ code: "not-available" });
    expect(error.message).toContain("cuts the model over 4 devices");
    expect(text(project(onFour), "README.md")).toContain("the run takes about 4 times as long as below");
  });

  test("when two sources write one path", () => {
    const template = smallTemplate({ "COSTS.md": "# The template's own\n" });
    expect(refusal(() => project(undefined, template)).message).toContain('Two sources write "COSTS.md"');
  });

  test("when two paths are one on a disk that ignores case, or a file is in a folder's way", () => {
    expect(refusal(() => project(undefined, smallTemplate({ "Scripts/train.py": "" }))).code).toBe("invalid-fact");
    expect(refusal(() => project(undefined, smallTemplate({ handoff: "" }))).code).toBe("invalid-fact");
  });

  test.each(["../evil", "/etc/passwd", "a/../../b", "a\\b", "C:/x", "a//b", "nul.txt", ".git/hooks/post-checkout"])(
    "with the path %j",
    (path) => {
      expect(refusal(() => project(undefined, smallTemplate({ [path]: "" }))).code).toBe("unsafe-path");
    },
  );
});

/** A plan that says as little as a plan may. */
function bare(): Plan {
  const plan = llamaOnOneRtx4090();
  const { serving: _serving, ...workload } = plan.workload!;
  return {
    ...plan,
    workload: { ...workload, environments: [], constraints: [] },
    decisions: [],
    memory: undefined,
    time: undefined,
    cost: undefined,
    serving: undefined,
    alternatives: [],
    risks: [],
    questions: [],
    assumptions: [],
  };
}

function withModel(id: string, catalogued: boolean): Plan {
  const plan = llamaOnOneRtx4090();
  const workload = plan.workload!;
  return { ...plan, workload: { ...workload, model: { ...workload.model, id, catalogued } } };
}

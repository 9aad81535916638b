import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readTemplate } from "../../src/adapters/files.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import type { Deployment, Plan, ServingPlan } from "../../src/plan/plan.ts";
import { inspect } from "../../src/project/inspect.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { llamaOnOneRtx4090 } from "./plan.fixture.ts";

const template = await readTemplate("transformers-sft");

/** Llama 3.1 8B behind this deployment; the fixture is answered by one process on an own card. */
function served(
  deployment: Deployment,
  serving: Partial<ServingPlan> = {},
  workload: Partial<Plan["workload"]> = {},
): Plan {
  const plan = llamaOnOneRtx4090();
  return {
    ...plan,
    workload: { ...plan.workload!, ...workload },
    decisions: plan.decisions.map((d) =>
      d.name === "deployment" ? { ...d, choice: deployment, title: deployment } : d,
    ),
    serving: { ...plan.serving!, deployment, engine: "vllm", ...serving },
  };
}
const project = (plan: Plan): Map<string, string> =>
  scaffold(plan, template, { projectName: "support-assistant", planMarkdown: "# Plan\n" });
const yaml = (files: Map<string, string>, path: string): Record<string, unknown> => parse(files.get(path) ?? "");
/** `inference.vllm.guard.Guard`, as vLLM is told to import it. */
const middlewareOf = (files: Map<string, string>): string[] =>
  files.has("inference/vllm/engine.yaml")
    ? ((yaml(files, "inference/vllm/engine.yaml").middleware ?? []) as string[])
    : [];
const definesClass = (files: Map<string, string>, name: string): boolean => {
  const at = name.lastIndexOf(".");
  const text = files.get(`${name.slice(0, at).replaceAll(".", "/")}.py`) ?? "";
  return new RegExp(`^class ${name.slice(at + 1)}\\b`, "m").test(text);
};
const paths = (files: Map<string, string>, prefix: string): string[] =>
  [...files.keys()].filter((path) => path.startsWith(prefix));

const A10G = {
  platform: "hf-inference-endpoints",
  instanceType: "nvidia-a10g-x4",
  acceleratorCount: 4,
  region: "any",
  pricing: "on-demand",
  usdPerHour: 5,
  source: "https://huggingface.co/pricing",
  asOf: "2026-05-19",
  vendor: "aws",
} as const;
const fleet = { minReplicas: 2, maxReplicas: 4, targetConcurrentRequests: 44 };

describe("every way to serve", () => {
  const ways: [Deployment, string][] = [
    ["fastapi-docker", "inference/docker/"],
    ["vllm", "inference/vllm/"],
    ["hf-inference-endpoints", "inference/endpoints/"],
    ["modal-functions", "inference/modal/"],
  ];

  test.each(ways)(
    "%s keeps the smoke server and brings its own folder, tests and commands, and no other's",
    (way, folder) => {
      const files = project(served(way));
      for (const path of ["inference/app.py", "inference/routes.py", "scripts/load_test.py", "tests/test_server.py"])
        expect(files.has(path), path).toBe(true);
      expect(files.has(`${folder}README.md`)).toBe(true);
      for (const [other, theirs] of ways)
        if (other !== way) expect(files.has(`${theirs}README.md`), theirs).toBe(false);
      expect(paths(files, "tests/test_deployment_")).toHaveLength(1);
      expect(files.get("README.md")).not.toContain("has no files for");
      for (const [, target] of (files.get(`${folder}targets.mk`) ?? "").matchAll(/^([a-z-]+):.*##/gm))
        expect(files.get("README.md")).toContain(`\`make ${target}\``);
    },
  );

  test.each(ways)(
    "%s is evidence of the checklist, and its files name the decision that put them there",
    (way, folder) => {
      const files = project(served(way));
      const manifest = parseManifest(files.get(MANIFEST_PATH) ?? "");
      const folders = new Set(
        [...files.keys()].filter((path) => path.includes("/")).map((path) => path.split("/")[0]!),
      );
      const found = inspect({ files, folders, manifest }).filter(({ item }) => item === "deployment");
      expect(found.filter(({ ok }) => ok === false)).toEqual([]);
      const [own, settings] = found.filter(({ ok, text }) => ok === true && text.startsWith(`${way}: `));
      expect(own?.text).toContain(`files in ${folder}, with instructions`);
      expect(settings?.text).toBe(`${way}: its settings parse`);
      expect(manifest.files[`${folder}README.md`]).toMatchObject({ owner: "template", decision: "deployment" });
    },
  );

  test.each(ways)("%s has every module that stands before its engine, and one without the guard names none", (way) => {
    const files = project(served(way));
    const named = middlewareOf(files);
    expect(named.length).toBe(way === "vllm" || way === "modal-functions" ? 1 : 0);
    expect(named.filter((name) => !definesClass(files, name))).toEqual([]);
  });

  test.each(ways)("%s says of its server only what is enforced", (way) => {
    const text = project(served(way)).get("SECURITY.md") ?? "";
    const own = way === "fastapi-docker";
    expect(text.includes("answer length, requests a minute")).toBe(own);
    expect(text.includes("an answer ends at `max_new_tokens`")).toBe(!own);
    expect(text.includes("`inference/vllm/guard.py` stands before it")).toBe(
      way === "vllm" || way === "modal-functions",
    );
  });

  test("a plan that only knows it is for evaluation gets the template's own numbers under its own name", () => {
    const { serving: _, ...plan } = served("fastapi-docker");
    const files = project(plan);
    expect(yaml(files, "inference/docker/kubernetes/kustomization.yaml").namePrefix).toBe("support-assistant-");
    expect(files.get("inference/docker/kubernetes/autoscaler.yaml")).toContain("maxReplicas: 2");
  });
});

describe("autoscaling", () => {
  const ml: NonNullable<ServingPlan["offer"]> = {
    ...A10G,
    platform: "sagemaker",
    instanceType: "ml.g5.xlarge",
    acceleratorCount: 1,
    region: "us-west-2",
    usdPerHour: 1.41,
  };
  /** A plan whose platform is SageMaker, for training and serving. */
  const onSageMaker = (serving: Partial<ServingPlan>, deployment: Deployment = "fastapi-docker"): Plan => {
    const plan = served(deployment, { owned: false, offer: ml, usdPerHourPerReplica: 1.41, ...serving });
    const decisions = plan.decisions.map((d) => (d.name === "platform" ? { ...d, choice: "sagemaker" } : d));
    return { ...plan, decisions };
  };
  const at = (value: unknown, ...path: (string | number)[]): unknown =>
    path.reduce<unknown>((inner, key) => (inner as Record<string | number, unknown>)[key], value);
  const kubernetes = (way: "docker" | "vllm") => (files: Map<string, string>) => {
    const { spec } = yaml(files, `inference/${way}/kubernetes/autoscaler.yaml`);
    const target = at(spec, "metrics", 0, "pods", "target", "averageValue");
    return [at(spec, "minReplicas"), at(spec, "maxReplicas"), Number(target)];
  };
  const keys =
    (path: string, ...names: string[]) =>
    (files: Map<string, string>) =>
      names.map((name) => at(yaml(files, path), ...name.split(".")));
  const capacity = { maxConcurrentRequests: 63, autoscaling: fleet };
  const ways: [string, Plan, (files: Map<string, string>) => unknown[]][] = [
    ["fastapi-docker", served("fastapi-docker", capacity), kubernetes("docker")],
    ["vllm", served("vllm", capacity), kubernetes("vllm")],
    [
      "hf-inference-endpoints",
      served("hf-inference-endpoints", { ...capacity, offer: A10G }),
      keys("inference/endpoints/endpoint.yaml", "min_replica", "max_replica", "pending_requests"),
    ],
    [
      "modal-functions",
      served("modal-functions", capacity),
      keys("inference/modal/modal.yaml", "min_containers", "max_containers", "target_inputs"),
    ],
    [
      "sagemaker",
      onSageMaker(capacity),
      keys(
        "platforms/sagemaker/settings.yaml",
        ...["endpoint.min_instances", "endpoint.max_instances", "endpoint.target_per_instance"],
      ),
    ],
  ];

  test.each(ways)("%s is told the plan's least, most and requests in flight, and the README too", (_, plan, told) => {
    const files = project(plan);
    expect(told(files)).toEqual([2, 4, 44]);
    expect(files.get("README.md")).toContain("Autoscaling: 2 to 4 replicas, one more at 44 requests in flight each");
  });

  test("on SageMaker a server of one request at a time follows the planned rate, as in-flight is a peak there", () => {
    const files = project(
      onSageMaker({
        maxConcurrentRequests: 1,
        // 60 s x 0.7 requests/s x seven tenths of it = 29.4.
        requestsPerSecondPerReplica: { low: 0.5, expected: 0.7, high: 0.9 },
        coldStartSeconds: { low: 60, expected: 200, high: 480.4 },
        autoscaling: { minReplicas: 1, maxReplicas: 2, targetConcurrentRequests: 1 },
      }),
    );
    expect(yaml(files, "platforms/sagemaker/settings.yaml").endpoint).toEqual({
      instance_type: "ml.g5.xlarge",
      min_instances: 1,
      max_instances: 2,
      scale_on: "requests_per_minute",
      target_per_instance: 29.4,
      scale_out_cooldown_seconds: 481,
      scale_in_cooldown_seconds: 300,
      startup_seconds: 962,
      // The images bring CUDA 13, which needs driver 580.
      ami_version: "al2023-ami-sagemaker-inference-gpu-4-1",
    });
    expect(files.get("README.md")).toContain("`scripts/launch_sagemaker.sh deploy`. It scales as");
    expect(files.get("COSTS.md")).toContain(
      "asked or not, and 1 always stands: `scripts/launch_sagemaker.sh undeploy`",
    );
    const three = onSageMaker({ autoscaling: { minReplicas: 3, maxReplicas: 4, targetConcurrentRequests: 1 } });
    expect(project(three).get("COSTS.md")).toContain("asked or not, and 3 always stand:");
  });

  test("an endpoint whose machine nobody chose yet is one, and the README does not count on it", () => {
    const { offer: _, ...unpriced } = onSageMaker({}).serving!;
    const files = project({ ...onSageMaker({}), serving: unpriced });
    expect(yaml(files, "platforms/sagemaker/settings.yaml").endpoint).toMatchObject({
      instance_type: "to-be-chosen",
      min_instances: 1,
      max_instances: 1,
    });
    expect(files.get("README.md")).not.toContain("`scripts/launch_sagemaker.sh deploy`. It scales as");
  });

  test("vLLM planned on SageMaker's machines is deployed there, on the plan's bounds", () => {
    const files = project(onSageMaker(capacity, "vllm"));
    const guide = files.get("README.md")!;
    const at = [
      "`make check-vllm` compares",
      "`scripts/launch_sagemaker.sh deploy`. It scales as",
      "Elsewhere than on",
    ];
    const places = at.map((text) => guide.indexOf(text));
    expect(places).toEqual(places.filter((place) => place > 0).sort((a, b) => a - b));
    expect(keys("platforms/sagemaker/settings.yaml", "endpoint.max_instances", "endpoint.scale_on")(files)).toEqual([
      4,
      "concurrent_requests",
    ]);
    expect(files.get("SECURITY.md")).toContain("At SageMaker's endpoint IAM asks who calls");
    const brief = files.get("handoff/deployment-engineer.md")!;
    expect(brief).toContain("`scripts/launch_sagemaker.sh deploy`");
    expect(brief).not.toContain("answers 401");
  });

  test("answers that take longer than SageMaker waits are told, with what can be done", () => {
    const slow = (each: number): Partial<ServingPlan> => ({
      ...capacity,
      // 2 s + 1000 x 0.06 s = 62 s.
      timeToFirstTokenSeconds: { low: 1, expected: 1, high: 2 },
      timePerOutputTokenSeconds: { low: 0.01, expected: 0.02, high: each },
      longestRequest: { promptTokens: 2048, outputTokens: 1000 },
    });
    const guide = (each: number, deployment?: Deployment): string =>
      project(onSageMaker(slow(each), deployment)).get("README.md")!;
    expect(guide(0.06, "vllm")).toMatch(/they take 62 s, .* after 55 s, .* Let callers stream those/);
    expect(guide(0.06)).toContain("Let requests be shorter");
    expect(guide(0.05, "vllm")).not.toContain("Mind its longest answers");
  });

  test("an endpoint on processors asks for no driver of cards", () => {
    const plan = onSageMaker({ accelerator: { id: "cpu", name: "CPU", memoryGib: 16 } });
    expect(keys("platforms/sagemaker/settings.yaml", "endpoint.ami_version")(project(plan))).toEqual([null]);
  });

  test("the README and the costs tell what all replicas together can cost", () => {
    const files = project(onSageMaker(capacity));
    // 4 x $1.41 = $5.64 an hour, 730 hours.
    expect(files.get("README.md")).toContain("44 requests in flight each; at most $5.64 an hour (COSTS.md)");
    expect(files.get("COSTS.md")).toContain("$5.64 an hour, $4,117 in a month of 730 hours: 4 replicas");
    expect(project(served("vllm", { autoscaling: fleet })).get("COSTS.md")).not.toContain("Serving at most");
  });
});

describe("vLLM", () => {
  test("runs with what the plan counted on: context, sequences, cards, and the pass that memory was counted with", () => {
    const files = project(
      served("vllm", {
        contextLength: 768,
        longestRequest: { promptTokens: 2048, outputTokens: 1024 },
        maxConcurrentRequests: 63.7,
        acceleratorCountPerReplica: 2,
        autoscaling: fleet,
      }),
    );
    expect(yaml(files, "inference/vllm/engine.yaml")).toMatchObject({
      model: "models/export",
      "served-model-name": "support-assistant",
      dtype: "bfloat16",
      quantization: null,
      "max-model-len": 3072,
      "max-num-seqs": 63,
      // A card of 24 GB: vLLM's 2,048 tokens a pass, as the estimate counts activations.
      "max-num-batched-tokens": 2048,
      "gpu-memory-utilization": 0.9,
      "tensor-parallel-size": 2,
      "override-generation-config": { max_new_tokens: 1024 },
      "limit-mm-per-prompt": { image: 0, video: 0, audio: 0 },
    });
    const serving = yaml(files, "configs/serve.yaml").serving as Record<string, number>;
    expect(serving.max_input_tokens! + serving.max_new_tokens!).toBe(3072);
  });

  test("on a card of 80 GB takes passes of 8,192 tokens, and an A100 the 2,048 that vLLM gives it", () => {
    const on = (id: string): unknown =>
      yaml(project(served("vllm", { accelerator: { id, name: id, memoryGib: 80 } })), "inference/vllm/engine.yaml")[
        "max-num-batched-tokens"
      ];
    expect(on("h100-80gb-sxm")).toBe(8192);
    expect(on("a100-80gb-sxm")).toBe(2048);
  });

  test("quantises to fp8 while loading, and takes 4-bit weights from a folder of their own that the guide says how to fill", () => {
    const fp8 = yaml(project(served("vllm", { baseQuantization: "fp8" })), "inference/vllm/engine.yaml");
    expect([fp8.model, fp8.quantization]).toEqual(["models/export", "fp8"]);
    const files = project(served("vllm", { baseQuantization: "awq-int4" }));
    const awq = yaml(files, "inference/vllm/engine.yaml");
    expect([awq.model, awq.quantization]).toEqual(["models/export-awq", null]);
    expect(files.get("README.md")).toContain("writes `models/export-awq`");
  });

  test("has what makes 4-bit weights where its engine reads them, and nowhere else", () => {
    const SETTINGS = "scripts/compressor/settings.yaml";
    const has = (serving: Partial<ServingPlan>, way: Deployment = "vllm"): boolean => {
      const files = project(served(way, serving));
      const guide = files.get("README.md")!.includes("make quantise");
      const handed = files.get("handoff/deployment-engineer.md")!.includes("make quantise");
      expect([guide, handed]).toEqual([files.has(SETTINGS), files.has(SETTINGS)]);
      return files.has(SETTINGS) && files.has("scripts/quantise.py") && files.has("src/pipeline/calibration.py");
    };
    for (const way of ["vllm", "modal-functions", "hf-inference-endpoints"] as const)
      for (const baseQuantization of ["awq-int4", "gptq-int4"] as const) {
        expect(has({ baseQuantization }, way)).toBe(true);
        const files = project(served(way, { baseQuantization }));
        const { method, output } = yaml(files, SETTINGS);
        expect([method, output]).toEqual(
          baseQuantization === "awq-int4" ? ["awq", "models/export-awq"] : ["gptq", "models/export-gptq"],
        );
        // One folder: what is made is what the engine reads.
        expect(yaml(files, "inference/vllm/engine.yaml").model).toBe(output);
      }
    for (const baseQuantization of ["none", "fp8"] as const) expect(has({ baseQuantization })).toBe(false);
    // The project's own server reads the export.
    expect(has({ baseQuantization: "awq-int4" }, "fastapi-docker")).toBe(false);
  });

  test("serves in fp16 what was trained in fp16, on cards that have no bf16", () => {
    const plan = served("vllm");
    const files = project({ ...plan, training: { ...plan.training!, dtype: "fp16-mixed" } });
    expect(yaml(files, "inference/vllm/engine.yaml").dtype).toBe("float16");
    expect((yaml(files, "configs/serve.yaml").serving as { dtype: string }).dtype).toBe("fp16");
  });

  test("serves in fp16 on a card without bf16, whatever the card was that trained in it", () => {
    const accelerator = { id: "t4", name: "NVIDIA T4", memoryGib: 16, supportsBf16: false } as const;
    for (const way of ["vllm", "modal-functions", "hf-inference-endpoints"] as const) {
      const files = project(served(way, { accelerator }));
      expect(yaml(files, "inference/vllm/engine.yaml").dtype).toBe("float16");
      expect((yaml(files, "configs/serve.yaml").serving as { dtype: string }).dtype).toBe("fp16");
    }
    const plan = served("vllm", { accelerator });
    const files = project({ ...plan, training: { ...plan.training!, dtype: "fp32" } });
    expect(yaml(files, "inference/vllm/engine.yaml").dtype).toBe("float32");
  });

  test("compiles into a tmpfs that its libraries may be loaded from", () => {
    const files = project(served("vllm"));
    // Docker mounts a tmpfs noexec unless it is told otherwise.
    for (const path of ["inference/vllm/Dockerfile", "SECURITY.md"])
      expect(files.get(path)?.match(/--tmpfs \S+/g), path).toEqual([
        expect.stringMatching(/^--tmpfs \/tmp:exec,size=10g/),
      ]);
    expect(project(served("fastapi-docker")).get("SECURITY.md")).toContain("--tmpfs /tmp`");
  });

  test("on own cards of which none is spare puts a new version into the place of the old one", () => {
    const rolling = (cards: number, serving: Partial<ServingPlan> = {}): unknown => {
      const hardware = { acceleratorCount: cards, owned: true };
      const made = yaml(
        project(served("vllm", serving, { hardware })),
        "inference/vllm/kubernetes/deployment.yaml",
      ) as { spec: { strategy: { rollingUpdate: unknown } } };
      return made.spec.strategy.rollingUpdate;
    };
    const inPlace = { maxUnavailable: 1, maxSurge: 0 };
    const besides = { maxUnavailable: 0, maxSurge: 1 };
    expect(rolling(1)).toEqual(inPlace);
    expect(rolling(2)).toEqual(besides);
    expect(rolling(3, { acceleratorCountPerReplica: 2 })).toEqual(inPlace);
    expect(rolling(1, { owned: false })).toEqual(besides);
  });

  test("on Kubernetes scales and asks for cards and memory as planned", () => {
    const cold = { low: 60, expected: 200, high: 480 };
    const files = project(
      served("vllm", { acceleratorCountPerReplica: 2, autoscaling: fleet, coldStartSeconds: cold }),
    );
    const scaler = yaml(files, "inference/vllm/kubernetes/autoscaler.yaml");
    expect(scaler.spec).toMatchObject({
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [{ pods: { target: { averageValue: "44" } } }],
    });
    const text = files.get("inference/vllm/kubernetes/deployment.yaml") ?? "";
    const { spec } = yaml(files, "inference/vllm/kubernetes/deployment.yaml") as {
      spec: { template: { spec: { containers: { resources: unknown; startupProbe: unknown }[] } } };
    };
    // 8,030,261,248 parameters of two bytes are 15 GiB; 8 GiB for the process: 23.
    expect(spec.template.spec.containers[0]!.resources).toEqual({
      requests: { cpu: "4", memory: "23Gi", "nvidia.com/gpu": 2 },
      limits: { memory: "23Gi", "nvidia.com/gpu": 2 },
    });
    // Twice 480 s, asked every 10 s.
    expect(spec.template.spec.containers[0]!.startupProbe).toMatchObject({ periodSeconds: 10, failureThreshold: 96 });
    expect(text).toContain("# kustomization.yaml says from where");
    expect(files.get("SECURITY.md")).toContain("`inference/vllm/guard.py` stands before it");
  });
});

describe("the project's own server", () => {
  test("on processors takes the image and the resources without a card", () => {
    const cpu = { id: "cpu", name: "16 vCPU", memoryGib: 0 };
    const files = project(served("fastapi-docker", { engine: "transformers", accelerator: cpu, autoscaling: fleet }));
    expect(yaml(files, "inference/docker/kubernetes/kustomization.yaml").images).toMatchObject([{ newTag: "cpu" }]);
    expect(files.get("inference/docker/kubernetes/deployment.yaml")).toContain("nvidia.com/gpu: 0");
    expect(files.get("README.md")).toContain("`make image-serve-cpu`");
  });
});

describe("a Hugging Face endpoint", () => {
  test("is the machine, the cloud, the price and the replicas of the plan", () => {
    const files = project(served("hf-inference-endpoints", { offer: A10G, autoscaling: fleet }));
    expect(yaml(files, "inference/endpoints/endpoint.yaml")).toEqual({
      name: "support-assistant",
      repository: null,
      namespace: null,
      engine: "vllm",
      type: "authenticated",
      vendor: "aws",
      region: "us-east-1",
      accelerator: "gpu",
      instance_type: "nvidia-a10g",
      instance_size: "x4",
      usd_per_hour: 5,
      min_replica: 2,
      max_replica: 4,
      scale_to_zero_minutes: null,
      pending_requests: 44,
    });
    expect(files.has("inference/vllm/engine.yaml") && files.has("inference/vllm/arguments.py")).toBe(true);
    expect(files.has("inference/vllm/Dockerfile")).toBe(false);
    expect(files.get(".env.example")).toContain("manages Inference Endpoints");
    expect(files.get("COSTS.md")).toContain("`make endpoint-pause`");
  });

  test("stands in Europe where the data must stay there", () => {
    const plan = served("hf-inference-endpoints", { offer: { ...A10G, vendor: "gcp" } }, { constraints: ["gdpr"] });
    expect(yaml(project(plan), "inference/endpoints/endpoint.yaml")).toMatchObject({
      vendor: "aws",
      region: "eu-west-1",
    });
  });

  test("takes the handler where a model answers in one pass, and a name that the platform takes", () => {
    const cpu = { id: "cpu", name: "4 vCPU", memoryGib: 0 };
    const files = scaffold(served("hf-inference-endpoints", { engine: "transformers", accelerator: cpu }), template, {
      projectName: "customer-support-assistant-for-tickets-of-2026",
      planMarkdown: "# Plan\n",
    });
    expect(yaml(files, "inference/endpoints/endpoint.yaml")).toMatchObject({
      engine: "handler",
      accelerator: "cpu",
      name: "customer-support-assistant-for-t",
    });
  });
});

describe("Modal functions", () => {
  const asleep = { minReplicas: 0, maxReplicas: 3, targetConcurrentRequests: 11, idleSeconds: 60 };

  test("sleep, wake and scale as planned, on the card as Modal calls it", () => {
    const files = project(
      served("modal-functions", {
        accelerator: { id: "a100-80gb-sxm", name: "NVIDIA A100 80 GB", memoryGib: 80 },
        acceleratorCountPerReplica: 2,
        maxConcurrentRequests: 16,
        autoscaling: asleep,
      }),
    );
    expect(yaml(files, "inference/modal/modal.yaml")).toEqual({
      app: "support-assistant-serving",
      engine: "vllm",
      gpu: "A100-80GB",
      gpu_count: 2,
      cpu: 2,
      memory_mib: 23 * 1024,
      min_containers: 0,
      max_containers: 3,
      scaledown_window_seconds: 60,
      max_inputs: 16,
      target_inputs: 11,
      startup_timeout_seconds: 600,
      timeout_seconds: 300,
      volume: "support-assistant-models",
      secret_name: "support-assistant-serving",
    });
    expect(files.get(".env.example")).toMatch(/^MODAL_TOKEN_ID=support-assistant_dev_your_key_here$/m);
    expect(files.get("COSTS.md")).toContain("60 idle seconds after each burst included");
  });

  test("know every card that the catalog knows Modal to rent, by the same name", () => {
    const { names } = catalog.launchNames.find(({ id }) => id === "modal")!;
    const told = names.map(({ accelerator: id }) => {
      const files = project(served("modal-functions", { accelerator: { id, name: id, memoryGib: 80 } }));
      return [id, yaml(files, "inference/modal/modal.yaml").gpu];
    });
    expect(told).toEqual(names.map(({ accelerator, name }) => [accelerator, name]));
  });

  test("serve a model of one pass with the project's own server, on processors without a card", () => {
    const cpu = { id: "cpu", name: "4 vCPU", memoryGib: 0 };
    const plan = served("modal-functions", {
      engine: "transformers",
      accelerator: cpu,
      maxConcurrentRequests: 1,
      autoscaling: { ...asleep, targetConcurrentRequests: 1 },
    });
    expect(yaml(project(plan), "inference/modal/modal.yaml")).toMatchObject({
      engine: "project",
      gpu: null,
      max_inputs: 1,
      target_inputs: 1,
    });
  });
});

import { expect, test } from "vitest";
import type { BriefValues } from "../../src/brief/brief.ts";
import { briefFromValues } from "../../src/brief/values.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import type { Decision, DecisionName } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";

const base: BriefValues = { model: "Qwen3 8B", method: "lora", exampleCount: 10_000, phase: "train" };
const decision = (name: DecisionName, values: BriefValues = {}): Decision => {
  const brief = briefFromValues({ ...base, ...values }, "stated");
  const plan = planFor({ brief }, catalog, { today: "2026-11-22" });
  const found = plan.decisions.find((d) => d.name === name);
  if (!found) throw new Error(`${plan.status}: ${plan.headline}`);
  return found;
};
const saying = (d: Decision): string => [...d.reasons, ...d.refused.map((r) => `not ${r.option}: ${r.why}`)].join("\n");

test("a small text set is files, one beyond the host's share is Parquet, one beyond the disk is streamed", () => {
  expect(decision("data").choice).toBe("jsonl-validated");
  expect(decision("data", { dataSizeGib: 60 }).choice).toBe("parquet");
  const streamed = decision("data", { dataSizeGib: 900 });
  expect(streamed.choice).toBe("streaming");
  expect(saying(streamed)).toMatch(/900 GiB are more than the about 200 GiB/);
});

test("data that is still to be labelled gets a labelling plan: 385 doubly labelled examples know a share to five points", () => {
  // 0.5 × 0.5 × (1.96 ÷ 0.05)² = 384.2
  const label = decision("data", { dataStatus: "label" });
  expect(label.title).toMatch(/^label first/);
  expect(saying(label)).toMatch(/385 examples labelled by two people/);
  expect(saying(decision("data", { dataStatus: "collect" }))).toMatch(/consent and a deletion path/);
});

test("data in another cloud says what carrying it out costs", () => {
  // 100 GiB = 107.4 GB at $0.12
  const moved = decision("data", { dataLocation: "gs://bucket/set", dataSizeGib: 100, platform: "modal" });
  expect(saying(moved)).toMatch(/on gcp and training on modal.*\$12\.89/);
  expect(saying(decision("data", { dataLocation: "s3://bucket/set", constraints: ["existing-aws"] }))).not.toMatch(
    /carrying/,
  );
});

test("tracking: local files until somebody must compare, MLflow where models are promoted or MLOps is managed, W&B where asked", () => {
  expect(decision("tracking").choice).toBe("tensorboard");
  expect(decision("tracking", { environments: ["dev", "prod"] }).choice).toBe("mlflow");
  expect(decision("tracking", { constraints: ["managed-mlops", "existing-aws"] }).choice).toBe("mlflow");
  expect(decision("tracking", { tracker: "wandb" }).choice).toBe("wandb");
  const closed = decision("tracking", { tracker: "wandb", accelerator: "rtx-4090", constraints: ["air-gapped"] });
  expect(closed.choice).toBe("tensorboard");
  expect(saying(closed)).toMatch(/sends metrics to a service/);
  expect(saying(decision("tracking", { constraints: ["hipaa"] }))).toMatch(/not wandb: a hosted service: samples/);
});

test("the registry follows the data: a folder at home, a bucket in one's own cloud, MLflow beside its runs, the Hub for endpoints", () => {
  expect(decision("registry", { accelerator: "rtx-4090", constraints: ["air-gapped"] }).choice).toBe("files");
  expect(decision("registry", { constraints: ["existing-gcp"] }).choice).toBe("object-store");
  expect(decision("registry", { tracker: "mlflow" }).choice).toBe("mlflow");
  const endpoint = { phase: "both", requestsPerSecond: 2, constraints: ["beginner-team"] } as const;
  expect(decision("registry", { ...endpoint, constraints: [...endpoint.constraints] }).choice).toBe("hub");
});

test("monitoring follows what serves: vLLM's own metrics, the platform's, or counters on the device", () => {
  const vllm = decision("monitoring", { phase: "both", requestsPerSecond: 20 });
  expect(vllm.choice).toBe("prometheus");
  expect(saying(vllm)).toMatch(/waiting and running requests/);
  expect(decision("monitoring", { phase: "both", requestsPerSecond: 0.001 }).choice).toBe("platform-metrics");
  expect(decision("monitoring", { model: "distilbert", method: "full", deploymentTarget: "mobile" }).choice).toBe(
    "device-telemetry",
  );
});

test("configuration and reproducibility are decisions too: an audit or production asks for the image by digest", () => {
  expect(decision("configuration").choice).toBe("typed-yaml");
  expect(decision("configuration", { environments: ["dev", "prod"] }).title).toMatch(/overlay for each of dev, prod/);
  expect(decision("reproducibility").choice).toBe("locked");
  expect(decision("reproducibility", { constraints: ["soc2"] }).choice).toBe("locked-image");
  expect(saying(decision("reproducibility"))).toMatch(/not bitwise/);
});

test("every decision of a plan refuses something, with a reason", () => {
  for (const name of ["data", "tracking", "registry", "monitoring", "configuration", "reproducibility"] as const) {
    const { refused } = decision(name);
    expect(refused.length, name).toBeGreaterThan(0);
    for (const { why } of refused) expect(why.length, name).toBeGreaterThan(15);
  }
});

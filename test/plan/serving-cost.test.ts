import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { cheapestOffers } from "../../src/catalog/prices.ts";
import { cpuSeconds, forwardFlops } from "../../src/estimate/forward.ts";
import type { ServingPlan } from "../../src/plan/plan.ts";
import {
  dedicatedUsdPerMonth,
  equalCostRate,
  functionsUsage,
  functionsUsdPerMonth,
  mostUsdPerHour,
  type PricedReplica,
} from "../../src/plan/serving-cost.ts";

const replica: PricedReplica = {
  price: { usdPerHour: 2, platform: "modal" },
  replicasPerMachine: 1,
  rate: 5,
  seconds: 10,
  coldStartSeconds: 90,
};

test("one request an hour: a container is up a twenty-third of the time and nearly every request starts it", () => {
  // T = 10 s + 60 s idle; λT = 70/3600 = 0.019444, e^λT = 1.019635; λC = 0.025.
  // up = (0.025 + 0.019635) / (0.025 + 1.019635) = 0.042728; cold = 1 / 1.044635 = 0.957272.
  const usage = functionsUsage(replica, 1 / 3600);
  expect(usage.up).toBeCloseTo(0.042728, 5);
  expect(usage.coldShare).toBeCloseTo(0.957272, 5);
  // 730 h × $2 × 0.042728
  expect(functionsUsdPerMonth(replica, 1 / 3600)).toBeCloseTo(62.38, 1);
});

test("steady load costs functions what the work costs: 3.5 of a planned 3.5 requests per second is one machine", () => {
  expect(functionsUsage(replica, 3.5).up).toBeCloseTo(1, 6);
  expect(functionsUsage(replica, 7).up).toBeCloseTo(2, 6);
});

test("machines that never sleep are whole: 4 requests per second of a planned 3.5 are two", () => {
  expect(dedicatedUsdPerMonth(replica, 4)).toBe(2 * 2 * 730);
  // A machine of eight cards holds both replicas.
  expect(dedicatedUsdPerMonth({ ...replica, replicasPerMachine: 8 }, 4)).toBe(2 * 730);
});

test("autoscaling can run up every replica it may start, on whole machines; own hardware has no rent", () => {
  const serving = (maxReplicas: number, usdPerHourPerReplica: number): ServingPlan =>
    ({
      autoscaling: { minReplicas: 1, maxReplicas, targetConcurrentRequests: 1 },
      offer: { usdPerHour: 8 },
      usdPerHourPerReplica,
    }) as ServingPlan;
  expect(mostUsdPerHour(serving(3, 8))).toBe(24);
  // Four replicas to a machine of $8: five need two machines.
  expect(mostUsdPerHour(serving(5, 2))).toBe(16);
  const { offer: _, ...owned } = serving(5, 2);
  expect(mostUsdPerHour(owned as ServingPlan)).toBeUndefined();
});

test("bills are equal where the share of time up is the ratio of the prices", () => {
  const half = { ...replica, price: { usdPerHour: 1, platform: "aws" } };
  const rate = equalCostRate(
    (x) => functionsUsdPerMonth(replica, x),
    (x) => dedicatedUsdPerMonth(half, x),
    1e-6,
    1,
  )!;
  expect(functionsUsage(replica, rate).up).toBeCloseTo(0.5, 4);
  expect(
    equalCostRate(
      () => 1,
      () => 2,
      1e-6,
      1,
    ),
  ).toBeUndefined();
});

test("an encoder's pass is two operations per weight and token, without the look-up of its embeddings", () => {
  // bert-base: 109.5M weights, 30522 × 768 = 23.4M of them embeddings; 2 × 86.0M × 128 = 22.0 GFLOP.
  const bert = catalog.models.find((m) => m.id === "google-bert/bert-base-uncased")!;
  expect(forwardFlops(bert, 128) / 1e9).toBeCloseTo(22.0, 1);
  // 8 vCPU × 64 GFLOP/s × 0.45 = 230 GFLOP/s: 95 ms in fp32, half in int8.
  expect(cpuSeconds(22.0e9, 8, "fp32").expected).toBeCloseTo(0.0955, 3);
  expect(cpuSeconds(22.0e9, 8, "int8").expected).toBeCloseTo(0.0477, 3);
});

test("SageMaker's H100 machine is 1.15 times the EC2 one: $63.296 against $55.04", () => {
  const of = (platform: string): number =>
    cheapestOffers(catalog, {
      accelerator: "h100-80gb-sxm",
      acceleratorCount: 8,
      platforms: [platform],
      regions: platform === "aws" ? ["us-east-1"] : ["us-west-2"],
      pricing: "on-demand",
    })[0]!.usdPerHour;
  expect(of("sagemaker") / of("aws")).toBeCloseTo(1.15, 3);
});

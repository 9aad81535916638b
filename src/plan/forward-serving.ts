import type { Catalog, CpuMachine } from "../catalog/schema.ts";
import { cpuSeconds, forwardFlops } from "../estimate/forward.ts";
import { mapRange, type Range, range } from "../units.ts";
import { number, usd } from "./format.ts";
import { ruledOut } from "./market.ts";
import type { Deployment, ServingPlan, ServingWay } from "./plan.ts";
import {
  careUsdPerMonth,
  dedicatedUsdPerMonth,
  equalCostRate,
  functionsUsage,
  functionsUsdPerMonth,
  IDLE_SECONDS,
  LOAD_SHARE,
  type PricedReplica,
  RAREST,
  replicasFor,
} from "./serving-cost.ts";
import type { ServingWorkload, Workload } from "./workload.ts";

/** Importing the runtime and reading a small model, seconds. */
const START_SECONDS = { low: 2, expected: 6, high: 20 };

/** Encoders, embedders, classifiers of images or tables, speech encoders: one pass an answer, so no continuous batching. */
export const answersInOnePass = (w: Workload): boolean =>
  ["encoder", "embedding", "vision", "tabular"].includes(w.model.architecture.modality ?? "llm");

/** A machine of the person's own, whose size nobody told: a small server. */
const OWN_MACHINE: CpuMachine = {
  id: "your own machine",
  platform: "local",
  vcpus: 8,
  memoryGib: 16,
  usdPerHour: 0,
  region: "any",
  source: "assumed size",
  asOf: "2026-11",
};

const staysHome = (w: Workload): boolean =>
  w.hardware.owned ||
  w.deploymentTarget === "on-premises" ||
  w.deploymentTarget === "local" ||
  w.constraints.some((c) => c === "offline" || c === "air-gapped" || c === "no-cloud");

type Precision = "fp32" | "int8";

/** One way to serve on a machine without accelerator. */
interface Way {
  deployment: Deployment;
  machine: CpuMachine;
  precision: Precision;
  priced: PricedReplica;
  seconds: Range;
  usdPerMonth(rate: number): number;
}

const KINDS: [Deployment, string | undefined, Precision][] = [
  ["fastapi-docker", undefined, "fp32"],
  ["onnx-tensorrt", undefined, "int8"],
  ["hf-inference-endpoints", "hf-inference-endpoints", "int8"],
  ["modal-functions", "modal", "int8"],
];

function wayOn(deployment: Deployment, machine: CpuMachine, precision: Precision, flops: number): Way {
  const seconds = cpuSeconds(flops, machine.vcpus, precision);
  const priced: PricedReplica = {
    price: machine,
    replicasPerMachine: 1,
    rate: 1 / seconds.expected,
    seconds: seconds.expected,
    coldStartSeconds: START_SECONDS.expected,
  };
  const bill = deployment === "modal-functions" ? functionsUsdPerMonth : dedicatedUsdPerMonth;
  return { deployment, machine, precision, priced, seconds, usdPerMonth: (rate) => bill(priced, rate) };
}

/** The cheapest machine of each way that answers in time. */
function waysOf(
  w: Workload,
  catalog: Catalog,
  load: ServingWorkload,
  flops: number,
): { standing: Way[]; refused: ServingWay[] } {
  const standing: Way[] = [];
  const refused: ServingWay[] = [];
  const home = staysHome(w);
  for (const [deployment, platform, precision] of KINDS) {
    if (home && platform !== undefined) {
      refused.push({ deployment, refused: "it stays on your own machines: nothing to rent, and no data leaves" });
      continue;
    }
    const purpose = platform === undefined ? "serving" : platform === "modal" ? "serverless" : "managed";
    const rule = platform && ruledOut(catalog.platforms.find((p) => p.id === platform)!, w, purpose);
    if (rule) {
      refused.push({ deployment, refused: rule });
      continue;
    }
    const machines = home
      ? [OWN_MACHINE]
      : catalog.cpuMachines.filter((m) => {
          const facts = catalog.platforms.find((p) => p.id === m.platform)!;
          return platform === undefined
            ? !facts.traits.scaleToZero && !ruledOut(facts, w, purpose)
            : m.platform === platform;
        });
    const all = machines.map((m) => wayOn(deployment, m, precision, flops));
    const quick = all.filter((x) => load.latencyMs === undefined || x.seconds.expected * 1000 <= load.latencyMs);
    const best = [...quick].sort(
      (a, b) =>
        a.usdPerMonth(load.requestsPerSecond) - b.usdPerMonth(load.requestsPerSecond) ||
        a.machine.vcpus - b.machine.vcpus ||
        (a.machine.id < b.machine.id ? -1 : 1),
    )[0];
    if (best) standing.push(best);
    else
      refused.push({
        deployment,
        refused:
          all.length === 0
            ? "no dated price of a machine for it is allowed by your words"
            : `${precision === "fp32" ? "PyTorch in fp32" : "int8"} takes ${number(Math.min(...all.map((x) => x.seconds.expected)) * 1000)} ms on the largest machine, and ${number(load.latencyMs!)} ms were asked for`,
      });
  }
  return { standing, refused };
}

/** Serving of a model that answers in one pass, on processors: the cheapest way in rent and care. */
export function planForward(w: Workload, catalog: Catalog, load: ServingWorkload): ServingPlan | undefined {
  const flops = forwardFlops(w.model.architecture, load.promptTokens);
  const rate = load.requestsPerSecond;
  const { standing, refused } = waysOf(w, catalog, load, flops);
  const weighed = (x: Way, at: number): number => x.usdPerMonth(at) + careUsdPerMonth(x.deployment, w);
  const order = (x: Way): number => KINDS.findIndex(([d]) => d === x.deployment);
  // Equal bills: the simpler way, which needs no export.
  const chosen = [...standing].sort((a, b) => weighed(a, rate) - weighed(b, rate) || order(a) - order(b))[0];
  if (!chosen) return undefined;
  const replicas = replicasFor(rate, chosen.priced.rate);
  const describe = (x: Way): ServingWay => ({
    deployment: x.deployment,
    machine: `${replicasFor(rate, x.priced.rate)} × ${x.machine.id} (${x.machine.vcpus} vCPU)`,
    platform: x.machine.platform,
    usdPerMonth: x.usdPerMonth(rate),
    ...(x.deployment === "modal-functions" ? { coldShare: functionsUsage(x.priced, rate).coldShare } : {}),
  });
  const others = standing
    .filter((x) => x !== chosen)
    .map((x) => {
      const between = (from: number, to: number): number | undefined =>
        equalCostRate(
          (r) => weighed(chosen, r),
          (r) => weighed(x, r),
          from,
          to,
        );
      const cheaperBelow = rate > RAREST ? between(RAREST, rate) : undefined;
      const cheaperAbove = between(rate, rate * 100);
      return {
        ...describe(x),
        ...(cheaperBelow === undefined ? {} : { cheaperBelow }),
        ...(cheaperAbove === undefined ? {} : { cheaperAbove }),
      };
    });
  const functions = chosen.deployment === "modal-functions";
  const { machine, seconds } = chosen;
  return {
    deployment: chosen.deployment,
    engine: chosen.precision === "int8" ? "onnxruntime" : "transformers",
    accelerator: { id: "cpu", name: `${machine.vcpus} vCPU (${machine.id})`, memoryGib: machine.memoryGib },
    acceleratorCountPerReplica: 1,
    replicas,
    contextLength: load.promptTokens,
    maxConcurrentRequests: 1,
    baseQuantization: chosen.precision === "int8" ? "int8" : "none",
    timeToFirstTokenSeconds: seconds,
    timePerOutputTokenSeconds: range(0, 0, 0),
    requestsPerSecondPerReplica: mapInverse(seconds),
    coldStartSeconds: range(START_SECONDS.low, START_SECONDS.expected, START_SECONDS.high),
    autoscaling: {
      minReplicas: functions ? 0 : replicas,
      maxReplicas: replicas * 2,
      targetConcurrentRequests: 1,
      ...(functions ? { idleSeconds: IDLE_SECONDS } : {}),
    },
    owned: machine === OWN_MACHINE,
    ...(machine === OWN_MACHINE
      ? {}
      : { usdPerHourPerReplica: machine.usdPerHour, usdPerMonth: chosen.usdPerMonth(rate), offer: offerOf(machine) }),
    ways: [describe(chosen), ...others, ...refused],
    notes: [
      `One pass is ${number(flops / 1e9)} GFLOP: ${chosen.precision === "int8" ? "ONNX Runtime with int8 weights" : "PyTorch in fp32"} on processors, planned at ${Math.round(LOAD_SHARE * 100)} % of the estimated rate (${machine === OWN_MACHINE ? `${machine.vcpus} vCPU assumed` : `${usd(machine.usdPerHour)} an hour, ${machine.asOf}`}).`,
      ...(chosen.precision === "int8"
        ? ["int8 may move scores: run the golden set on the exported model before promotion."]
        : []),
      "Processors differ more than formulas say: measure with scripts/load_test.py before you size the fleet.",
    ],
  };
}

const offerOf = ({
  platform,
  id,
  region,
  usdPerHour,
  source,
  asOf,
}: CpuMachine): NonNullable<ServingPlan["offer"]> => ({
  platform,
  instanceType: id,
  acceleratorCount: 0,
  region,
  pricing: "on-demand",
  usdPerHour,
  source,
  asOf,
});

const mapInverse = (seconds: Range): Range => {
  const inverse = mapRange(seconds, (x) => 1 / x);
  return range(inverse.high, inverse.expected, inverse.low);
};

import { isEuRegion } from "../catalog/prices.ts";
import type { Catalog } from "../catalog/schema.ts";
import { constant } from "../estimate/constants.ts";
import { cardSeconds, cpuSeconds, denoising, forwardFlops } from "../estimate/forward.ts";
import { modalityShape } from "../estimate/modality.ts";
import { replicasFor } from "../estimate/serving-load.ts";
import { GIB, mapRange, type Range, range } from "../units.ts";
import { asksForCard, devicesFor } from "./candidates.ts";
import { number, requestRate, usd } from "./format.ts";
import { requestText } from "./load.ts";
import { marketOf, marketOffers, type Purpose, ruledOut } from "./market.ts";
import { servingCard } from "./names.ts";
import type { Deployment, ServingPlan, ServingWay } from "./plan.ts";
import {
  careUsdPerMonth,
  dedicatedUsdPerMonth,
  equalCostRate,
  functionsUsage,
  functionsUsdPerMonth,
  IDLE_SECONDS,
  type PricedReplica,
  RAREST,
} from "./serving-cost.ts";
import type { ServingWorkload, Workload } from "./workload.ts";

/** Importing the runtime and reading a small model, seconds. */
const START_SECONDS = { low: 2, expected: 6, high: 20 };

/** A machine with or without a card, at its price. */
interface Box {
  id: string;
  /** For people. */
  name: string;
  platform: string;
  vcpus: number;
  /** 16-bit peak of its card, FLOP/s. */
  cardFlops?: number;
  /** So many are there; absent where the market has more. */
  most?: number;
  accelerator: ServingPlan["accelerator"];
  usdPerHour: number;
  region: string;
  source: string;
  asOf: string;
}

/** A machine of the person's own, whose size nobody told: a small server. */
const OWN_MACHINE: Box = {
  id: "your own machine",
  name: "your own machine, 8 vCPU assumed",
  platform: "local",
  vcpus: 8,
  accelerator: { id: "cpu", name: "8 vCPU (your own machine)", memoryGib: 16 },
  usdPerHour: 0,
  region: "any",
  source: "assumed size",
  asOf: "2026-11",
};

/** What stands at home: a server, and the cards that were named. */
function ownBoxes({ hardware: { accelerator: card, acceleratorCount } }: Workload): Box[] {
  const flops = (card?.fp16Tflops ?? card?.bf16Tflops ?? 0) * 1e12;
  if (!card || flops === 0) return [OWN_MACHINE];
  const name = `${card.name} of your own`;
  const accelerator = servingCard({ ...card, facts: card });
  return [
    OWN_MACHINE,
    { ...OWN_MACHINE, id: card.id, name, cardFlops: flops, accelerator, most: acceleratorCount ?? 1 },
  ];
}

const staysHome = (w: Workload): boolean =>
  w.hardware.owned ||
  w.deploymentTarget === "on-premises" ||
  w.deploymentTarget === "local" ||
  w.constraints.some((c) => c === "offline" || c === "air-gapped" || c === "no-cloud");

/** As it stands in PyTorch, or exported: int8 on processors, a TensorRT engine on a card. */
type Runtime = "pytorch" | "exported";

/** One way to serve. */
interface Way {
  deployment: Deployment;
  machine: Box;
  runtime: Runtime;
  priced: PricedReplica;
  seconds: Range;
  usdPerMonth(rate: number): number;
}

const KINDS: [Deployment, string | undefined, Purpose, Runtime][] = [
  ["fastapi-docker", undefined, "serving", "pytorch"],
  ["onnx-tensorrt", undefined, "serving", "exported"],
  ["hf-inference-endpoints", "hf-inference-endpoints", "managed", "exported"],
  ["modal-functions", "modal", "serverless", "exported"],
];

function wayOn(deployment: Deployment, machine: Box, runtime: Runtime, flops: number, draws: boolean): Way {
  const exported = runtime === "exported";
  const seconds =
    machine.cardFlops === undefined
      ? cpuSeconds(flops, machine.vcpus, exported ? "int8" : "fp32")
      : cardSeconds(flops, machine.cardFlops, exported ? "engine" : "fp16", draws);
  const priced: PricedReplica = {
    price: machine,
    replicasPerMachine: 1,
    rate: 1 / seconds.expected,
    seconds: seconds.expected,
    coldStartSeconds: START_SECONDS.expected,
  };
  const bill = deployment === "modal-functions" ? functionsUsdPerMonth : dedicatedUsdPerMonth;
  return { deployment, machine, runtime, priced, seconds, usdPerMonth: (rate) => bill(priced, rate) };
}

/** Beside the weights: the runtime and one request's activations, GiB; decoding a picture takes more. Judgements. */
const RUNTIME_GIB = { reads: 1.5, draws: 4 };
/** Of a processor's memory, what the system leaves. */
const HOST_SHARE = 0.8;

/** Whether the weights fit: 16-bit on a card; fp32 or int8 on processors. */
function holds(machine: Box, w: Workload, runtime: Runtime): boolean {
  const { architecture } = w.model;
  const card = machine.cardFlops !== undefined;
  const bytes = card ? 2 : runtime === "exported" ? 1 : 4;
  const weights = architecture.parameterCount + modalityShape(architecture).companionParameterCount;
  const needed = (weights * bytes) / GIB + RUNTIME_GIB[denoising(architecture) ? "draws" : "reads"];
  return needed <= machine.accelerator.memoryGib * (card ? 1 : HOST_SHARE);
}

/** Nobody draws on a processor, and who names a card to serve on asks about that card. */
const cardsOnly = (w: Workload): boolean =>
  denoising(w.model.architecture) !== undefined || (!w.hardware.owned && asksForCard(w));

/** Every machine that this purpose may rent: processors alone, and the cheapest offer of each card. */
function boxesFor(w: Workload, catalog: Catalog, purpose: Purpose, platform: string | undefined): Box[] {
  const allowed = (id: string): boolean => {
    const facts = catalog.platforms.find((p) => p.id === id)!;
    return platform === undefined ? !facts.traits.scaleToZero && !ruledOut(facts, w, purpose) : id === platform;
  };
  const market = marketOf(w, catalog, purpose);
  const processors = catalog.cpuMachines
    .filter((m) => allowed(m.platform) && !(market?.euOnly && !isEuRegion(m.region)))
    .map((m): Box => {
      const name = `${m.vcpus} vCPU (${m.id})`;
      return { ...m, name, accelerator: { id: "cpu", name, memoryGib: m.memoryGib } };
    });
  const cards = market
    ? devicesFor(w, catalog, !asksForCard(w)).flatMap((d): Box[] => {
        const flops = (d.facts?.fp16Tflops ?? d.facts?.bf16Tflops ?? 0) * 1e12;
        const [offer] = flops > 0 ? marketOffers(market, d.id, 1) : [];
        if (!offer) return [];
        const { platform: at, usdPerHour, region, source, asOf } = offer;
        const box = { platform: at, usdPerHour, region, source, asOf, accelerator: servingCard(d) };
        return [{ ...box, id: offer.instanceType, name: d.facts!.name, vcpus: 0, cardFlops: flops }];
      })
    : [];
  return [...processors, ...cards];
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
  const draws = denoising(w.model.architecture) !== undefined;
  for (const [deployment, platform, purpose, runtime] of KINDS) {
    if (home && platform !== undefined) {
      refused.push({ deployment, refused: "it stays on your own machines: nothing to rent, and no data leaves" });
      continue;
    }
    const rule = platform && ruledOut(catalog.platforms.find((p) => p.id === platform)!, w, purpose);
    if (rule) {
      refused.push({ deployment, refused: rule });
      continue;
    }
    const machines = home ? ownBoxes(w) : boxesFor(w, catalog, purpose, platform);
    const all = machines
      .filter((m) => holds(m, w, runtime) && (m.cardFlops !== undefined || !cardsOnly(w)))
      .map((m) => wayOn(deployment, m, runtime, flops, draws));
    const quick = all.filter(
      (x) =>
        (load.latencyMs === undefined || x.seconds.expected * 1000 <= load.latencyMs) &&
        replicasFor(load.requestsPerSecond, x.priced.rate) <= (x.machine.most ?? Number.POSITIVE_INFINITY),
    );
    const best = [...quick].sort(
      (a, b) =>
        a.usdPerMonth(load.requestsPerSecond) - b.usdPerMonth(load.requestsPerSecond) ||
        replicasFor(load.requestsPerSecond, a.priced.rate) - replicasFor(load.requestsPerSecond, b.priced.rate) ||
        a.machine.vcpus - b.machine.vcpus ||
        (a.machine.id < b.machine.id ? -1 : 1),
    )[0];
    // At another rate another machine may be its cheapest.
    if (best) standing.push({ ...best, usdPerMonth: (at) => Math.min(...quick.map((x) => x.usdPerMonth(at))) });
    else
      refused.push({
        deployment,
        refused:
          all.length === 0
            ? "no machine for it that is allowed has a dated price"
            : load.latencyMs === undefined
              ? `one machine of yours answers ${requestRate(Math.max(...all.map((x) => x.priced.rate)))} at best`
              : `${runtime === "pytorch" ? "PyTorch as it stands" : "the exported model"} takes ${number(Math.min(...all.map((x) => x.seconds.expected)) * 1000)} ms at best, and ${number(load.latencyMs)} ms were asked for`,
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
    machine: `${replicasFor(rate, x.priced.rate)} × ${x.machine.name}`,
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
      const betterBelow = rate > RAREST ? between(RAREST, rate) : undefined;
      const betterAbove = between(rate, rate * 100);
      return {
        ...describe(x),
        ...(betterBelow === undefined ? {} : { betterBelow }),
        ...(betterAbove === undefined ? {} : { betterAbove }),
      };
    });
  const functions = chosen.deployment === "modal-functions";
  const { machine, seconds } = chosen;
  const exported = chosen.runtime === "exported";
  const processors = machine.cardFlops === undefined;
  return {
    deployment: chosen.deployment,
    engine: exported ? "onnxruntime" : "transformers",
    accelerator: machine.accelerator,
    acceleratorCountPerReplica: 1,
    replicas,
    contextLength: load.promptTokens,
    longestRequest: { promptTokens: load.promptTokens, outputTokens: 0 },
    maxConcurrentRequests: 1,
    baseQuantization: exported && machine.cardFlops === undefined ? "int8" : "none",
    timeToFirstTokenSeconds: seconds,
    timePerOutputTokenSeconds: range(0, 0, 0),
    requestsPerSecondPerReplica: mapInverse(seconds),
    coldStartSeconds: range(START_SECONDS.low, START_SECONDS.expected, START_SECONDS.high),
    autoscaling: {
      minReplicas: functions ? 0 : replicas,
      maxReplicas: Math.min(replicas * 2, machine.most ?? Number.POSITIVE_INFINITY),
      targetConcurrentRequests: 1,
      ...(functions ? { idleSeconds: IDLE_SECONDS } : {}),
    },
    owned: machine.platform === "local",
    ...(machine.platform === "local"
      ? {}
      : { usdPerHourPerReplica: machine.usdPerHour, usdPerMonth: chosen.usdPerMonth(rate), offer: offerOf(machine) }),
    ways: [describe(chosen), ...others, ...refused],
    notes: [
      `${workText(w, load, flops)}: ${exported ? (processors ? "ONNX Runtime with int8 weights on processors" : "a TensorRT engine from ONNX, in fp16") : processors ? "PyTorch in fp32 on processors" : "PyTorch in fp16"}, planned at ${Math.round(constant.plannedUtilisation.value * 100)} % of the estimated rate (${machine.platform === "local" ? `${machine.vcpus} vCPU assumed` : `${usd(machine.usdPerHour)} an hour, ${machine.asOf}`}).`,
      ...(exported && processors
        ? ["int8 may move scores: run the golden set on the exported model before promotion."]
        : []),
      "Machines differ more than this formula knows: run the load test before you size the fleet.",
    ],
  };
}

/** What one answer takes. */
function workText(w: Workload, load: ServingWorkload, flops: number): string {
  const drawn = denoising(w.model.architecture);
  return drawn
    ? `Drawing ${requestText(load)} in ${drawn.steps} steps${drawn.passes > 1 ? " with guidance" : ""} is ${number(flops / 1e12)} TFLOP`
    : `One pass over ${requestText(load)} is ${number(flops / 1e9)} GFLOP`;
}

const offerOf = ({
  platform,
  id,
  region,
  usdPerHour,
  source,
  asOf,
  cardFlops,
}: Box): NonNullable<ServingPlan["offer"]> => ({
  platform,
  instanceType: id,
  acceleratorCount: cardFlops === undefined ? 0 : 1,
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

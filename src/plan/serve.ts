import type { Catalog } from "../catalog/schema.ts";
import { constant } from "../estimate/constants.ts";
import { estimate } from "../estimate/estimate.ts";
import { replicasFor } from "../estimate/serving-load.ts";
import { servingEstimate } from "../estimate/serving-rates.ts";
import { setupWith } from "../estimate/setup.ts";
import { weightBytes } from "../estimate/states.ts";
import { type Range, range } from "../units.ts";
import { assumed } from "./assumptions.ts";
import { asksForCard } from "./candidates.ts";
import { FORMATS, number, requestRate } from "./format.ts";
import { planForward } from "./forward-serving.ts";
import { answersInOnePass, requestText } from "./load.ts";
import { offerOf } from "./market.ts";
import { machineText, servingCard, unnamedCard } from "./names.ts";
import type { Autoscaling, Hardware, ServingPlan, ServingWay } from "./plan.ts";
import { plainRequest, type Replica, replicasOf, roomBytes, whyQuantised } from "./replicas.ts";
import { IDLE_SECONDS } from "./serving-cost.ts";
import { onDevice } from "./targets.ts";
import type { Trials } from "./trials.ts";
import { rentedWays, type Standing, weighed, withFlips } from "./ways.ts";
import type { ServingWorkload, Workload, WorkloadModel } from "./workload.ts";

/** Pulling an image, reading the weights and starting the engine. */
function coldStart(r: Replica): Range {
  const bytes = assumed.imageBytes.value + weightBytes(r.setup.shape, r.quantization, 2);
  const start = (seconds: number, share: number): number =>
    seconds + (bytes / assumed.readBytesPerSecond.value) * share;
  return range(
    start(assumed.engineStartSecondsLow.value, assumed.readFactorLow.value),
    start(assumed.engineStartSeconds.value, 1),
    start(assumed.engineStartSecondsHigh.value, assumed.readFactorHigh.value),
  );
}

/** Of one's own two servers, the one that is enough, and the other with the rate at which it takes over. */
function ownServer(r: Replica, load: ServingWorkload): { deployment: "vllm" | "fastapi-docker"; other: ServingWay } {
  const seconds = r.plain.timeToFirstToken + r.plain.timePerOutputToken * load.outputTokens;
  if (load.latencyMs !== undefined && seconds * 1000 > load.latencyMs)
    return {
      deployment: "vllm",
      other: {
        deployment: "fastapi-docker",
        refused: `a plain loop takes about ${number(seconds)} s an answer, and ${number(load.latencyMs / 1000)} s were asked for`,
      },
    };
  const alone = 1 / seconds;
  const most = alone * constant.plannedUtilisation.value;
  return load.requestsPerSecond <= most
    ? {
        deployment: "fastapi-docker",
        other: {
          deployment: "vllm",
          refused: "continuous batching is not needed: one request at a time is enough for this load",
          betterAbove: most,
        },
      }
    : {
        deployment: "vllm",
        other: {
          deployment: "fastapi-docker",
          refused: `alone it answers one request at a time, about ${requestRate(alone)}`,
          betterBelow: most,
        },
      };
}

/**
 * How the asked load is served at the least cost of rent and care: on the training hardware where it is owned, else by
 * own servers on the market, an endpoint that somebody else runs, or functions that sleep between requests.
 */
export function planServing(
  w: Workload,
  catalog: Catalog,
  trainedOn: Hardware | undefined,
  trials: Trials,
): ServingPlan | undefined {
  const load = w.serving;
  if (!load || onDevice(w)) return undefined;
  if (answersInOnePass(w)) return planForward(w, catalog, load);
  return ownServing(w, catalog, load, trials) ?? rentedServing(w, catalog, load, trainedOn, trials);
}

/** Of a latency that nothing keeps: what the fastest machine would take, for the whole answer. */
export function nearestToLatency(w: Workload, catalog: Catalog, trials: Trials): string | undefined {
  if (w.serving?.latencyMs === undefined || onDevice(w) || answersInOnePass(w)) return undefined;
  const { latencyMs, ...load } = w.serving;
  const seconds = (r: Replica): number => r.alone.timeToFirstToken + r.alone.timePerOutputToken * load.outputTokens;
  const [fastest] = [...replicasOf(w, catalog, load, !w.hardware.owned && !asksForCard(w), trials)].sort(
    (a, b) => seconds(a) - seconds(b),
  );
  if (!fastest || seconds(fastest) * 1000 <= latencyMs) return undefined;
  const { device, devices } = fastest;
  return `Alone on ${machineText(devices, device.facts?.name ?? unnamedCard(device.memoryGib))}, the fastest, a complete answer of ${load.outputTokens} tokens takes about ${number(seconds(fastest))} s, and ${number(latencyMs / 1000)} s were asked for.`;
}

function ownServing(w: Workload, catalog: Catalog, load: ServingWorkload, trials: Trials): ServingPlan | undefined {
  if (!w.hardware.owned) return undefined;
  const have = w.hardware.acceleratorCount ?? 1;
  const fitting = replicasOf(w, catalog, load, false, trials)
    .map((replica) => ({ replica, replicas: replicasFor(load.requestsPerSecond, replica.capacity.requestsPerSecond) }))
    .filter(({ replica, replicas }) => replicas * replica.devices <= have)
    .sort((a, b) => a.replicas * a.replica.devices - b.replicas * b.replica.devices);
  const best = fitting[0];
  if (!best) return undefined;
  const why = "your own hardware serves the load: renting would only cost, and data would leave";
  const refused: ServingWay[] = (["hf-inference-endpoints", "modal-functions"] as const).map((deployment) => ({
    deployment,
    refused: why,
  }));
  const { deployment, other } = ownServer(best.replica, load);
  return planOf(w, catalog, load, best.replica, deployment, undefined, [other, ...refused]);
}

function rentedServing(
  w: Workload,
  catalog: Catalog,
  load: ServingWorkload,
  trainedOn: Hardware | undefined,
  trials: Trials,
): ServingPlan | undefined {
  // What must stay in the house is never answered with a rented fleet.
  if (w.deploymentTarget === "on-premises" || w.deploymentTarget === "local") return undefined;
  const rate = load.requestsPerSecond;
  const replicas = replicasOf(w, catalog, load, !asksForCard(w), trials);
  const { standing, refused } = rentedWays(
    replicas,
    catalog,
    w,
    load,
    (r) => coldStart(r).expected,
    trainedOn?.accelerator.id,
    (r) => ownServer(r, load),
  );
  const chosen = [...standing].sort((a, b) => weighed(a, rate, w) - weighed(b, rate, w))[0];
  if (!chosen) return undefined;
  const others = withFlips(
    chosen,
    standing.filter((s) => s !== chosen),
    rate,
    w,
  );
  return planOf(w, catalog, load, chosen.best.replica, chosen.way.deployment, chosen, [...others, ...refused]);
}

function planOf(
  w: Workload,
  catalog: Catalog,
  load: ServingWorkload,
  replica: Replica,
  deployment: ServingPlan["deployment"],
  rented: Standing<Replica> | undefined,
  otherWays: ServingWay[],
): ServingPlan {
  const { capacity, device, devices, quantization } = replica;
  const rate = load.requestsPerSecond;
  const replicas = replicasFor(rate, capacity.requestsPerSecond);
  // A plain process answers one request at a time.
  const alone = deployment === "fastapi-docker";
  const maxConcurrentRequests = alone ? 1 : capacity.concurrentRequests;
  // Rates are shown as they are under load, with every slot taken; memory with as many as surely find room.
  const request = alone
    ? plainRequest(replica.setup.request)
    : { ...replica.setup.request, concurrentRequests: maxConcurrentRequests };
  const rates = servingEstimate(
    setupWith(request, replica.setup.shape, undefined, w.model.id, device),
    roomBytes(device),
  );
  const price = rented?.best.price;
  const usdPerMonth = rented?.usdPerMonth(rate);
  return {
    deployment,
    engine: alone ? "transformers" : "vllm",
    accelerator: servingCard(device),
    acceleratorCountPerReplica: devices,
    replicas,
    contextLength: load.promptTokens + load.outputTokens,
    longestRequest: longestRequest(load, w.model),
    maxConcurrentRequests,
    baseQuantization: quantization,
    timeToFirstTokenSeconds: rates.timeToFirstTokenSeconds,
    timePerOutputTokenSeconds: rates.timePerOutputTokenSeconds,
    requestsPerSecondPerReplica: rates.requestsPerSecond,
    coldStartSeconds: coldStart(replica),
    autoscaling: autoscalingOf(
      deployment,
      replicas,
      price === undefined ? Math.floor((w.hardware.acceleratorCount ?? 1) / devices) : Number.POSITIVE_INFINITY,
      maxConcurrentRequests,
    ),
    owned: price === undefined,
    ...(price === undefined
      ? {}
      : {
          usdPerHourPerReplica: price.usdPerHour / price.replicasPerMachine,
          usdPerMonth: usdPerMonth!,
          offer: offerOf(price),
        }),
    ways: [rented?.way ?? { deployment }, ...otherWays],
    estimate: estimate({ ...request, concurrentRequests: Math.min(maxConcurrentRequests, replica.sure) }, catalog),
    notes: notesOf(replica, load, w),
  };
}

/**
 * Lengths of prompts and answers have a long tail, and a limit at the typical one would refuse or cut every second. A
 * replica surely holds `leastRequests` typical ones at a time, so it holds one of all their tokens. Media are as long as
 * they are.
 */
function longestRequest(load: ServingWorkload, { maxContextLength }: WorkloadModel): ServingPlan["longestRequest"] {
  const { promptTokens, outputTokens, media } = load;
  const most = (maxContextLength ?? Number.POSITIVE_INFINITY) / (promptTokens + outputTokens);
  const times = media === undefined ? Math.max(1, Math.min(assumed.leastRequests.value, most)) : 1;
  return { promptTokens: Math.floor(promptTokens * times), outputTokens: Math.floor(outputTokens * times) };
}

/** Room for twice the planned load, on own cards as far as they go; functions go down to none. */
function autoscalingOf(
  deployment: ServingPlan["deployment"],
  replicas: number,
  most: number,
  maxConcurrentRequests: number,
): Autoscaling {
  const functions = deployment === "modal-functions";
  return {
    minReplicas: functions ? 0 : replicas,
    maxReplicas: Math.min(replicas * 2, most),
    targetConcurrentRequests: Math.max(1, Math.floor(maxConcurrentRequests * constant.plannedUtilisation.value)),
    ...(functions ? { idleSeconds: IDLE_SECONDS } : {}),
  };
}

/** Cards were named to serve on, fewer than the load needs: the market has more of them. */
function beyondNamed({ device, devices, capacity }: Replica, load: ServingWorkload, w: Workload): string[] {
  const named = w.hardware.acceleratorCount;
  const needed = replicasFor(load.requestsPerSecond, capacity.requestsPerSecond) * devices;
  return named === undefined || w.hardware.owned || !asksForCard(w) || needed <= named
    ? []
    : [
        `${machineText(named, device.facts?.name ?? unnamedCard(device.memoryGib))} ${named === 1 ? "was" : "were"} named, and this load needs ${needed}.`,
      ];
}

function notesOf(replica: Replica, load: ServingWorkload, w: Workload): string[] {
  const { quantization, devices, device } = replica;
  return [
    `Planned at ${Math.round(constant.plannedUtilisation.value * 100)} % of the estimated rate, for requests of ${requestText(load)}.`,
    ...(replica.sure < replica.capacity.concurrentRequests
      ? [
          `The cache surely holds ${replica.sure} requests at once and probably ${replica.capacity.concurrentRequests}, which the rate rests on: what finds no room waits.`,
        ]
      : []),
    ...beyondNamed(replica, load, w),
    ...(quantization === "none"
      ? []
      : [
          load.quantization === undefined
            ? `${whyQuantised(replica, load, w)}: ${FORMATS[quantization]} weights are planned; measure quality before and after.`
            : `${FORMATS[quantization]} weights, as you asked: measure quality before and after.`,
        ]),
    ...(devices > 1
      ? [
          `One ${device.facts?.name ?? "card"} does not hold the model and enough requests: each replica is cut over ${devices} (tensor parallel), which wants a fast link between them.`,
        ]
      : []),
  ];
}

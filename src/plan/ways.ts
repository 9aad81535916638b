import type { Catalog } from "../catalog/schema.ts";
import { assumed } from "./assumptions.ts";
import { number, usd } from "./format.ts";
import { type Market, marketOf, marketOffers, type Offered, type Purpose, ruledOut } from "./market.ts";
import { fleetText, unnamedCard } from "./names.ts";
import type { Deployment, ServingWay } from "./plan.ts";
import type { Replica } from "./replicas.ts";
import {
  careUsdPerMonth,
  dedicatedUsdPerMonth,
  equalCostRate,
  functionsUsage,
  functionsUsdPerMonth,
  type PricedReplica,
  RAREST,
} from "./serving-cost.ts";
import type { ServingWorkload, Workload } from "./workload.ts";

/** A replica with what it costs; without a price it stands on the person's own machines. */
interface Priced<R> {
  replica: R;
  price: (Offered & { replicasPerMachine: number }) | undefined;
  priced: PricedReplica;
}

/** A way that stands, with all that a plan needs of it. */
export interface Standing<R> {
  way: ServingWay;
  best: Priced<R>;
  /** At its cheapest machine for that rate, which may be another than the one for the asked rate. */
  usdPerMonth(rate: number): number;
  /** Why it cannot be used at a rate, where the answer hangs on it. */
  tooCold?(rate: number): string | undefined;
}

/** What they rent out is a machine with one server on it: cards beyond its replica's are paid for, and idle. */
const ONE_SERVER_A_MACHINE = ["sagemaker", "hf-inference-endpoints"];

/** More requests than this that wait for a cold start break a latency that was asked for: it speaks of the 99th percentile. */
const MOST_COLD = 0.01;

/** GPUs that run at once on Modal's Starter plan (github:api-evangelist/modal-labs rate limits, 2026-07-01). */
const MOST_FUNCTION_GPUS = 10;
/** How much more traffic than asked is worth a word. */
const MOST_GROWTH = 100;

/** The cheapest priced replica for the asked rate; equal bills: fewer devices, then 16-bit, then by id. */
function cheapest<R extends Replica>(all: Priced<R>[], bill: (p: Priced<R>) => number): Priced<R> | undefined {
  return [...all].sort(
    (a, b) =>
      bill(a) - bill(b) ||
      a.replica.devices - b.replica.devices ||
      Number(a.replica.quantization !== "none") - Number(b.replica.quantization !== "none") ||
      (a.replica.device.id < b.replica.device.id ? -1 : a.replica.device.id > b.replica.device.id ? 1 : 0),
  )[0];
}

/** Each replica on the cheapest machines that this purpose finds for it. */
function pricedOn(
  replicas: readonly Replica[],
  market: Market,
  cold: (r: Replica) => number,
  load: ServingWorkload,
): Priced<Replica>[] {
  return replicas.flatMap((replica) => {
    const offers = marketOffers(market, replica.device.id, replica.devices);
    return offers.slice(0, 1).map((offer) => {
      const replicasPerMachine = ONE_SERVER_A_MACHINE.includes(offer.platform)
        ? 1
        : Math.max(1, Math.floor(offer.acceleratorCount / replica.devices));
      const { alone, capacity } = replica;
      return {
        replica,
        price: { ...offer, replicasPerMachine },
        priced: {
          price: offer,
          replicasPerMachine,
          rate: capacity.requestsPerSecond,
          seconds: alone.timeToFirstToken + alone.timePerOutputToken * load.outputTokens,
          coldStartSeconds: cold(replica),
        },
      };
    });
  });
}

/** Why a purpose is shut altogether: what every platform of that kind fails on. */
function shut(platform: string, purpose: Purpose, w: Workload, catalog: Catalog): string | undefined {
  return ruledOut(catalog.platforms.find((p) => p.id === platform)!, w, purpose);
}

const machineOf = (p: Priced<Replica>, rate: number): string => {
  const replicas = Math.max(1, Math.ceil(rate / p.replica.plannedRate));
  const { devices, device } = p.replica;
  const name = device.facts?.name ?? unnamedCard(device.memoryGib);
  return `${fleetText({ replicas, acceleratorCountPerReplica: devices, accelerator: { name } })} on ${p.price!.platform}`;
};

/** Why functions at this rate break a latency that was asked for; undefined where they keep it. */
function coldness({ priced }: Priced<Replica>, rate: number, { latencyMs }: ServingWorkload): string | undefined {
  const { coldShare } = functionsUsage(priced, rate);
  if (latencyMs === undefined || coldShare <= MOST_COLD || priced.coldStartSeconds * 1000 <= latencyMs)
    return undefined;
  return `${number(coldShare * 100)} % of the requests would wait about ${number(priced.coldStartSeconds)} s for a cold start, and ${number(latencyMs)} ms were asked for; kept warm it is ${usd(dedicatedUsdPerMonth(priced, rate))} a month`;
}

/** Own servers, an endpoint that somebody else runs, and functions that sleep: each at its cheapest, or why not. */
export function rentedWays(
  replicas: readonly Replica[],
  catalog: Catalog,
  w: Workload,
  load: ServingWorkload,
  cold: (r: Replica) => number,
  trainedOn: string | undefined,
  ownServer: (r: Replica) => { deployment: Deployment; other: ServingWay },
): { standing: Standing<Replica>[]; refused: ServingWay[] } {
  const rate = load.requestsPerSecond;
  const standing: Standing<Replica>[] = [];
  const refused: ServingWay[] = [];
  const kinds: [Deployment, Purpose, string | undefined][] = [
    ["vllm", "serving", undefined],
    ["hf-inference-endpoints", "managed", "hf-inference-endpoints"],
    ["modal-functions", "serverless", "modal"],
  ];
  for (const [deployment, purpose, platform] of kinds) {
    const why = platform && shut(platform, purpose, w, catalog);
    if (why) {
      refused.push({ deployment, refused: why });
      continue;
    }
    const market = marketOf(w, catalog, purpose);
    const all = market ? pricedOn(replicas, market, cold, load) : [];
    const bill = (p: Priced<Replica>, at: number): number =>
      deployment === "modal-functions" ? functionsUsdPerMonth(p.priced, at) : dedicatedUsdPerMonth(p.priced, at);
    // One kind of card for training and serving is worth a little: one driver, one image, one quota.
    const sameCard = all.filter((p) => p.replica.device.id === trainedOn);
    const least = (of: readonly Priced<Replica>[], at: number): number => Math.min(...of.map((p) => bill(p, at)));
    const among = (at: number): Priced<Replica>[] =>
      least(sameCard, at) <= least(all, at) * assumed.sameCardPremium.value ? sameCard : all;
    const best = cheapest(among(rate), (p) => bill(p, rate));
    if (!best) {
      refused.push({ deployment, refused: "no dated offer that is allowed serves this load within its limits" });
      continue;
    }
    const own = deployment === "vllm" ? ownServer(best.replica) : undefined;
    if (own) refused.push(own.other);
    const way: ServingWay = {
      deployment: own?.deployment ?? deployment,
      machine: machineOf(best, rate),
      platform: best.price!.platform,
      usdPerMonth: bill(best, rate),
    };
    if (deployment === "modal-functions") {
      const gpus = Math.ceil(rate / best.replica.plannedRate) * best.replica.devices;
      if (gpus > MOST_FUNCTION_GPUS) {
        refused.push({
          deployment,
          refused: `${gpus} GPUs at once, and the Starter plan runs ${MOST_FUNCTION_GPUS}: beyond that it is a contract`,
        });
        continue;
      }
      way.coldShare = functionsUsage(best.priced, rate).coldShare;
      const cold = coldness(best, rate, load);
      if (cold) {
        refused.push({ ...way, refused: cold });
        continue;
      }
    }
    standing.push({
      way,
      best,
      usdPerMonth: (at) => least(among(at), at),
      ...(deployment === "modal-functions" ? { tooCold: (at: number) => coldness(best, at, load) } : {}),
    });
  }
  return { standing, refused };
}

/** Rent and care together. */
export const weighed = (s: { way: ServingWay; usdPerMonth(rate: number): number }, rate: number, w: Workload): number =>
  s.usdPerMonth(rate) + careUsdPerMonth(s.way.deployment, w);

/** Marks where each other way would cost less than the chosen one, care included. */
export function withFlips<R>(
  chosen: Standing<R>,
  others: readonly Standing<R>[],
  rate: number,
  w: Workload,
): ServingWay[] {
  return others.map((other) => {
    const between = (from: number, to: number): number | undefined =>
      equalCostRate(
        (x) => weighed(chosen, x, w),
        (x) => weighed(other, x, w),
        from,
        to,
      );
    const equal = rate > RAREST ? between(RAREST, rate) : undefined;
    const betterBelow = equal === undefined || other.tooCold?.(equal) ? undefined : equal;
    const betterAbove = between(rate, rate * MOST_GROWTH);
    return {
      ...other.way,
      ...(betterBelow === undefined ? {} : { betterBelow }),
      ...(betterAbove === undefined ? {} : { betterAbove }),
    };
  });
}

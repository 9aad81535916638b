import { constant } from "./constants.ts";
import { type Load, loadAt, slotsOf } from "./serving-rates.ts";
import type { Setup } from "./setup.ts";

/** Seconds from a request's arrival to its last token. */
export const latencySeconds = (s: Setup, load: Load): number =>
  load.timeToFirstToken + s.train.outputLength * load.timePerOutputToken;

/**
 * The most that one replica serves while a request takes at most `withinSeconds`: as many requests at once as that
 * leaves time for. More at once means more per second and a longer wait for each, so the number is searched by halving.
 */
export function capacityWithin(s: Setup, fit: number, withinSeconds: number): Load | undefined {
  const most = fit > 0 ? slotsOf(s, fit) : 0;
  const inTime = (n: number): boolean => latencySeconds(s, loadAt(s, n)) <= withinSeconds;
  if (most === 0 || !inTime(1)) return undefined;
  let [low, high] = [1, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (inTime(middle)) low = middle;
    else high = middle - 1;
  }
  return loadAt(s, low);
}

/**
 * Replicas for a rate of requests that arrive at random: each is planned at a share of what it can do within the
 * latency, because the wait grows as 1/(1 - utilisation) (M/G/1, Pollaczek-Khinchine).
 */
export const replicasFor = (requestsPerSecond: number, capacityPerSecond: number): number =>
  Math.max(1, Math.ceil(requestsPerSecond / (capacityPerSecond * constant.plannedUtilisation.value)));

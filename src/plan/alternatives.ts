import type { Candidate } from "./candidates.ts";
import { hours, usd } from "./format.ts";
import { methodTitle } from "./method.ts";
import type { Alternative } from "./plan.ts";
import { candidateKey, compareCandidates, rejection } from "./rank.ts";
import type { Workload } from "./workload.ts";

const SERVERLESS = new Set(["modal", "hf-jobs"]);

export function asAlternative(name: string, c: Candidate): Alternative {
  const where = c.hardware.offer
    ? `${c.hardware.offer.platform} (${c.hardware.offer.instanceType})`
    : "your own hardware";
  return {
    name,
    summary: `${methodTitle(c.settings.method)} on ${c.hardware.acceleratorCount} × ${c.hardware.accelerator.name}, ${where}: ${hours(c.hours.expected)}, ${usd(c.usd.expected)}`,
    hardware: c.hardware,
    method: c.settings.method,
    trainHours: c.hours,
    trainUsd: c.usd,
    status: c.quick.status,
  };
}

/** Up to three other plans worth a look: points of the Pareto front over cost, time and effort, named. */
export function alternativesTo(chosen: Candidate, candidates: readonly Candidate[], w: Workload): Alternative[] {
  const fine = candidates
    .filter((c) => c !== chosen && rejection(c, w) === undefined && c.quick.status === "fits")
    .sort(compareCandidates);
  const taken = new Set([candidateKey(chosen)]);
  const out: Alternative[] = [];
  const offer = (name: string, pick: Candidate | undefined): void => {
    if (!pick || taken.has(candidateKey(pick))) return;
    taken.add(candidateKey(pick));
    out.push(asAlternative(name, pick));
  };
  const by = (key: (c: Candidate) => number): Candidate | undefined =>
    fine.reduce<Candidate | undefined>(
      (best, c) => (best === undefined || key(c) < key(best) - 1e-9 ? c : best),
      undefined,
    );
  const cheapest = by((c) => c.usd.expected);
  if (cheapest && cheapest.usd.expected < chosen.usd.expected * 0.98) offer("cheapest", cheapest);
  const fastest = by((c) => c.hours.expected);
  if (fastest && fastest.hours.expected < chosen.hours.expected * 0.9) offer("fastest", fastest);
  offer(
    "simplest",
    fine.find((c) => SERVERLESS.has(c.hardware.offer?.platform ?? "")),
  );
  if (chosen.settings.method === "qlora")
    offer(
      "16-bit base",
      fine.find((c) => c.settings.method === "lora"),
    );
  return out.slice(0, 3);
}

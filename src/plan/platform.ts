import { offersFor } from "../catalog/prices.ts";
import type { Platform } from "../catalog/schema.ts";
import { shapeFor } from "../estimate/facts.ts";
import { bestCandidate, firstOf } from "./best.ts";
import type { Candidate } from "./candidates.ts";
import type { Decide, DecisionContext } from "./context.ts";
import { setUpHours } from "./effort.ts";
import { hours, number, usd } from "./format.ts";
import { ruledOut } from "./market.ts";
import { machineText } from "./names.ts";
import type { Decision } from "./plan.ts";
import { candidateKey, rejection } from "./rank.ts";
import { retimed } from "./retimed.ts";
import type { Workload } from "./workload.ts";

/** The platforms that every plan speaks of: the mission's four, then those that people compare them with. */
const COMPARED = ["modal", "lambda", "sagemaker", "local", "runpod", "aws", "gcp", "azure", "coreweave", "vast"];
const ALSO_COMPARED = ["together", "hf-jobs"];
const MARKED: Partial<Record<string, string>> = {
  "third-party": "its price was read from a third party",
  mirror: "its price was read from a mirror",
};

/** Where it runs: your own hardware where that is what you have, else what costs least in money, work and risk together. */
export const decidePlatform: Decide = (context) => {
  const { workload: w, catalog, chosen } = context;
  const offer = chosen.hardware.offer;
  const facts = catalog.platforms.find((p) => p.id === (offer?.platform ?? "local"))!;
  const others = [...COMPARED, ...ALSO_COMPARED]
    .filter((id) => id !== facts.id)
    .map((id) => catalog.platforms.find((p) => p.id === id)!);
  return {
    name: "platform",
    choice: facts.id,
    title: offer
      ? `${facts.name}, ${offer.instanceType}${offer.region === "any" ? "" : ` in ${offer.region}`}`
      : facts.name,
    reasons: offer ? rentedReasons(context, facts) : ownReasons(w, facts),
    refused: others.map((p) => ({ option: p.id, why: whyNot(p, context) })),
    flips: offer ? rentedFlips(context) : ownFlips(context),
    documents: [...facts.documents.slice(0, 2), ...(offer && facts.traits.launch === "skypilot" ? ["skypilot"] : [])],
  };
};

function rentedReasons(context: DecisionContext, facts: Platform): string[] {
  const { workload: w, chosen, catalog } = context;
  const offer = chosen.hardware.offer!;
  const { traits } = facts;
  const others = catalog.platforms.filter((p) => p.id !== facts.id && p.id !== "local");
  const { nodeCount } = chosen.hardware;
  const [where, each] = nodeCount > 1 ? [` in ${nodeCount} machines`, " each"] : ["", ""];
  return [
    `${machineText(chosen.hardware.acceleratorCount, chosen.hardware.accelerator.name)}${where} at ${usd(offer.usdPerHour)} per hour${each} ${offer.pricing} (${offer.asOf}${chosen.price && MARKED[chosen.price.confidence] ? `; ${MARKED[chosen.price.confidence]}` : ""}): ${usd(chosen.usd.expected)} expected for training.`,
    ...(offer.acceleratorCount > chosen.hardware.acceleratorCount
      ? [
          `${facts.name} sells this card only in machines of ${offer.acceleratorCount}: the price is that of the whole machine.`,
        ]
      : []),
    ...(soldWhole(context)
      ? [
          `${facts.name} sells this card only in machines of ${offer.acceleratorCount}: the whole machine is paid for, so all of it is used.`,
        ]
      : []),
    ...(traits.hostUsdPerCoreHour !== undefined
      ? ["The price holds 4 processor cores and 32 GiB of memory, which are billed beside the accelerator."]
      : []),
    ...(facts.id === "sagemaker"
      ? [
          "The price is the list price of us-west-2; your region, savings plan or contract may differ: check it before a long run.",
        ]
      : []),
    ...outOfTheQuestion(
      others.filter((p) => !p.traits.servingOnly),
      w,
    ),
    `${traits.scaleToZero || traits.managed ? `Billed by the ${traits.billing} while the job runs: nothing to stop, nothing idle.` : `Billed by the ${traits.billing} while the machine exists: stop it when the run ends.`} About ${hours(setUpHours(facts, w))} of a person's work before the first run.`,
    `Best for ${facts.bestFor.slice(0, 3).join(", ")}.`,
    `Launch ${traits.launch === "skypilot" ? "through SkyPilot" : "directly"}: \`${traits.launchCommand}\`.`,
  ];
}

/** Whether more accelerators are rented than one because nothing smaller is sold there. */
function soldWhole({ workload: w, chosen, catalog }: DecisionContext): boolean {
  const { offer, accelerator, acceleratorCount, nodeCount } = chosen.hardware;
  return (
    w.hardware.acceleratorCount === undefined &&
    nodeCount === 1 &&
    acceleratorCount > 1 &&
    offersFor(catalog, accelerator.id).every(
      (p) => p.platform !== offer!.platform || p.confidence === "stale" || p.acceleratorCount >= acceleratorCount,
    )
  );
}

/** What the person's words shut out: a few by name, or everything but a few. */
function outOfTheQuestion(others: readonly Platform[], w: Workload): string[] {
  const byRule = new Map<string, string[]>();
  for (const p of others) {
    const rule = ruledOut(p, w);
    if (rule) byRule.set(rule, [...(byRule.get(rule) ?? []), p.name]);
  }
  const shut = [...byRule.values()].flat().length;
  if (shut >= others.length - 1 && byRule.size <= 2)
    return [`Elsewhere is ruled out: ${[...byRule.keys()].join("; ")}.`];
  return [...byRule].map(
    ([rule, names]) =>
      `Ruled out: ${names.length > MOST_NAMES ? `${names.slice(0, MOST_NAMES).join(", ")} and ${names.length - MOST_NAMES} more` : names.join(", ")}: ${rule}.`,
  );
}
const MOST_NAMES = 4;

function ownReasons(w: Workload, facts: Platform): string[] {
  const kept = w.constraints.filter((c) => ["offline", "air-gapped", "no-cloud", "hipaa", "gdpr"].includes(c));
  return [
    "The hardware is yours: no rent, and the data stays where it is.",
    ...(kept.length > 0 ? [`Your constraints ask for it: ${kept.join(", ")}.`] : []),
    `Best for ${facts.bestFor.slice(0, 3).join(", ")}.`,
    `Launch directly: \`${facts.traits.launchCommand}\`.`,
  ];
}

/** Of the candidates that stand, the best one of each platform; with the same method first, so that rent is compared with rent. */
function bestOn(platform: string, { candidates, chosen, workload: w }: DecisionContext): Candidate | undefined {
  const there = candidates.filter((c) => c.hardware.offer?.platform === platform);
  const alike = there.filter((c) => c.settings.method === chosen.settings.method);
  return bestCandidate(w, alike) ?? bestCandidate(w, there);
}

/** A difference below this share of the price is none. */
const SMALL_CHANGE = 0.01;

function whyNot(p: Platform, context: DecisionContext): string {
  const { workload: w, chosen, candidates } = context;
  if (p.id === "local") return "nothing in the request says that you own a suitable GPU";
  const rule = ruledOut(p, w);
  if (rule) return rule;
  if (!chosen.hardware.offer) return "your own hardware is enough: renting would only cost";
  const other = bestOn(p.id, context);
  if (!other) {
    const failed = firstOf(
      w,
      candidates.filter((c) => c.hardware.offer?.platform === p.id),
    );
    return failed
      ? rejection(failed, w)!.text
      : `no dated price of ${p.name} ${w.hardware.accelerator ? `for ${w.hardware.accelerator.name}` : "fits and is allowed here"}${w.constraints.includes("eu-only") || w.constraints.includes("gdpr") ? " in a named region of the EU" : ""}`;
  }
  const dearer = other.usd.expected - chosen.usd.expected;
  const whole = other.hardware.offer!.acceleratorCount;
  const machine = `${usd(other.usd.expected)} on ${other.hardware.accelerator.name}${whole > other.hardware.acceleratorCount ? `, sold only in machines of ${whole},` : ""} against ${usd(chosen.usd.expected)}`;
  if (dearer >= -SMALL_CHANGE * chosen.usd.expected)
    return Math.abs(dearer) <= SMALL_CHANGE * chosen.usd.expected
      ? `no cheaper: ${usd(other.usd.expected)} on ${other.hardware.accelerator.name}, and no less work or risk`
      : machine;
  const work = setUpHours(p, w) - setUpHours(platformOf(chosen, context)!, w);
  const because = [
    ...(work > 0 ? [`about ${hours(work)} more of a person's work before the first run`] : []),
    ...(other.price!.strangersMachine ? ["the machine stands at a third party"] : []),
    ...(other.price!.pricing === "spot" ? ["spot may be taken away"] : []),
    ...(other.hours.expected > chosen.hours.expected * 1.05
      ? [`${hours(other.hours.expected)} instead of ${hours(chosen.hours.expected)}`]
      : []),
    ...(other.quick.status === "tight" ? ["memory is tight"] : []),
    ...(MARKED[other.price!.confidence] && !MARKED[chosen.price!.confidence] ? [MARKED[other.price!.confidence]!] : []),
  ];
  return `${usd(-dearer)} cheaper at ${usd(other.usd.expected)}, but ${because.join(", ") || "the quality of its method is lower"}`;
}

const platformOf = (c: Candidate, { catalog }: DecisionContext): Platform | undefined =>
  catalog.platforms.find((p) => p.id === c.hardware.offer?.platform);

/** Runs up to this many times as long, or as short, are worth a word. */
const FURTHEST = 100;
/** Lengths of a run that are looked at on either side, and halvings between two of them. */
const STEPS = 12;
const HALVINGS = 12;

/** A length of run at which another platform becomes the better one. */
interface Crossing {
  to: Candidate;
  /** Of the best way on the chosen platform, just before it. */
  hours: number;
}

/**
 * The nearest length of run on a side at which the planner would choose another platform. Everything that was tried is
 * counted again at each length, so that the answer is the same from whichever length one starts.
 */
function crossing(
  { workload: w, candidates, chosen }: DecisionContext,
  side: "longer" | "shorter",
): Crossing | undefined {
  const shape = shapeFor(w.model.architecture);
  const runs = candidates.filter((c) => c.price && c.quick.status !== "does-not-fit" && c.quick.refused.length === 0);
  const best = (times: number, among: readonly Candidate[]): Candidate | undefined => {
    const changed: Workload = { ...w, exampleCount: w.exampleCount * times };
    return bestCandidate(
      changed,
      among.map((c) => retimed(c, changed, shape)),
    );
  };
  const platform = chosen.hardware.offer!.platform;
  const stays = (c: Candidate): boolean => c.hardware.offer?.platform === platform;
  let [near, before] = [1, chosen];
  for (let i = 1; i <= STEPS; i++) {
    let far = FURTHEST ** ((side === "longer" ? i : -i) / STEPS);
    const there = best(far, runs);
    if (!there) return undefined;
    let beyond = there;
    if (!stays(beyond)) {
      for (let n = 0; n < HALVINGS; n++) {
        const middle = Math.sqrt(near * far);
        const found: Candidate = best(middle, runs) ?? beyond;
        if (stays(found)) [near, before] = [middle, found];
        else [far, beyond] = [middle, found];
      }
      return { to: beyond, hours: before.hours.expected };
    }
    [near, before] = [far, beyond];
  }
  return undefined;
}

/** Rent by the hour says little where the cards differ. */
const costAndTime = (c: Candidate): string =>
  `${machineText(c.hardware.acceleratorCount, c.hardware.accelerator.name)} would take ${hours(c.hours.expected)} and ${usd(c.usd.expected)}`;

const SIDES = [
  ["longer", "above"],
  ["shorter", "below"],
] as const;

function rentedFlips(context: DecisionContext): Decision["flips"] {
  const { chosen, candidates } = context;
  const flips: Decision["flips"] = [];
  for (const [side, word] of context.draft ? [] : SIDES) {
    const found = crossing(context, side);
    if (!found) continue;
    const platform = platformOf(found.to, context)!;
    const other = candidates.find((c) => candidateKey(c) === candidateKey(found.to))!;
    flips.push({
      when: `the run is ${word} about ${hours(found.hours)} (here ${hours(chosen.hours.expected)}, where ${costAndTime(other)})`,
      to: platform.id,
    });
  }
  flips.push({ when: "you own a card that fits this plan", to: "local" });
  return flips;
}

function ownFlips({ workload: w, chosen, catalog }: DecisionContext): Decision["flips"] {
  const modal = catalog.platforms.find((p) => p.id === "modal")!;
  if (ruledOut(modal, { ...w, platform: undefined } as unknown as Workload)) return [];
  return [
    {
      when: `your hardware is busy or ${hours(chosen.hours.expected)} are too long: ${number(chosen.hardware.acceleratorCount)} rented ${chosen.hardware.acceleratorCount === 1 ? "card" : "cards"} by the second`,
      to: "modal",
    },
  ];
}

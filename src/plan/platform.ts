import type { Platform } from "../catalog/schema.ts";
import { bestCandidate, firstOf } from "./best.ts";
import type { Candidate } from "./candidates.ts";
import type { Decide, DecisionContext } from "./context.ts";
import { setUpHours } from "./effort.ts";
import { hours, number, usd } from "./format.ts";
import { ruledOut } from "./market.ts";
import { machineText } from "./names.ts";
import type { Decision } from "./plan.ts";
import { rejection, score } from "./rank.ts";
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
    flips: offer ? rentedFlips(context, facts) : ownFlips(context),
    documents: [...facts.documents.slice(0, 2), ...(offer && facts.traits.launch === "skypilot" ? ["skypilot"] : [])],
  };
};

function rentedReasons({ workload: w, chosen, catalog }: DecisionContext, facts: Platform): string[] {
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
    const failed = firstOf(candidates.filter((c) => c.hardware.offer?.platform === p.id));
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

/** How many times as long a run makes the other platform the better one: the nearest such length on the asked side. */
function crossing(a: Candidate, b: Candidate, side: "longer" | "shorter"): number | undefined {
  const better = (work: number): boolean => score(b, work) < score(a, work);
  let near = 1;
  for (let i = 1; i <= STEPS; i++) {
    const far = FURTHEST ** ((side === "longer" ? i : -i) / STEPS);
    if (better(far)) {
      let [out, inside] = [near, far];
      for (let n = 0; n < 20; n++) {
        const middle = Math.sqrt(out * inside);
        if (better(middle)) inside = middle;
        else out = middle;
      }
      return inside;
    }
    near = far;
  }
  return undefined;
}
const STEPS = 12;

/** Rent by the hour says little where the cards differ. */
const costAndTime = (c: Candidate): string =>
  `${machineText(c.hardware.acceleratorCount, c.hardware.accelerator.name)} would take ${hours(c.hours.expected)} and ${usd(c.usd.expected)}`;

function rentedFlips(context: DecisionContext, facts: Platform): Decision["flips"] {
  const { chosen, catalog } = context;
  const flips: Decision["flips"] = [];
  const others = catalog.platforms.flatMap((platform) => {
    const other = platform.id === facts.id ? undefined : bestOn(platform.id, context);
    return other ? [{ platform, other }] : [];
  });
  const at = (side: "longer" | "shorter"): { platform: Platform; other: Candidate; work: number }[] =>
    others
      .flatMap((x) => {
        const work = crossing(chosen, x.other, side);
        return work === undefined ? [] : [{ ...x, work }];
      })
      .sort((x, y) => Math.abs(Math.log(x.work)) - Math.abs(Math.log(y.work)));
  // The nearest length on either side: what lies beyond is decided by a third.
  const [longer] = at("longer");
  const [shorter] = at("shorter");
  for (const [x, word] of [
    [longer, "above"],
    [shorter, "below"],
  ] as const) {
    if (!x) continue;
    flips.push({
      when: `the run is ${word} about ${hours(chosen.hours.expected * x.work)} (here ${hours(chosen.hours.expected)}, where ${costAndTime(x.other)})`,
      to: x.platform.id,
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

import type { Decide } from "./context.ts";
import { usd } from "./format.ts";

/** Where it runs: your own hardware where that is what you have, else the cheapest trustworthy offer that fits. */
export const decidePlatform: Decide = ({ workload: w, catalog, chosen, candidates }) => {
  const offer = chosen.hardware.offer;
  const facts = catalog.platforms.find((p) => p.id === (offer?.platform ?? "local"))!;
  const sameKind = candidates.filter(
    (c) => c.settings.method === chosen.settings.method && c.quick.status !== "does-not-fit" && c.hardware.offer,
  );
  const cheapestElsewhere = new Map<string, (typeof sameKind)[number]>();
  for (const c of sameKind) {
    const known = cheapestElsewhere.get(c.hardware.offer!.platform);
    if (!known || c.usd.expected < known.usd.expected) cheapestElsewhere.set(c.hardware.offer!.platform, c);
  }
  const refused = MISSION_PLATFORMS.filter((id) => id !== facts.id).map((id) => {
    const other = cheapestElsewhere.get(id);
    const name = catalog.platforms.find((p) => p.id === id)?.name ?? id;
    if (id === "local") return { option: id, why: "nothing in the request says that you own a suitable GPU" };
    if (!offer)
      return {
        option: id,
        why:
          w.constraints.length > 0
            ? `your constraints (${w.constraints.join(", ")}) keep the work on your own hardware`
            : "your own hardware is enough: renting would only cost",
      };
    if (!other) return { option: id, why: `${name} has no offer in the catalog that fits and is allowed here` };
    return {
      option: id,
      why:
        other.usd.expected >= chosen.usd.expected
          ? `${usd(other.usd.expected)} on ${other.hardware.accelerator.name} against ${usd(chosen.usd.expected)}`
          : `${usd(other.usd.expected)}, but ${PREFERENCE[other.price!.confidence] ?? "less certain"}`,
    };
  });
  return {
    name: "platform",
    choice: facts.id,
    title: offer
      ? `${facts.name}, ${offer.instanceType}${offer.region === "any" ? "" : ` in ${offer.region}`}`
      : facts.name,
    reasons: offer
      ? [
          `${chosen.hardware.acceleratorCount} × ${chosen.hardware.accelerator.name} at ${usd(offer.usdPerHour)} per hour ${offer.pricing} (${offer.asOf}): ${usd(chosen.usd.expected)} expected for training.`,
          ...(offer.acceleratorCount > chosen.hardware.acceleratorCount
            ? [
                `${facts.name} sells this card only in machines of ${offer.acceleratorCount}: the price is that of the whole machine.`,
              ]
            : []),
          `Best for ${facts.bestFor.slice(0, 3).join(", ")}.`,
        ]
      : [
          "The hardware is yours: no rent, and the data stays where it is.",
          `Best for ${facts.bestFor.slice(0, 3).join(", ")}.`,
        ],
    refused,
    flips: offer
      ? [{ when: "you own a card that fits this plan", to: "local" }]
      : [{ when: "your hardware is busy or you need it faster", to: "modal" }],
    documents: facts.documents.slice(0, 2),
  };
};

const MISSION_PLATFORMS = ["modal", "lambda", "sagemaker", "local"];

const PREFERENCE: Record<string, string> = {
  "third-party": "its price was read from a third party",
  mirror: "its price was read from a mirror",
  stale: "its price is out of date",
};

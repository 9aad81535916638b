import type { Brief } from "../brief/brief.ts";
import type { Catalog } from "../catalog/schema.ts";
import { devicesFor } from "./candidates.ts";
import { marketOf, marketOffers, type Purpose } from "./market.ts";
import type { Blocker } from "./plan.ts";
import type { Workload } from "./workload.ts";

/** Something that keeps offers out, and the market without it. */
interface Rule {
  name: string;
  lifted: { w: Workload; catalog: Catalog };
}

/** What renting may be for: servers are sold as machines, as endpoints and by the second. */
const purposesOf = (w: Workload): readonly Purpose[] =>
  w.phase === "serve" ? ["serving", "managed", "serverless"] : ["training"];

/** Whether anything that the words allow is sold there. */
export const isOffered = ({ w, catalog }: { w: Workload; catalog: Catalog }): boolean =>
  purposesOf(w).some((purpose) => {
    const market = marketOf(w, catalog, purpose);
    return market !== undefined && devicesFor(w, catalog).some((d) => marketOffers(market, d.id, 1).length > 0);
  });

/** Every rule that may shut the market: a team's file, a constraint, a platform that was asked for. */
function rulesOf(w: Workload, brief: Brief, catalog: Catalog): Rule[] {
  const ofTeam = (catalog.limits ?? []).map(({ file, field, value, without }) => ({
    name: `\`${field}: [${value.join(", ")}]\` in ${file}`,
    lifted: { w, catalog: without() },
  }));
  const standing = brief.constraints?.from === "team";
  const ofWords = w.constraints.map((constraint) => ({
    name: standing ? `\`compliance: [${constraint}]\` in team.yaml` : `the constraint ${constraint}`,
    lifted: { w: { ...w, constraints: w.constraints.filter((c) => c !== constraint) }, catalog },
  }));
  const { ownAccount, ...elsewhere } = w;
  const { platform, ...anywhere } = w;
  return [
    ...ofTeam,
    ...ofWords,
    ...(ownAccount ? [{ name: "the rule that nothing leaves your VPC", lifted: { w: elsewhere, catalog } }] : []),
    ...(platform === undefined ? [] : [{ name: `the platform ${platform}`, lifted: { w: anywhere, catalog } }]),
  ];
}

const either = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : names[0]!;

/** Why nothing is on offer: the rules of which one less would leave something, or all of them together. */
export function shutOut(w: Workload, brief: Brief, catalog: Catalog): Blocker {
  const rules = rulesOf(w, brief, catalog);
  const decisive = rules.filter((rule) => isOffered(rule.lifted));
  const card = w.hardware.accelerator;
  const nothing = card ? `${card.name} is not on offer` : "No card of your own was named, and none is on offer";
  const text =
    decisive.length > 0
      ? `${nothing} within your rules. Without ${either(decisive.map((r) => r.name))} there would be.`
      : rules.length > 0
        ? `${nothing}: ${rules.map((r) => r.name).join(", ")} together leave nothing to rent.`
        : `${nothing}: the catalog has no dated price for it.`;
  return { rule: "no-offer", text };
}

import type { Catalog } from "../catalog/schema.ts";
import type { Assumption } from "../estimate/answer.ts";
import { type Candidate, enumerate } from "./candidates.ts";
import { outsideThisVersion } from "./limits.ts";
import type { Blocker } from "./plan.ts";
import type { Trials } from "./trials.ts";
import type { Workload } from "./workload.ts";

type Stock = NonNullable<Workload["hardware"]["stock"]>[number];

/** The workload on some of the cards of one kind, as if that machine had been named. */
function on({ accelerator, count, nodes, hostMemoryGib }: Stock, used: number, w: Workload): Workload {
  const nodeCount = Math.ceil((used * nodes) / count);
  const { stock } = w.hardware;
  return {
    ...w,
    hardware: {
      accelerator,
      acceleratorCount: used,
      ...(nodeCount > 1 ? { nodeCount } : {}),
      ...(hostMemoryGib === undefined ? {} : { hostMemoryGib }),
      ...(stock ? { stock } : {}),
      owned: true,
    },
  };
}

/** Whether the machine is still to be chosen from what is owned. */
export const choosesFromStock = (w: Workload): boolean =>
  w.hardware.stock !== undefined && w.hardware.acceleratorCount === undefined;

/** One, two, four … and all cards of a kind. */
function countsOf({ count }: Stock): number[] {
  const doubled = Array.from({ length: Math.ceil(Math.log2(count)) }, (_, i) => 2 ** i);
  return [...doubled, count];
}

/** Every machine that one kind of the owned cards makes and that this version plans for, the fewest cards first. */
export const stockWorkloads = (w: Workload): Workload[] =>
  (w.hardware.stock ?? [])
    .flatMap((stock) => countsOf(stock).map((used) => on(stock, used, w)))
    .filter((x) => outsideThisVersion(x) === undefined)
    .sort((a, b) => a.hardware.acceleratorCount! - b.hardware.acceleratorCount!);

/** Why none of the owned cards can be planned for; undefined where one can. */
export function nothingInStock(w: Workload): Blocker | undefined {
  const { stock } = w.hardware;
  if (!stock || !choosesFromStock(w) || stockWorkloads(w).length > 0) return undefined;
  return outsideThisVersion(on(stock[0]!, 1, w));
}

/** Every way of training on what is owned. */
export const stockCandidates = (w: Workload, catalog: Catalog, trials: Trials): Candidate[] =>
  stockWorkloads(w).flatMap((x) => enumerate(x, catalog, { trials }));

/** What was chosen from the stock, for people to correct. */
export function stockAssumptions({ hardware }: Workload): Assumption[] {
  const { stock, accelerator, acceleratorCount } = hardware;
  const from = stock?.find((s) => s.accelerator.id === accelerator?.id);
  if (!from) return [];
  const why = `of the ${from.count} × ${from.accelerator.name} that are yours, as few as do; name a machine to use another`;
  return [{ field: "acceleratorCount", value: acceleratorCount, why }];
}

/** The workload on the machine that was chosen from the stock; any other as it is. */
export function onChosen(w: Workload, chosen: Pick<Candidate, "hardware">): Workload {
  const { accelerator, acceleratorCount } = chosen.hardware;
  const from = w.hardware.stock?.find((s) => s.accelerator.id === accelerator.id && s.count >= acceleratorCount);
  return from ? on(from, acceleratorCount, w) : w;
}

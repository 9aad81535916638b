import type { Catalog } from "../catalog/schema.ts";
import type { EstimateAnswer } from "../estimate/answer.ts";
import type { Quick } from "../estimate/estimate.ts";
import { hashOf } from "../hash.ts";
import type { Range } from "../units.ts";
import type { Counted } from "./measured-units.ts";
import type { Calibration, Comparison, Plan } from "./plan.ts";
import type { Planned } from "./same-run.ts";
import { seal } from "./seal.ts";

export interface Calibrated {
  plan: Plan;
  comparison: Comparison[];
  headline: string;
}

/** Marks the notice that a later calibration replaces. */
const NOTICE = "Calibrated on ";

/** What a calibration looks at: the plan, what the probe measured, and what had been predicted. */
export interface Frame {
  plan: Plan;
  planned: Planned;
  measured: Counted;
  catalog: Catalog;
  date: string;
  /** What the plan's request is estimated to take. */
  predicted: EstimateAnswer;
  /** The same at the length that the probe ran. */
  atProbe: Quick;
}

/** Under a new hash, with a notice that says when. The input hash covers what was measured. */
export function finished(f: Frame, changed: Partial<Plan>): Calibrated {
  const { plan, measured, date } = f;
  const { calibration: _, ...before } = plan;
  const next = seal(
    {
      ...before,
      ...changed,
      today: date,
      inputHash: hashOf({ input: plan.calibration?.inputHash ?? plan.inputHash, measured, date }),
      notices: [
        ...plan.notices.filter((n) => !n.startsWith(NOTICE)),
        measured.status === "measured"
          ? `${NOTICE}${date} with a probe on ${measured.device}: memory, speed, time and cost rest on it; serving and the alternatives are estimates.`
          : `${NOTICE}${date} with a probe on ${measured.device}, which ran out of memory: the estimate was raised to at least what the card has.`,
      ],
    },
    f.catalog,
  );
  return { plan: next, comparison: next.calibration!.comparison, headline: next.calibration!.headline };
}

export function calibration(
  f: Frame,
  headline: string,
  comparison: Comparison[],
  notes: string[],
  after: { memory: EstimateAnswer; hours?: Range; usd?: Range },
): Calibration {
  const { plan, measured, date, predicted } = f;
  const changes: Calibration["changes"] = [
    {
      name: "device memory per accelerator",
      unit: "GiB",
      before: predicted.perDevice.deviceGib,
      after: after.memory.perDevice.deviceGib,
    },
  ];
  const moved = (name: string, unit: "h" | "USD", now: Range | undefined, after: Range | undefined): void => {
    const before = plan.calibration?.changes.find((c) => c.name === name)?.before ?? now;
    if (before && after && after.expected > 0) changes.push({ name, unit, before, after });
  };
  moved("training time", "h", plan.time?.trainHours, after.hours);
  moved("training cost", "USD", plan.cost?.trainUsd, after.usd);
  const { device, longestTokens } = measured;
  const inputHash = plan.calibration?.inputHash ?? plan.inputHash;
  return { from: "measured", inputHash, date, device, longestTokens, headline, comparison, changes, notes };
}

export const row = (name: string, unit: Comparison["unit"], predicted: Range, measured: number): Comparison => ({
  name,
  unit,
  predicted,
  measured,
  error: predicted.expected / measured - 1,
});

export const percent = (share: number): string => `${share >= 0 ? "+" : "−"}${Math.round(Math.abs(share) * 100)} %`;

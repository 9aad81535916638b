import type { Accelerator } from "../catalog/schema.ts";
import { constant } from "./constants.ts";

/** What the estimator needs to know about a card. Absent rates are unknown. */
export interface Device {
  id: string;
  memoryGib: number;
  usableGib: number;
  facts: Accelerator | undefined;
}

/** Between the fastest GDDR6 card (864 GB/s) and the first V100 (900). */
const SLOWEST_HBM_GBPS = 880;

/** Share of the advertised memory that the driver reports. */
function reportedShare(facts: Accelerator | undefined): number {
  if (!facts) return constant.reportedShareUnknown.value;
  if (/^rtx-\d{4}|^gtx/.test(facts.id)) return constant.reportedShareGeForce.value;
  const hbm = (facts.memoryBandwidthGBps ?? 0) >= SLOWEST_HBM_GBPS;
  return hbm ? constant.reportedShareHbm.value : constant.reportedShareEcc.value;
}

export function deviceFrom(facts: Accelerator | undefined, id: string, memoryGib: number): Device {
  const measured = facts?.usableMemoryGib !== undefined && facts.memoryGib === memoryGib;
  return { id, memoryGib, usableGib: measured ? facts.usableMemoryGib! : memoryGib * reportedShare(facts), facts };
}

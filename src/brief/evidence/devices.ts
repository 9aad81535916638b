import type { Accelerator } from "../../catalog/schema.ts";
import type { BriefValues } from "../fields.ts";
import type { Span } from "../text.ts";
import type { Evidence } from "./evidence.ts";
import { nominalGib } from "./nominal.ts";

/** One accelerator as a vendor's tool lists it. */
export interface ShownDevice {
  name: string;
  totalMib?: number;
  usedMib?: number;
  span: Span;
}

/** What a list of devices says: the first one's card, how many are like it, their memory, the fullest one's use, the driver. */
export function deviceFindings(
  devices: readonly ShownDevice[],
  cardOf: (name: string, totalGib: number | undefined) => Accelerator | undefined,
  driver: string | undefined,
): Evidence["findings"] {
  const [first] = devices;
  if (first === undefined) return [];
  const { span } = first;
  const totalGib = first.totalMib === undefined ? undefined : first.totalMib / 1024;
  const card = cardOf(first.name, totalGib);
  const findings: Evidence["findings"] = [];
  if (card) findings.push({ field: "accelerator", value: card.id, span });
  // A machine with different cards counts the ones like the first: a run uses equal ones.
  findings.push({ field: "acceleratorCount", value: devices.filter((d) => d.name === first.name).length, span });
  const size = totalGib === undefined ? card?.memoryGib : nominalGib(totalGib);
  if (size !== undefined) findings.push({ field: "acceleratorMemoryGib", value: size, span });
  const measured: NonNullable<BriefValues["measured"]> = {};
  if (driver !== undefined) measured.driver = driver;
  if (totalGib !== undefined) measured.capacityGib = totalGib;
  const usedMib = Math.max(...devices.map((d) => d.usedMib ?? 0));
  if (usedMib > 0) measured.deviceGib = usedMib / 1024;
  if (Object.keys(measured).length > 0) findings.push({ field: "measured", value: measured, span });
  return findings;
}

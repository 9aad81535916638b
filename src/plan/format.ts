import type { Range } from "../units.ts";
import type { ServedFormat } from "./workload.ts";

/** 12.345 → "12.3"; 0.0042 → "0.0042"; 1234.5 → "1,235". */
export function number(value: number): string {
  if (!Number.isFinite(value)) return "unknown";
  const abs = Math.abs(value);
  if (abs >= 1000) return thousands(Math.round(value));
  if (abs >= 100) return String(Math.round(value));
  if (abs >= 10) return String(Math.round(value * 10) / 10);
  return String(Number(value.toPrecision(2)));
}

function thousands(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Counts are never rounded to two digits: 50000 → "50,000". */
export const count = (value: number): string => thousands(Math.round(value));

/** Two digits of what is below a cent: a price per million of something cheap is not nothing. */
const cents = (value: number): string =>
  value > 0 && value < 0.01 ? value.toFixed(Math.min(8, 1 - Math.floor(Math.log10(value)))) : value.toFixed(2);
export const usd = (value: number): string => (value >= 100 ? `$${thousands(Math.round(value))}` : `$${cents(value)}`);
export const usdRange = (r: Range): string => rangeText(r, usd);
export const gib = (value: number): string =>
  value > 0 && value < 0.05
    ? `${Math.max(1, Math.round(value * 1024))} MiB`
    : `${value >= 100 ? Math.round(value) : value.toFixed(1)} GiB`;
export const gibRange = (r: Range): string => rangeText(r, gib);

/** "$642", or "$642 ($512 to $964)" where there is a range to see. */
export function rangeText(r: Range, show: (value: number) => string): string {
  const [low, expected, high] = [show(r.low), show(r.expected), show(r.high)];
  return low === high ? expected : `${expected} (${low} to ${high})`;
}

/** 5 → "5 requests per second". */
export const requestRate = (perSecond: number): string =>
  `${number(perSecond)} ${number(perSecond) === "1" ? "request" : "requests"} per second`;

/** 1 → "1 request in flight". */
export const inFlight = (requests: number): string =>
  `${count(requests)} ${requests === 1 ? "request" : "requests"} in flight`;

/** Hours as a person would say them: minutes below two hours, days above three. */
export function hours(value: number): string {
  if (value < 2) return `${Math.max(1, Math.round(value * 60))} min`;
  if (value < 72) return `${number(value)} h`;
  return `${number(value / 24)} days`;
}
export const hoursRange = (r: Range): string => rangeText(r, hours);

function seconds(value: number): string {
  if (value < 1) return `${Math.max(1, Math.round(value * 1000))} ms`;
  if (value < 120) return `${number(value)} s`;
  return `${number(value / 60)} min`;
}
export const secondsRange = (r: Range): string => rangeText(r, seconds);

/** What people call the format of a served model's weights. */
export const FORMATS: Record<ServedFormat, string> = {
  none: "16-bit",
  fp8: "fp8",
  int8: "8-bit",
  "awq-int4": "4-bit AWQ",
  "gptq-int4": "4-bit GPTQ",
};

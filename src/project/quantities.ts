import type { TimePlan } from "../plan/plan.ts";
import type { Range } from "../units.ts";

/** 1234.5 → "1,235"; 0.042 → "0.042": three significant digits below a thousand, whole numbers above. */
export function number(value: number): string {
  const shown = Math.abs(value) >= 1000 ? Math.round(value) : Number(value.toPrecision(3));
  const [whole = "0", fraction] = plain(shown).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** Never in exponent form, which readers and YAML 1.1 both misread. */
function plain(value: number): string {
  const text = String(value);
  return /e-/.test(text) ? value.toFixed(12).replace(/0+$/, "") : /e\+/.test(text) ? BigInt(value).toString() : text;
}

export const usd = (value: number): string => (value < 100 ? `$${value.toFixed(2)}` : `$${number(value)}`);
export const gib = (value: number): string => `${value.toFixed(1)} GiB`;
export const hours = (value: number): string => (value < 1 ? `${number(value * 60)} min` : `${number(value)} h`);
export const seconds = (value: number): string => (value < 1 ? `${number(value * 1000)} ms` : `${number(value)} s`);

/** 2, "replica" → "2 replicas". */
export const counted = (value: number, unit: string): string => `${number(value)} ${unit}${value === 1 ? "" : "s"}`;
/** As people say it: "5 requests/s", and "200 requests a day" where a second sees none. */
export const requestRate = (perSecond: number): string =>
  perSecond < 0.1 ? `${counted(Math.round(perSecond * 86_400), "request")} a day` : `${number(perSecond)} requests/s`;

/** Seconds of one optimizer step: what a person compares with the log after the first hundred. */
export const secondsPerStep = (time: TimePlan): number =>
  time.secondsPerStep ?? (time.trainHours.expected * 3600) / Math.max(1, time.optimizerSteps);

/** "17.2 GiB (16.1 GiB to 19.0 GiB)": the expected value first, then the range nine in ten outcomes lie in. */
export function ranged(r: Range, show: (value: number) => string): string {
  const [low, expected, high] = [show(r.low), show(r.expected), show(r.high)];
  return low === high ? expected : `${expected} (${low} to ${high})`;
}

/** Whether what is served writes token by token; what answers in one pass has no further tokens. */
export const writes = (serving: { timePerOutputTokenSeconds: Range }): boolean =>
  serving.timePerOutputTokenSeconds.high > 0;

import type { Platform } from "../catalog/schema.ts";
import type { Wishes } from "./workload.ts";

/** Median wage of US software developers: $133,080 a year over 2080 hours (BLS, May 2024). */
export const ENGINEER_USD_PER_HOUR = 64;
/** Set-up is learned once and used again: a run pays its share. A judgement. */
const RUNS_PER_SET_UP = 4;

/** Certificates that a constraint asks for, as the platforms' facts name them. */
export const CERTIFICATES = { hipaa: "HIPAA", soc2: "SOC 2" } as const;

const asksForCertificate = (w: Wishes): boolean => w.constraints.includes("hipaa") || w.constraints.includes("soc2");

/** What people call by one name and we plan as another. */
const NAMED: Readonly<Record<string, readonly string[]>> = {
  "hugging-face": ["hf-jobs", "hf-inference-endpoints"],
  vertex: ["gcp"],
  "azure-ml": ["azure"],
  oracle: ["oracle-cloud"],
};

/** Whether the person asked for this platform by name. */
export const isNamed = (platform: Platform, name: string): boolean => (NAMED[name] ?? [name]).includes(platform.id);

/** Whether the person lives on this platform already. */
const hasAccount = (platform: Platform, w: Wishes): boolean =>
  (w.platform !== undefined && isNamed(platform, w.platform)) ||
  (platform.traits.account !== undefined && w.constraints.includes(platform.traits.account));

/** Who never rented a machine takes longer to set one up; a platform that runs the job asks little of anybody. */
const BEGINNER = 2;

/** A person's hours before the first run: set-up, an account where there is none, and what a certificate takes. */
export function setUpHours(platform: Platform, w: Wishes): number {
  const { setUpHours: usual, newAccountHours, complianceHours, managed, scaleToZero } = platform.traits;
  const own = w.constraints.includes("beginner-team") && !managed && !scaleToZero ? usual * BEGINNER : usual;
  return own + (hasAccount(platform, w) ? 0 : newAccountHours) + (asksForCertificate(w) ? complianceHours : 0);
}

/** What one run's share of that work is worth, USD. Ranked with the rent, never shown as part of it. */
export const effortUsd = (platform: Platform, w: Wishes): number =>
  (setUpHours(platform, w) * ENGINEER_USD_PER_HOUR) / RUNS_PER_SET_UP;

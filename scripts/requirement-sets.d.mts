export interface Pin {
  /** Canonical: lower case, dashes. */
  name: string;
  extras: string;
  version: string;
  marker: string;
}
export interface RequirementSet {
  path: string;
  folder: string;
  /** Undefined where the file says that it needs none. */
  lock: string | undefined;
  text: string;
  pins: Pin[];
  /** Why it has an environment of its own. */
  apart: string | undefined;
  /** Why what it depends on stays out of its lock. */
  alone: string | undefined;
}
export const ROOT: string;
export const VERSIONS: string;
export function pinsOf(text: string): Pin[];
export function requirementSets(): RequirementSet[];
export function readVersions(): Map<string, { version: string; held: string | undefined }>;
export function withVersions(text: string, versions: ReadonlyMap<string, { version: string }>): string;

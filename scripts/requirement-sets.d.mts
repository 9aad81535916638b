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
  lock: string;
  text: string;
  pins: Pin[];
  /** Why it has an environment of its own. */
  apart: string | undefined;
}
export const ROOT: string;
export const VERSIONS: string;
export function pinsOf(text: string): Pin[];
export function requirementSets(): RequirementSet[];
export function readVersions(): Map<string, { version: string; held: string | undefined }>;
export function withVersions(text: string, versions: ReadonlyMap<string, { version: string }>): string;

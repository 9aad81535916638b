/** Public entry for reading somebody's project. Needs yaml, which a plan does not. */

export { contradictions } from "./existing/contradictions.ts";
export type { ExistingFile, Finding } from "./existing/file.ts";
export { type ExistingProject, placeOf, readExisting } from "./existing/read-existing.ts";
export { DEEPEST, FEWEST_MEDIA, HEAD_BYTES, isBinaryData, isEntered, wanted } from "./existing/wanted.ts";

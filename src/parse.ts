/** Public entry for untrusted values: everything here needs zod, which a plan does not. */
export { validateCatalog } from "./catalog/validate.ts";
export { parseRequest } from "./estimate/parse.ts";
export { parseMeasured, parsePlan } from "./plan/parse.ts";
export { parseTeam, type Team } from "./team/schema.ts";

/** The public surface of the core. No logic here; effects live in the `adapters` subpaths. */
export type { Brief, BriefField, BriefValues, Conflict, Question, ReadAnswer } from "./brief/brief.ts";
export { BRIEF_FIELDS } from "./brief/fields.ts";
export { readText } from "./brief/read.ts";
export { bareValues, briefFromValues, setField } from "./brief/values.ts";
export { catalog } from "./catalog/catalog.ts";
export { acceleratorNames, findAccelerator, findModel, isSlip, modelNames, nearestNames } from "./catalog/names.ts";
export type {
  Accelerator,
  Architecture,
  Catalog,
  Document,
  Framework,
  LaunchNames,
  Method,
  Model,
  Platform,
  Price,
} from "./catalog/schema.ts";
export { AdvisorError, type ErrorCode } from "./error.ts";
export type { EstimateAnswer, Part, Repair } from "./estimate/answer.ts";
export { estimate } from "./estimate/estimate.ts";
export type { EstimateRequest } from "./estimate/request.ts";
export { canonicalJson, hashOf } from "./hash.ts";
export type { Chart, Theme } from "./picture/chart.ts";
export { type CostPoint, costChart, costPoints } from "./picture/cost.ts";
export { gibText, type MemoryRow, memoryChart, memoryRows } from "./picture/memory.ts";
export { advise } from "./plan/advise.ts";
export { ask } from "./plan/ask.ts";
export { calibrate } from "./plan/calibrate.ts";
export type { Calibrated } from "./plan/calibrated.ts";
export { type Change, compare, type Difference } from "./plan/compare.ts";
export { explain } from "./plan/explain.ts";
export { explainDifference } from "./plan/explain-difference.ts";
export { fitText } from "./plan/fit.ts";
export { hours as hoursText, usd as usdText } from "./plan/format.ts";
export { shownValue } from "./plan/markdown.ts";
export type { Measured } from "./plan/measured.ts";
export { type OutlineBlock, outline } from "./plan/outline.ts";
export { assignments, type Phrasing, SPOKEN } from "./plan/phrasing.ts";
export type { Plan } from "./plan/plan.ts";
export { resolve } from "./plan/resolve.ts";
export { PLANNER_VERSION } from "./plan/seal.ts";
export { blockersBeside, partsBeside, verdictTitle } from "./plan/sentences.ts";
export { explainReasons, type Reasons, why } from "./plan/why.ts";
export type { Workload } from "./plan/workload.ts";
export { findSecrets, redactSecrets, secretNotices } from "./secrets.ts";
export { teamBrief, teamCatalog, withTeam } from "./team/apply.ts";
export { blockingLines } from "./team/blocking.ts";
export { teamPlaces } from "./team/places.ts";
export { GIB, type Range } from "./units.ts";

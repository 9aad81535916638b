import { nearestNames } from "../catalog/names.ts";
import { Architecture } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import { EstimateRequest } from "./request.ts";

/** The keys that are known where an unknown one stands. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  if (path[0] === "model") return Object.keys(Architecture.shape);
  if (path[0] === "accelerator") return ["id", "memoryGib"];
  return Object.keys(EstimateRequest.shape);
}

/** Checks one parsed line against the contract. An unknown key is an error that names it and the nearest known one. */
export function parseRequest(value: unknown): EstimateRequest {
  const result = EstimateRequest.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const path = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const key = issue.keys[0]!;
    const near = nearestNames(key, knownKeys(issue.path), 1)[0];
    throw new AdvisorError(
      "unknown-name",
      `Unknown field "${[...issue.path, key].join(".")}"`,
      near ? `Did you mean "${near}"?` : "See the estimate request in the README.",
    );
  }
  throw new AdvisorError(
    "invalid-input",
    path ? `${path}: ${issue.message}` : issue.message,
    path
      ? `Correct "${path}" and try again; phase, model and accelerator are required.`
      : "A request is a JSON object with phase, model and accelerator.",
  );
}

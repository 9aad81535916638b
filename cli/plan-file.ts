import { AdvisorError, type Plan } from "../src/index.ts";
import { readNamedFile } from "./brief-file.ts";

const LARGEST_PLAN_BYTES = 16 * 2 ** 20;

/** A plan that a person named: `plan.json` of a project, or what `plan --json` printed. */
export async function readPlanFile(path: string): Promise<Plan> {
  const text = await readNamedFile(path, "the plan", LARGEST_PLAN_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new AdvisorError(
      "invalid-input",
      `"${path}" is not a plan that can be used: it is not JSON`,
      `Make it with: ml-architect plan "TEXT" --json > ${path}`,
      cause,
    );
  }
  const { parsePlan } = await import("../src/parse.ts");
  return parsePlan(value, path);
}

/** The plan after --plan, which a command cannot do without. */
export async function givenPlan(path: string | undefined, command: string, example: string): Promise<Plan> {
  if (path !== undefined) return readPlanFile(path);
  throw new AdvisorError(
    "invalid-input",
    `--plan is missing: ${command} looks into a plan`,
    `For example: ${example}. A text that begins with "${command}" goes after \`--\`.`,
  );
}

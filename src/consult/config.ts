import { AdvisorError } from "../error.ts";
import type { Plan } from "../plan/plan.ts";
import { type Setting, settings } from "../project/settings.ts";

/** The values that a plan puts into the project's configuration, as YAML under the configuration's own keys. */
export function configOf(plan: Plan): string {
  if (!plan.workload || plan.status !== "feasible")
    throw new AdvisorError(
      "invalid-input",
      "There is no configuration: no plan fits yet",
      "Change what blocks it first.",
    );
  const run = {
    plan,
    workload: plan.workload,
    training: plan.training,
    hardware: plan.hardware,
    projectName: "project",
  };
  const sections = new Map<string, Setting[]>();
  for (const setting of settings(run)) {
    // The folder gives the project its name.
    if (setting.key === "name" && setting.section === "project") continue;
    sections.set(setting.section, [...(sections.get(setting.section) ?? []), setting]);
  }
  return [...sections]
    .map(([section, found]) => `${section}:\n${found.map(({ key, value }) => `  ${key}: ${scalar(value)}`).join("\n")}`)
    .join("\n")
    .concat("\n");
}

/** JSON is YAML: whatever a person named stays one value. */
const scalar = (value: Setting["value"]): string =>
  typeof value === "string" &&
  /^[A-Za-z][\w./-]*$/.test(value) &&
  !/^(?:true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value);

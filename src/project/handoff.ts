import { type ProjectContext, planName } from "./context.ts";
import type { Brief } from "./handoff-brief.ts";
import { dataEngineer } from "./handoff-data.ts";
import { deploymentEngineer } from "./handoff-deployment.ts";
import { securitySpecialist } from "./handoff-security.ts";
import { trainingSpecialist } from "./handoff-training.ts";
import { code, list, page, table } from "./markdown.ts";

/** handoff/*.md: what each specialist has to know, to answer and to show. Path → text. */
export function handoff(context: ProjectContext): Map<string, string> {
  const briefs: [string, Brief][] = [
    ["data-engineer", dataEngineer(context)],
    ["training-specialist", trainingSpecialist(context)],
    ["deployment-engineer", deploymentEngineer(context)],
    ["security-specialist", securitySpecialist(context)],
  ];
  return new Map(briefs.map(([name, brief]) => [`handoff/${name}.md`, written(context, brief)]));
}

function written(context: ProjectContext, brief: Brief): string {
  return page(
    `# Brief: ${brief.role}`,
    brief.goal,
    page(
      "## What the plan counts on",
      `Plan ${code(planName(context.plan))} of ${context.plan.today}.`,
      table(["", ""], brief.facts),
    ).trimEnd(),
    page("## Work", brief.work.map((item, at) => `${at + 1}. ${item}`).join("\n")).trimEnd(),
    page("## Open questions", list(brief.questions, "None from the planner.")).trimEnd(),
    page("## Done when", brief.acceptance.map((item) => `- [ ] ${item}`).join("\n")).trimEnd(),
    `Where to look: ${brief.files.map(code).join(", ")}.`,
  );
}

import { type ProjectContext, planName, trains } from "./context.ts";
import { type Brief, decidedAlready, riskText } from "./handoff-brief.ts";
import { dataEngineer } from "./handoff-data.ts";
import { deploymentEngineer } from "./handoff-deployment.ts";
import { securitySpecialist } from "./handoff-security.ts";
import { trainingSpecialist } from "./handoff-training.ts";
import { untrained } from "./handoff-untrained.ts";
import { code, list, page, sentence, table } from "./markdown.ts";

/** handoff/*.md: what each specialist has to know, to answer and to show. Path → text. */
export function handoff(context: ProjectContext): Map<string, string> {
  const before = trains(context)
    ? { data: dataEngineer(context), training: trainingSpecialist(context) }
    : untrained(context);
  const briefs: [string, Brief][] = [
    ["data-engineer", before.data],
    ["training-specialist", before.training],
    ["deployment-engineer", deploymentEngineer(context)],
    ["security-specialist", securitySpecialist(context)],
  ];
  return new Map(briefs.map(([name, brief]) => [`handoff/${name}.md`, written(context, brief)]));
}

function written(context: ProjectContext, brief: Brief): string {
  const { plan } = context;
  const section = (title: string, ...blocks: (string | undefined)[]): string =>
    page(`## ${title}`, ...blocks).trimEnd();
  const first = ["install", "check", "sample"].filter((name) => context.targets.has(name));
  const risks = [
    ...plan.risks.filter((risk) => brief.risks.ofPlan.test(risk.text)).map(riskText),
    ...brief.risks.standing,
  ];
  return page(
    `# Brief: ${brief.role}`,
    brief.goal,
    section(
      "Context",
      sentence(plan.headline),
      [
        `Project ${code(context.projectName)}, plan ${code(planName(plan))} of ${plan.today}: generated${context.training ? ", nothing is trained yet" : ""}. ${code(`make ${first.join(" ")}`)} shows in minutes, on any CPU, that all of it runs with a tiny model.`,
        ...brief.context,
      ].join(" "),
    ),
    section("Your task", brief.work.map((item, at) => `${at + 1}. ${item}`).join("\n")),
    section("What you are given", table(["Where", "What", "From"], brief.inputs)),
    section("What you deliver", table(["Where", "What", "How"], brief.outputs)),
    brief.facts.length === 0
      ? undefined
      : section(
          "Numbers of the plan",
          "Expected value first, then the range that nine outcomes in ten lie in. Outside of it the plan is wrong, not you: say so.",
          table(["", ""], brief.facts),
        ),
    section(
      "Decided already",
      list(decidedAlready(context, brief.decided), "Nothing that binds this work."),
      "All reasons are in PLAN.md. A new fact reopens a decision: make the plan again with it.",
    ),
    section("Done when", brief.acceptance.map((item) => `- [ ] ${item}`).join("\n")),
    section("Risks", list(risks)),
    section("Open questions", list(brief.questions, "None from the planner.")),
    `Where to look: ${brief.files.map(code).join(", ")}.`,
  );
}

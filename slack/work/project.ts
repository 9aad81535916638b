import { listTemplates, readTemplate } from "../../src/adapters/files.ts";
import { AdvisorError, explain, type Plan } from "../../src/index.ts";
import { chooseTemplate, scaffold } from "../../src/project.ts";

/** The project's name where nobody gave one: `new ml-project` writes the same bytes. */
export const PROJECT_NAME = "ml-project";

/** The files of a plan, path → text: what a pull request and a zip hold. */
export async function projectOf(plan: Plan): Promise<Map<string, string>> {
  const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
  return scaffold(plan, template, { projectName: PROJECT_NAME, planMarkdown: explain(plan) });
}

/** How many files that is; undefined where there is no template for such a plan yet. */
export async function fileCountOf(plan: Plan): Promise<number | undefined> {
  try {
    return (await projectOf(plan)).size;
  } catch (error) {
    if (error instanceof AdvisorError) return undefined;
    throw error;
  }
}

/** Public entry for writing projects: plan and template to files, and what a check found. Needs yaml, which a plan does not. */
export type { ChecklistItem, ChecklistReport } from "./project/checklist.ts";
export { projectNameFrom } from "./project/path.ts";
export { scaffold } from "./project/scaffold.ts";
export { chooseTemplate, type Template } from "./project/template.ts";

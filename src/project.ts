/** Public entry for writing projects: plan and template to files, and what a check found. Needs yaml, which a plan does not. */
export type { ChecklistItem, ChecklistReport } from "./project/checklist.ts";
export { MANIFEST_PATH, type ProjectManifest, parseManifest } from "./project/manifest.ts";
export { type ExistingFolder, type MergeResult, merge, pathsOfInterest } from "./project/merge.ts";
export { modeOf } from "./project/mode.ts";
export { notebookOf } from "./project/notebook.ts";
export { projectNameFrom } from "./project/path.ts";
export { scaffold } from "./project/scaffold.ts";
export { checkSecrets } from "./project/secrets.ts";
export { chooseTemplate, type Template } from "./project/template.ts";
export { zipOf } from "./project/zip.ts";

/** Public entry for writing projects: plan and template to files, and what a check found. Needs yaml, which a plan does not. */
export type { ChecklistItem, ChecklistReport } from "./project/checklist.ts";
export { CONFIG_FILES } from "./project/configs.ts";
export { type Complaint, type ConfigurationRepair, checkConfiguration } from "./project/configuration-check.ts";
export { repairConfiguration } from "./project/configuration-repair.ts";
export { settingsOf } from "./project/configuration-values.ts";
export { MANIFEST_PATH, parseManifest } from "./project/manifest.ts";
export { merge, pathsOfInterest } from "./project/merge.ts";
export { modeOf } from "./project/mode.ts";
export { notebookOf } from "./project/notebook.ts";
export { projectNameFrom } from "./project/path.ts";
export { scaffold } from "./project/scaffold.ts";
export { checkSecrets } from "./project/secrets.ts";
export {
  isSmokeStep,
  SMOKE,
  SMOKE_OUTPUT,
  SMOKE_STEPS,
  type SmokeSettings,
  type SmokeStep,
  smokeCommand,
  smokeSettings,
} from "./project/smoke.ts";
export { changeText, type Diagnosis, diagnose } from "./project/smoke-diagnosis.ts";
export { chooseTemplate, type Template } from "./project/template.ts";
export { zipOf } from "./project/zip.ts";

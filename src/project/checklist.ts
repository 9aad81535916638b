import { list, page, sentence, table } from "./markdown.ts";

/** The eleven items that a project has to satisfy, in their order. */
export const CHECKLIST = [
  { id: "documents", title: "Documentation of the chosen frameworks and platforms was read" },
  { id: "structure", title: "All necessary directories are there" },
  { id: "dependencies", title: "Dependencies are listed with versions" },
  { id: "configs", title: "Training configuration is there, documented, and parses" },
  { id: "data", title: "The data loading pipeline works and is tested" },
  { id: "model", title: "Model initialisation works" },
  { id: "environment", title: "The environment is documented (Python, CUDA, driver, keys)" },
  { id: "costs", title: "Costs of training and inference are estimated" },
  { id: "deployment", title: "The deployment is documented with clear instructions" },
  { id: "readme", title: "The README has a quickstart and troubleshooting" },
  { id: "reproducibility", title: "Training is reproducible (seeds, versions, configuration)" },
] as const;
export type ItemId = (typeof CHECKLIST)[number]["id"];
type ItemStatus = "pass" | "fail" | "unknown";

/** One thing that was looked at: it held, it did not, or it could not be checked (`ok` undefined; the text says why). */
export interface Finding {
  item: ItemId;
  ok: boolean | undefined;
  text: string;
}

export interface ChecklistItem {
  id: ItemId;
  title: string;
  status: ItemStatus;
  /** What failed first, then what could not be checked, then what held. */
  evidence: string[];
}

/** The answer of `verify`. */
export interface ChecklistReport {
  /** fail where any item failed; unknown where some could not be checked; pass only where all eleven hold. */
  status: ItemStatus;
  items: ChecklistItem[];
  counts: Record<ItemStatus, number>;
  /** UTC day of the check. */
  today: string;
  projectName: string;
  /** Absent for a project without a plan. */
  planHash?: string;
}

/** Findings → the eleven items. An item passes only if something was checked, all of it held, and nothing was left out. */
export function judge(findings: readonly Finding[]): ChecklistItem[] {
  return CHECKLIST.map(({ id, title }) => {
    const own = findings.filter((finding) => finding.item === id);
    const [failed, open, held] = [false, undefined, true].map((ok) => own.filter((finding) => finding.ok === ok)) as [
      Finding[],
      Finding[],
      Finding[],
    ];
    const status: ItemStatus = failed.length > 0 ? "fail" : open.length > 0 || held.length === 0 ? "unknown" : "pass";
    const evidence = [...failed, ...open, ...held].map((finding) => finding.text);
    return { id, title, status, evidence: evidence.length > 0 ? evidence : ["nothing was checked"] };
  });
}

export function checklistReport(
  findings: readonly Finding[],
  about: { today: string; projectName: string; planHash?: string },
): ChecklistReport {
  const items = judge(findings);
  const counts = { pass: 0, fail: 0, unknown: 0 };
  for (const item of items) counts[item.status] += 1;
  const status = counts.fail > 0 ? "fail" : counts.unknown > 0 ? "unknown" : "pass";
  return { status, items, counts, ...about };
}

/** CHECKLIST.md of a report. */
export function checklistMarkdown(report: ChecklistReport): string {
  const { counts } = report;
  return page(
    "# Checklist",
    `Checked on ${report.today} by \`ml-architect verify\`: ${counts.pass} passed, ${counts.fail} failed, ${counts.unknown} unknown.${report.planHash ? ` Plan \`${report.planHash}\`.` : ""}`,
    itemTable(report.items),
    ...report.items.map((item) =>
      page(`## ${item.title}: ${item.status}`, list(item.evidence.map(sentence))).trimEnd(),
    ),
    LEGEND,
  );
}

/** CHECKLIST.md before anything was checked. */
export function uncheckedChecklist(): string {
  return page(
    "# Checklist",
    "Nothing was checked yet: every item is unknown until `ml-architect verify .` ran in this folder. It installs the locked packages into `.venv`, runs the project's own checks and fills in this file.",
    itemTable(judge([])),
    LEGEND,
  );
}

const itemTable = (items: readonly ChecklistItem[]): string =>
  table(
    ["Item", "Status"],
    items.map((item) => [item.title, item.status]),
  );

const LEGEND =
  "**pass**: everything looked at held. **fail**: something did not. **unknown**: something could not be checked here, and the evidence says why; it is never counted as a pass.";

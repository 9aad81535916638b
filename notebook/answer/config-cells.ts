import type { Plan } from "../../src/index.ts";
import type { PlannedCell } from "../cells/cell.ts";

/** A plan's configuration as a cell that a person may edit. */
export function configCells({ planHash }: Plan, yaml: string): PlannedCell[] {
  return [{ id: "config", kind: "code", source: `%%architect config\n${yaml.trimEnd()}\n`, step: 0, planHash }];
}

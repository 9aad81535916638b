import type { Catalog } from "../../catalog/schema.ts";
import type { BriefField, BriefValues } from "../fields.ts";
import type { Span, Text } from "../text.ts";
import { readAmdSmi } from "./amd-smi.ts";
import { readConfiguration } from "./configuration.ts";
import { readHostKill } from "./host-kill.ts";
import { readMemoryError } from "./memory-error.ts";
import { readNvidiaSmi } from "./nvidia-smi.ts";

/** One value that a paste states, and where. */
export type Finding = { [F in BriefField]: { field: F; value: NonNullable<BriefValues[F]>; span: Span } }[BriefField];

/** What one kind of paste says, and the words that are its own: prose readers must not look for wishes there. */
export interface Evidence {
  findings: Finding[];
  spans: Span[];
}

/** Everything pasted in a text that a program wrote: errors, tables of devices, configurations. */
export function findEvidence(text: Text, catalog: Catalog): Evidence {
  const kinds = [
    readMemoryError(text),
    readHostKill(text),
    readNvidiaSmi(text, catalog),
    readAmdSmi(text, catalog),
    readConfiguration(text, catalog),
  ];
  return { findings: merge(kinds.flatMap((kind) => kind.findings)), spans: kinds.flatMap((kind) => kind.spans) };
}

/** Two pastes may each measure a part of one run: their records become one. */
function merge(findings: readonly Finding[]): Finding[] {
  const found: Finding[] = [];
  for (const finding of findings) {
    const known = found.find((f) => f.field === finding.field);
    if (known === undefined) found.push(finding);
    else if (known.field === "measured" || known.field === "current")
      found[found.indexOf(known)] = {
        ...known,
        value: { ...(finding.value as object), ...known.value },
      } as Finding;
  }
  return found;
}

import {
  advise,
  type Brief,
  type BriefField,
  catalog,
  type Plan,
  type ReadAnswer,
  readText,
  setField,
} from "../src/index.ts";
import { readBriefFile } from "./brief-file.ts";

/** The UTC day that prices and dates are judged by. The core has no clock. */
export const today = (): string => new Date().toISOString().slice(0, 10);

export interface Said {
  text?: string;
  briefFile?: string;
  set: readonly string[];
}

/**
 * What a person said in its three ways, the strongest last: the brief file, the words they typed now, `--set`.
 * What the reader only inferred from the words gives way to the file, which states it.
 */
export async function understood({ text, briefFile, set }: Said): Promise<Omit<ReadAnswer, "questions">> {
  const read: Omit<ReadAnswer, "questions"> =
    text === undefined ? { brief: {}, conflicts: [], notices: [] } : readText(text, catalog, { today: today() });
  const notices = [...read.notices];
  let brief = read.brief;
  if (briefFile !== undefined) brief = overlaid(brief, await readBriefFile(briefFile), notices);
  for (const change of set) brief = setField(brief, change);
  const settled = new Set(set.map((change) => change.split("=", 1)[0]?.trim()));
  const conflicts = read.conflicts.filter(({ fields }) => !fields.some((field) => settled.has(field)));
  return { brief, conflicts, notices };
}

function overlaid(words: Brief, file: Brief, notices: string[]): Brief {
  const brief: Record<string, unknown> = { ...file };
  for (const [field, said] of Object.entries(words)) {
    const filed = file[field as BriefField];
    if (filed === undefined) brief[field] = said;
    else if (said.from === "stated" || said.from === "measured") {
      brief[field] = said;
      if (JSON.stringify(filed.value) !== JSON.stringify(said.value))
        notices.push(
          `${field}: your words say ${JSON.stringify(said.value)}, the brief file ${JSON.stringify(filed.value)}; your words were used.`,
        );
    }
  }
  return brief as Brief;
}

/** Text, brief file and flags → plan. */
export async function planned(said: Said): Promise<Plan> {
  return advise(await understood(said), catalog, { today: today() });
}

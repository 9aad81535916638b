import type { BriefValues } from "../../src/brief/brief.ts";

/** One labelled brief. `optional` fields may be present with that value ("*" is any); `mustNot` fields may not. */
export interface Labelled {
  id: string;
  split: "tuning" | "held-out";
  text: string;
  expected: Record<string, unknown>;
  must_not: string[];
  optional: Record<string, unknown>;
  conflict?: boolean;
}

export interface Tally {
  right: number;
  wrong: string[];
  missed: string[];
}

/** Fields whose value is a judgement: wrong only where the label names one. */
const JUDGED = new Set([
  "modality",
  "task",
  "budgetPeriod",
  "phase",
  "dataStatus",
  "dataSizeGib",
  "dataLocation",
  "environments",
  "budget",
  "measured",
  "current",
  // A public label does not speak of pixels.
  "imageSize",
  "owned",
  "audioHours",
]);
/** One constraint that another implies. */
const IMPLIED: Record<string, string[]> = {
  "air-gapped": ["offline", "no-cloud"],
  offline: ["air-gapped", "no-cloud"],
  gdpr: ["eu-only"],
  "eu-only": ["gdpr"],
  hipaa: ["soc2"],
};
const SAME_TASK = [/classif/, /extract/, /transcri/, /summar/, /code/, /sft|fine/, /chat|assistant/];

const squash = (name: unknown) =>
  String(name)
    .toLowerCase()
    .split("/")
    .at(-1)!
    .replace(/\b(?:meta|instruct|base|uncased|it|hf|chat|v0\.\d|v\d\.\d|1\.0|\d{4})\b/g, "")
    .replace(/stable-diffusion-v1-5/, "sd1.5")
    .replace(/[^a-z0-9]/g, "");
const card = (name: unknown) =>
  String(name)
    .toLowerCase()
    .replace(/rtx|gtx|apple|sxm|pcie|nvl|\d+gb/g, "")
    .replace(/[^a-z0-9]/g, "");

function same(field: string, want: unknown, got: unknown): boolean {
  if (want === "*") return true;
  if (want !== null && typeof want === "object" && "any" in want)
    return (want.any as unknown[]).some((w) => same(field, w, got));
  if (want !== null && typeof want === "object" && "min" in want) {
    const ends = typeof got === "object" && got !== null ? Object.values(got) : [got];
    const { min, max } = want as { min: number; max: number };
    return ends.length > 0 && ends.every((v) => Number(v) >= min && Number(v) <= max);
  }
  if (field === "alternatives") {
    const wanted = want as BriefValues[];
    const given = got as BriefValues[];
    return (
      given.length === wanted.length &&
      wanted.every((w) => given.some((g) => Object.entries(w).every(([k, v]) => same(k, v, g[k as keyof BriefValues]))))
    );
  }
  if (typeof want === "number")
    return typeof got === "number" && Math.abs(got - want) <= (field === "parameterCount" ? 0.12 : 0.02) * want;
  if (field === "budget" || field === "environments" || field === "measured")
    return JSON.stringify(want) === JSON.stringify(got);
  if (field === "model") return squash(want) === squash(got) || squash(got).startsWith(squash(want));
  if (field === "accelerator") return card(want) === card(got);
  if (field === "task") return want === got || SAME_TASK.some((p) => p.test(String(want)) && p.test(String(got)));
  return want === got;
}

/** Compares what was read with the label, as the public scorer does. */
export function judge(row: Labelled, got: BriefValues): Tally {
  const tally: Tally = { right: 0, wrong: [], missed: [] };
  for (const field of new Set([...Object.keys(row.expected), ...Object.keys(got)])) {
    const value = got[field as keyof BriefValues];
    const want = row.expected[field];
    if (field === "constraints") {
      const have = new Set((value as string[] | undefined) ?? []);
      const wanted = (want as string[] | undefined) ?? [];
      const free = new Set([
        ...((row.optional[field] as string[] | undefined) ?? []),
        ...wanted.flatMap((c) => IMPLIED[c] ?? []),
      ]);
      for (const c of wanted) have.has(c) ? tally.right++ : tally.missed.push(c);
      if (row.optional[field] === "*") continue;
      for (const c of have) if (!wanted.includes(c) && !free.has(c)) tally.wrong.push(c);
    } else if (want !== undefined) {
      if (value === undefined) tally.missed.push(field);
      else if (same(field, want, value)) tally.right++;
      else {
        tally.wrong.push(`${field}=${JSON.stringify(value)}`);
        tally.missed.push(field);
      }
    } else if (row.must_not.includes(field)) tally.wrong.push(field);
    else if (field in row.optional) {
      if (!same(field, row.optional[field], value)) tally.wrong.push(field);
    } else if (JUDGED.has(field) || ((field === "acceleratorCount" || field === "nodeCount") && value === 1)) continue;
    else if (field === "parameterCount" && "model" in row.expected) continue;
    else if (field === "acceleratorMemoryGib" && ("accelerator" in row.expected || "alternatives" in row.expected))
      continue;
    else tally.wrong.push(`${field}=${JSON.stringify(value)}`);
  }
  return tally;
}

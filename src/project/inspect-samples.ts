import type { Finding } from "./checklist.ts";
import { check, no } from "./finding.ts";

/** The data that the checks run on: there, documented, and whole. */
export function samples(files: ReadonlyMap<string, string>): Finding[] {
  const rows = [...files.keys()].filter((path) => /^data\/(sample|golden)\/.*\.jsonl$/.test(path)).sort();
  if (rows.length === 0)
    return [no("data", "data/sample has no .jsonl file: nothing that the loading could be tried on")];
  const faults = rows.flatMap((path) => faultOf(files.get(path) ?? "").map((fault) => `${path}${fault}`));
  const count = rows.reduce((sum, path) => sum + linesOf(files.get(path) ?? "").length, 0);
  return [
    check(
      "data",
      faults.length === 0,
      `${count} sample rows in ${rows.length} files are whole JSON objects`,
      faults.slice(0, 3).join("; "),
    ),
    check("data", files.has("data/README.md"), "data/README.md says the format", "data/README.md is missing"),
  ];
}

const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.trim() !== "");

/** The first line that is no JSON object. */
function faultOf(text: string): string[] {
  const lines = linesOf(text);
  if (lines.length === 0) return [" is empty"];
  const at = lines.findIndex((line) => {
    try {
      const row: unknown = JSON.parse(line);
      return typeof row !== "object" || row === null || Array.isArray(row);
    } catch {
      return true;
    }
  });
  return at < 0 ? [] : [`:${at + 1} is not a JSON object`];
}

import type { Finding } from "./checklist.ts";
import { check, no, yes } from "./finding.ts";

/** `name==1.2.3` of a requirements file, with extras and markers; comments and options left out. */
function requirementLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, " ")
    .split(/\r?\n/)
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "" && !/^-(r|c|-)/.test(line));
}

const EXACT = /^[A-Za-z0-9][\w.-]*(\[[\w,. -]+\])?\s*===?\s*[\w.!+-]+(\s*;.*)?(\s+--hash=\S+)*\s*(;.*)?$/;
const nameOf = (line: string): string =>
  (/^[A-Za-z0-9][\w.-]*/.exec(line)?.[0] ?? "").toLowerCase().replace(/[-_.]+/g, "-");

/** What requirements, pyproject and locks show. */
export function dependencies(files: ReadonlyMap<string, string>): Finding[] {
  const requirements = files.get("requirements.txt");
  const pyproject = files.get("pyproject.toml");
  const findings: Finding[] = [];
  if (requirements === undefined) findings.push(no("dependencies", "requirements.txt is missing"));
  else {
    const lines = requirementLines(requirements);
    const loose = lines.filter((line) => !EXACT.test(line));
    findings.push(
      check(
        "dependencies",
        lines.length > 0 && loose.length === 0,
        `${lines.length} requirements, each with one exact version`,
        loose.length > 0 ? `not pinned: ${loose.slice(0, 5).join(", ")}` : "requirements.txt is empty",
      ),
    );
  }
  findings.push(check("dependencies", pyproject !== undefined, "pyproject.toml is there", "pyproject.toml is missing"));
  return [...findings, ...locks(files)];
}

/** Every lock: exact, hashed, public versions only; and every requirement stands in the main one. */
function locks(files: ReadonlyMap<string, string>): Finding[] {
  const paths = [...files.keys()].filter((path) => /(^|\/)requirements[\w.-]*\.lock$/.test(path));
  if (!paths.includes("requirements.lock")) return [no("dependencies", "requirements.lock is missing")];
  return paths.map((path): Finding => {
    const text = files.get(path) ?? "";
    const lines = requirementLines(text);
    const bare = lines.filter((line) => !line.includes("--hash=sha256:"));
    const local = lines.filter((line) => /==[^\s;]*\+/.test(line));
    const listed = new Set(lines.map(nameOf));
    const absent =
      path === "requirements.lock"
        ? requirementLines(files.get("requirements.txt") ?? "")
            .map(nameOf)
            .filter((n) => !listed.has(n))
        : [];
    if (/^--?(find-links|f|index-url|extra-index-url|i)\b/m.test(text))
      return no("dependencies", `${path} names an index or a folder of its own`);
    if (lines.length === 0) return no("dependencies", `${path} is empty`);
    if (bare.length > 0)
      return no("dependencies", `${path}: without a hash: ${bare.slice(0, 3).map(nameOf).join(", ")}`);
    if (local.length > 0)
      return no("dependencies", `${path}: local builds that no index has: ${local.slice(0, 3).map(nameOf).join(", ")}`);
    if (absent.length > 0)
      return no("dependencies", `${path} lacks ${absent.slice(0, 5).join(", ")} of requirements.txt`);
    return yes("dependencies", `${path}: ${lines.length} packages with hashes`);
  });
}

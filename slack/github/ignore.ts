const HEADING = "# of the ML project";

/** A .gitignore with the lines of ours that it has not, at its end: theirs stand as they were. */
export function mergedIgnore(theirs: string, ours: string): string {
  const known = new Set(theirs.split(/\r?\n/).map((line) => line.trimEnd()));
  const rules = ours.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const missing = rules.filter((line) => !known.has(line));
  if (missing.length === 0) return theirs;
  // The last rule that matches wins: a "keep this" of ours has to stand behind the rule that it takes back.
  const added = rules.filter((line) => missing.includes(line) || line.startsWith("!"));
  return `${theirs.replace(/\n*$/, "\n")}\n${HEADING}\n${added.join("\n")}\n`;
}

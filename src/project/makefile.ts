/** The targets of a Makefile with the help text after `##`, in the order they stand. */
export function makeTargets(text: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([a-zA-Z][\w-]*)\s*:(?!=)([^#]*)(?:##\s*(.*))?$/.exec(line);
    if (match?.[1] !== undefined) targets.set(match[1], (match[3] ?? "").trim());
  }
  return targets;
}

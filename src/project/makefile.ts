/** The targets of a Makefile with the help text after `##`, in the order they stand. */
export function makeTargets(text: string): Map<string, string> {
  const targets = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([a-zA-Z][\w-]*)\s*:(?!=)([^#]*)(?:##\s*(.*))?$/.exec(line);
    if (match?.[1] !== undefined) targets.set(match[1], (match[3] ?? "").trim());
  }
  return targets;
}

/** The targets of a project's Makefile, and of what its parts add to it: a targets.mk in their folder. */
export function projectTargets(files: ReadonlyMap<string, string>): Map<string, string> {
  const makefiles = ["Makefile", ...[...files.keys()].filter((path) => path.endsWith("/targets.mk"))];
  return new Map(makefiles.flatMap((path) => [...makeTargets(files.get(path) ?? "")]));
}

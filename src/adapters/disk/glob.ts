/**
 * Whether a path (forward slashes) matches one of the patterns, in the way of .gitignore: a pattern without a slash
 * names a file or folder at any depth, one with a slash starts at the root; a match of a folder covers what it holds.
 */
export function matcher(patterns: readonly string[]): (path: string) => boolean {
  const expressions = patterns.map(expression);
  return (path) => expressions.some((e) => e.test(path));
}

function expression(pattern: string): RegExp {
  const bare = pattern.replace(/^\//, "").replace(/\/(\*\*)?$/, "");
  const anchored = bare.includes("/") || pattern.startsWith("/");
  const body = bare.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (token) => {
    if (token === "**/") return "(?:[^/]+/)*";
    if (token === "**") return ".*";
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return `\\${token}`;
  });
  return new RegExp(`${anchored ? "^" : "(?:^|/)"}${body}(?:/|$)`);
}

/** Asks a yes-or-no question on stderr; no is the default. Only for a person at a terminal. */
export async function confirmed(question: string): Promise<boolean> {
  return /^(y|yes)$/i.test((await asked(`${question} [y/N] `)).trim());
}

/** One line from a person. Ctrl-C and Ctrl-D mean "no answer". */
export async function asked(prompt: string): Promise<string> {
  const { createInterface } = await import("node:readline/promises");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const left = new AbortController();
  terminal.once("SIGINT", () => left.abort());
  terminal.once("close", () => left.abort());
  try {
    return await terminal.question(prompt, { signal: left.signal });
  } catch {
    process.stderr.write("\n");
    return "";
  } finally {
    terminal.close();
  }
}

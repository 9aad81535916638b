import { readFile, stat } from "node:fs/promises";
import { parse as parseYaml } from "yaml";
import { AdvisorError } from "../error.ts";
import { diskError } from "./disk/errors.ts";

const LARGEST_BYTES = 2 ** 20;

/** The value that a team's file holds; `parseTeam` checks it. */
export async function readTeamFile(path: string): Promise<unknown> {
  const refuse = (why: string, cause?: unknown): AdvisorError =>
    new AdvisorError(
      "invalid-input",
      `Cannot read the team file "${path}": ${why}`,
      "README.md shows a whole team.yaml.",
      cause,
    );
  try {
    const { size } = await stat(path);
    if (size > LARGEST_BYTES) throw refuse("it is larger than 1 MiB");
    const text = await readFile(path, "utf8");
    try {
      return parseYaml(text);
    } catch (cause) {
      throw refuse(`it is not YAML: ${cause instanceof Error ? cause.message.split("\n")[0] : String(cause)}`, cause);
    }
  } catch (error) {
    throw diskError(error, "read the team file", path);
  }
}

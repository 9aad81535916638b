import { readFile, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { AdvisorError } from "../error.ts";
import { diskError, isMissing } from "./disk/errors.ts";

const NAME = "team.yaml";
const LARGEST_BYTES = 2 ** 20;

/** Where a team's file may lie, the nearest first: beside the project or notebook, then the person's own configuration. */
export const teamPlaces = (folder: string, env: Readonly<Record<string, string | undefined>>): string[] => [
  join(folder, NAME),
  join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "ml-architect", NAME),
];

/** The value of the first of these files that exists; `parseTeam` checks it. */
export async function readTeamFile(paths: readonly string[]): Promise<{ path: string; value: unknown } | undefined> {
  for (const path of paths) {
    const found = await stat(path).catch((error: unknown) => {
      if (isMissing(error)) return undefined;
      throw diskError(error, "read", path);
    });
    if (!found?.isFile()) continue;
    if (found.size > LARGEST_BYTES)
      throw new AdvisorError("invalid-input", `"${path}" is larger than 1 MiB`, "A team file holds a few dozen lines.");
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      throw diskError(error, "read", path);
    });
    // Loaded for a file that is there: every plan looks for one, and yaml takes 30 ms.
    const { parse } = await import("yaml");
    try {
      return { path, value: parse(text) as unknown };
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
      throw new AdvisorError(
        "invalid-input",
        `"${path}" is not YAML: ${why}`,
        "README.md shows a whole team.yaml.",
        cause,
      );
    }
  }
  return undefined;
}

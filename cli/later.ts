import { AdvisorError } from "../src/index.ts";

/** Commands that are promised for a later version, each with what does the job today. */
const LATER: Record<string, string> = {
  slack: "Today: `ml-architect plan TEXT` in a terminal gives the same answer.",
};

export const LATER_COMMANDS: readonly string[] = Object.keys(LATER);

/** Refuses a command of a later version; help does not list it. */
export function refuseLater(command: string): never {
  throw new AdvisorError(
    "not-available",
    `"${command}" is not in this version`,
    `${LATER[command] ?? ""} A text that begins with this word goes in quotes, or after \`--\`.`.trim(),
  );
}

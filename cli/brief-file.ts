import { readFile, stat } from "node:fs/promises";
import { AdvisorError, type Brief, briefFromValues } from "../src/index.ts";

const LARGEST_FILE_BYTES = 2 ** 20;

/** Reads a file that a person named. A missing file is their slip, not a failure of the machine. */
export async function readNamedFile(path: string, what: string, largestBytes = LARGEST_FILE_BYTES): Promise<string> {
  const refuse = (message: string, cause?: unknown) =>
    new AdvisorError(
      "invalid-input",
      `Cannot read ${what} "${path}": ${message}`,
      "Check the path; it is relative to the folder you are in.",
      cause,
    );
  const found = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") throw refuse("there is no such file", cause);
    throw cause;
  });
  if (!found.isFile()) throw refuse("it is not a file");
  if (found.size > largestBytes) throw refuse(`it is larger than ${largestBytes / 2 ** 20} MiB`);
  return readFile(path, "utf8");
}

/** A brief as YAML or JSON (JSON is YAML): field names and values as `read --json` gives them. */
export async function readBriefFile(path: string): Promise<Brief> {
  const text = await readNamedFile(path, "the brief");
  const { parse } = await import("yaml");
  let values: unknown;
  try {
    // A tag that nobody knows is dropped; a warning of the parser is no answer of ours.
    values = parse(text, { logLevel: "error" });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new AdvisorError(
      "invalid-input",
      `The brief "${path}" is neither YAML nor JSON: ${why}`,
      BRIEF_EXAMPLE,
      cause,
    );
  }
  if (values === null || typeof values !== "object" || Array.isArray(values))
    throw new AdvisorError("invalid-input", `The brief "${path}" holds no fields`, BRIEF_EXAMPLE);
  return briefFromValues(bareValues(values as Record<string, unknown>), "project");
}

const BRIEF_EXAMPLE = "A brief holds one field a line, such as `model: meta-llama/Llama-3.1-8B` and `budgetUsd: 200`.";

/** Accepts what `read --json` prints: the brief inside its answer, and each value with its origin. */
function bareValues(values: Record<string, unknown>): Record<string, unknown> {
  const { brief } = values;
  const inner =
    brief !== null && typeof brief === "object" && !Array.isArray(brief) ? (brief as Record<string, unknown>) : values;
  return Object.fromEntries(
    Object.entries(inner).map(([field, said]) => {
      const wrapped = said !== null && typeof said === "object" && "value" in said && "from" in said;
      return [field, wrapped ? said.value : said];
    }),
  );
}

import { AdvisorError } from "../error.ts";

/** Names that Windows keeps for devices, with or without an extension. */
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;

/**
 * Checks a path inside a project: relative, with forward slashes, inside its folder on every system.
 * Returns it unchanged; throws "unsafe-path" otherwise.
 */
export function checkPath(path: string): string {
  const complaint = pathComplaint(path);
  if (complaint === undefined) return path;
  throw new AdvisorError(
    "unsafe-path",
    `Cannot write ${JSON.stringify(path)}: ${complaint}`,
    "Paths in a project are relative, use forward slashes and stay inside the project's folder.",
  );
}

function pathComplaint(path: string): string | undefined {
  if (path === "") return "the path is empty";
  if (path.length > 240) return "the path is longer than 240 characters";
  if (/[\u0000-\u001f\u007f]/.test(path)) return "it holds a control character";
  if (path.includes("\\")) return "it holds a backslash";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "it is absolute";
  for (const segment of path.split("/")) {
    if (segment === "") return "it has an empty part";
    if (segment === "." || segment === "..") return `it has the part "${segment}"`;
    if (RESERVED.test(segment)) return `"${segment}" is a reserved name on Windows`;
    if (/[<>:"|?*]/.test(segment)) return `"${segment}" holds a character that Windows does not allow`;
    if (/[. ]$/.test(segment)) return `"${segment}" ends in a dot or a space`;
    if (segment.toLowerCase() === ".git") return "a project never writes into .git";
  }
  return undefined;
}

const NAME = /^[a-z](?:[a-z0-9-]{0,48}[a-z0-9])?$/;

/** Checks a project name: it becomes the name of a Python distribution, of a container image and of experiments. */
export function checkProjectName(name: string): string {
  if (NAME.test(name) && !name.includes("--") && !RESERVED.test(name)) return name;
  throw new AdvisorError(
    "invalid-input",
    `Cannot call a project ${JSON.stringify(name.slice(0, 80))}: a name has 1 to 50 lower-case letters, digits and single hyphens, starts with a letter and does not end with a hyphen`,
    'Choose a name such as "support-assistant".',
  );
}

/**
 * The project name that a directory's own name stands for: "Support Assistant" and "support_assistant" are
 * support-assistant, "7b-chat" is ml-7b-chat. Characters we would have to drop are an error, not a guess.
 */
export function projectNameFrom(directoryName: string): string {
  const words = directoryName.normalize("NFC").toLowerCase();
  if (!/^[a-z0-9 ._-]+$/.test(words)) return checkProjectName(directoryName);
  const slug = words.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "");
  return checkProjectName(/^\d/.test(slug) ? `ml-${slug}` : slug);
}

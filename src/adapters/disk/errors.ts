import { AdvisorError } from "../../error.ts";

/** Errors of the disk in words: what was wrong with which path, and what to do. */
export function diskError(error: unknown, doing: string, path: string): AdvisorError {
  if (error instanceof AdvisorError) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const [why, hint] = EXPLAINED[code] ?? [
    error instanceof Error ? error.message : String(error),
    "Look at the path and try again.",
  ];
  const ours = code === "ENOTDIR" || code === "EISDIR" || code === "ENAMETOOLONG" ? "invalid-input" : "outside-failed";
  return new AdvisorError(ours, `Cannot ${doing} "${path}": ${why}`, hint, error);
}

const EXPLAINED: Readonly<Record<string, readonly [string, string]>> = {
  EACCES: ["permission denied", "Choose a folder that you may write to."],
  EPERM: ["the system does not permit it", "Choose a folder that you may write to."],
  EROFS: ["the disk is read-only", "Choose a folder on another disk."],
  ENOSPC: ["the disk is full", "Make room and run the same command again: nothing was left half-written."],
  EDQUOT: ["your quota is used up", "Make room and run the same command again: nothing was left half-written."],
  ENOTDIR: ["a part of the path is a file, not a folder", "Name a folder."],
  EISDIR: ["a folder is where a file should be", "Move the folder away, or choose another."],
  ENAMETOOLONG: ["the path is too long", "Choose a shorter one."],
  ENOENT: ["it does not exist", "Check the path."],
  EBUSY: ["another program uses it", "Close that program and try again."],
};

/** Nothing is at the path. */
export const isMissing = (error: unknown): boolean =>
  error instanceof Error && "code" in error && error.code === "ENOENT";

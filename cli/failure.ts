import { AdvisorError, type ErrorCode } from "../src/index.ts";
import { textOf, wrapped } from "./inline.ts";
import type { Screen } from "./paint.ts";
import { withoutControls } from "./width.ts";

/** 0 done · 1 the answer is "no" · 2 the input is wrong · 3 something outside failed. */
type ExitCode = 0 | 1 | 2 | 3;

interface Failure {
  code: ErrorCode | "unexpected";
  message: string;
  hint: string;
  exitCode: ExitCode;
}

const EXIT: Record<ErrorCode, ExitCode> = {
  "invalid-input": 2,
  "unknown-name": 2,
  "unsafe-path": 2,
  "folder-not-empty": 2,
  "secret-found": 2,
  "not-available": 2,
  "invalid-fact": 3,
  "outside-failed": 3,
};

const SYSTEM: Record<string, { message: string; hint: string }> = {
  EACCES: { message: "No permission", hint: "Choose a folder that you may write to, or change its permissions." },
  EPERM: { message: "Not permitted", hint: "Choose a folder that you may write to, or change its permissions." },
  EROFS: { message: "The disk is read-only", hint: "Choose a folder on a disk that can be written." },
  ENOSPC: { message: "The disk is full", hint: "Free some space, then run the same command again." },
  EDQUOT: { message: "Your disk quota is used up", hint: "Free some space, then run the same command again." },
  EMFILE: { message: "Too many open files", hint: "Close other programs or raise `ulimit -n`, then try again." },
};

/** Also one that the bot threw: it is not part of the bundle, and has a class of its own. */
const isAdvisorError = (error: unknown): error is AdvisorError =>
  error instanceof AdvisorError ||
  (error instanceof Error && error.name === "AdvisorError" && "code" in error && String(error.code) in EXIT);

/** What a person is told about anything that was thrown. Stack traces are for ML_ARCHITECT_DEBUG=1. */
export function failureOf(error: unknown): Failure {
  if (isAdvisorError(error)) {
    const { code, message, hint } = error;
    return { code, message, hint, exitCode: EXIT[code] };
  }
  const issues = zodIssues(error);
  if (issues !== undefined)
    return {
      code: "invalid-input",
      message: issues,
      hint: "Correct the value and run the command again.",
      exitCode: 2,
    };
  const system = error as NodeJS.ErrnoException | undefined;
  if (error instanceof Error && typeof system?.code === "string" && /^E[A-Z]+$/.test(system.code)) {
    const known = SYSTEM[system.code];
    const where = system.path ? `: "${system.path}"` : "";
    return {
      code: "outside-failed",
      message: known ? `${known.message}${where}` : error.message,
      hint: known?.hint ?? "Check the path and the disk, then run the same command again.",
      exitCode: 3,
    };
  }
  return {
    code: "unexpected",
    message: `This is a fault in ml-architect: ${error instanceof Error ? error.message : String(error)}`,
    hint: "Please report it with the command that you ran; ML_ARCHITECT_DEBUG=1 shows where it happened.",
    exitCode: 3,
  };
}

/** A schema's refusal in one sentence, recognised by shape so that the schema library stays unloaded. */
function zodIssues(error: unknown): string | undefined {
  const { name, issues } = (error ?? {}) as { name?: string; issues?: { path: PropertyKey[]; message: string }[] };
  if ((name !== "ZodError" && name !== "$ZodError") || !Array.isArray(issues)) return undefined;
  return issues
    .slice(0, 3)
    .map(({ path, message }) => (path.length > 0 ? `${path.map(String).join(".")}: ${message}` : message))
    .join("; ");
}

/** Two lines for stderr: what was wrong, and what to do next. A terminal gets them wrapped between words. */
export function failureText({ message, hint }: Failure, { colors, columns }: Screen): string {
  const line = (label: string, paint: (text: string) => string, text: string) => {
    const whole = `${label} ${withoutControls(text).trim()}`;
    const lines = columns === undefined ? [whole] : wrapped([{ text: whole, tone: "plain" }], columns).map(textOf);
    return `${paint(label)}${lines.join("\n").slice(label.length)}\n`;
  };
  return line("error:", colors.red, message) + (hint === "" ? "" : line("hint:", colors.cyan, hint));
}

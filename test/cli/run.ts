import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll } from "vitest";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const MAIN = join(ROOT, "dist", "cli", "main.js");

const NO_CONFIG = join(ROOT, "test", "cli", "no-configuration");

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs the built command line as a person's shell would, without a terminal and with an empty standard input. */
export function run(
  args: readonly string[],
  options: { input?: string | Buffer; cwd?: string; env?: NodeJS.ProcessEnv; program?: readonly string[] } = {},
): Promise<Ran> {
  const [program = process.execPath, ...before] = options.program ?? [process.execPath, MAIN];
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...before, ...args], {
      cwd: options.cwd ?? emptyFolder(),
      // A team file of whoever runs the tests must not reach them.
      env: {
        ...process.env,
        INIT_CWD: undefined,
        npm_lifecycle_event: undefined,
        XDG_CONFIG_HOME: NO_CONFIG,
        ...options.env,
      },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    // A program that refuses its input closes it; that is its right.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
  });
}

/** One folder a test file, removed when it ends. */
const scratch = mkdtempSync(join(tmpdir(), "ml-architect-cli-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

export const emptyFolder = (): string => mkdtempSync(join(scratch, "run-"));

/** What a person waits for on the screen, and what they type then. */
export type Typed = readonly [when: string, keys: string];

/** Runs a shell line inside a real terminal of the given width, where a person types; gives all that was on the screen. */
export function inTerminal(
  line: string,
  columns: number,
  typing: readonly Typed[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("script", ["-qec", `stty cols ${columns} rows 50; ${line}`, "/dev/null"], {
      cwd: options.cwd ?? emptyFolder(),
      env: { ...process.env, XDG_CONFIG_HOME: NO_CONFIG, ...options.env },
    });
    const left = [...typing];
    let screen = "";
    let since = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      screen += text;
      since += text;
      const [when, keys] = left[0] ?? [];
      if (when === undefined || keys === undefined || !since.includes(when)) return;
      left.shift();
      since = "";
      child.stdin.write(keys);
    });
    child.stdin.on("error", () => {});
    child.on("error", reject);
    child.on("close", () => {
      if (left.length === 0) resolve(screen);
      else reject(new Error(`"${left[0]![0]}" did not come: ${screen}`));
    });
  });
}

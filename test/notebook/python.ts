import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";

/** libzmq, jupyter_client and nbclient; undefined where they are not prepared, which `npm test` then says. */
export const PYTHON = preparedPython("jupyter");

/** A Python program that is told things line by line and answers with one JSON value a line. */
export interface Program {
  say(value: unknown): void;
  hear<T>(): Promise<T>;
  process: ChildProcess;
  end(): Promise<void>;
}

export function python(script: string, args: readonly string[] = [], env: Record<string, string> = {}): Program {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(PYTHON!, ["-u", path, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: cleanEnvironment({ JUPYTER_PLATFORM_DIRS: "1", PYTHONWARNINGS: "ignore", ...env }),
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  child.stdin.on("error", () => {});
  return {
    process: child,
    say: (value) => void child.stdin.write(`${JSON.stringify(value)}\n`),
    async hear<T>() {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`the program ended: ${errors.slice(-4000)}`);
      return JSON.parse(value) as T;
    },
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}

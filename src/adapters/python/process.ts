import { type ChildProcess, spawn } from "node:child_process";
import { AdvisorError } from "../../error.ts";
import { guardOf } from "../guard.ts";

export interface RunOptions {
  cwd: string;
  env: NodeJS.ProcessEnv;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

export interface RunResult {
  /** Null where it was ended by a signal. */
  code: number | null;
  timedOut: boolean;
  /** The end of stdout and stderr together. */
  tail: string;
}

/** Enough of the end to hold a traceback. */
const TAIL = 20_000;
/** Between asking a process group to end and ending it. */
const GRACE_MS = 3000;

/**
 * Runs a program without a shell, in a process group of its own: when its time is over, the caller aborts or this
 * process is told to stop, the program goes with everything it started.
 */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  if (options.signal?.aborted) throw stopped();
  return await new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    // However we end, what it started ends with us.
    const guard = child.pid === undefined ? undefined : guardOf(-child.pid);
    let tail = "";
    let rest = "";
    let timedOut = false;
    const take = (chunk: string): void => {
      tail = (tail + chunk).slice(-TAIL);
      const lines = (rest + chunk).split(/\r?\n|\r/);
      rest = (lines.pop() ?? "").slice(-TAIL);
      for (const line of lines) if (line.trim() !== "") options.onLine?.(line);
    };
    const stop = (): void => endGroup(child);
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, options.timeoutMs);
    // The group is not the terminal's: Ctrl-C would leave it behind.
    const onSignal = (signal: NodeJS.Signals): void => {
      endGroup(child, true);
      process.kill(process.pid, signal);
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
    for (const name of signals) process.once(name, onSignal);
    options.signal?.addEventListener("abort", stop, { once: true });
    const finish = (): void => {
      guard?.kill("SIGKILL");
      clearTimeout(timer);
      for (const name of signals) process.removeListener(name, onSignal);
      options.signal?.removeEventListener("abort", stop);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.on("error", (error) => {
      finish();
      reject(
        new AdvisorError(
          "outside-failed",
          `Cannot run "${program}": ${error.message}`,
          "Check that it is installed.",
          error,
        ),
      );
    });
    child.on("close", (code) => {
      finish();
      if (rest.trim() !== "") options.onLine?.(rest);
      if (options.signal?.aborted) reject(stopped());
      else resolve({ code, timedOut, tail });
    });
  });
}

const stopped = (): AdvisorError => new AdvisorError("outside-failed", "It was stopped", "Run it again when you want.");

/** Ends a process and all it started: politely, then for good. */
function endGroup(child: ChildProcess, atOnce = false): void {
  const { pid } = child;
  if (pid === undefined) return;
  if (process.platform === "win32") {
    spawn("taskkill", ["/pid", String(pid), "/T", "/F"], { stdio: "ignore", windowsHide: true }).on("error", () =>
      child.kill(),
    );
    return;
  }
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended already.
    }
  };
  send(atOnce ? "SIGKILL" : "SIGTERM");
  // A grandchild may outlive its parent, hence not only while the child lives.
  if (!atOnce) setTimeout(() => send("SIGKILL"), GRACE_MS).unref();
}

/**
 * What a project's own code may know of our environment: where things are, never a key. A folder of wheels that is set
 * up on this machine stays out: it could put a local build in place of the locked one.
 */
const ALLOWED =
  /^(PATH|PATHEXT|HOME|USERPROFILE|SYSTEMROOT|COMSPEC|TEMP|TMP|TMPDIR|LANG|LC_\w+|TZ|USER|LOGNAME|SSL_CERT_\w+|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY|PIP_(?!FIND_LINKS)\w+|PYENV_\w+|CUDA_VISIBLE_DEVICES|LD_LIBRARY_PATH)$/;

export function safeEnvironment(added: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => ALLOWED.test(name));
  return { ...Object.fromEntries(kept), PYTHONUNBUFFERED: "1", PYTHONUTF8: "1", ...added };
}

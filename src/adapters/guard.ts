import { type ChildProcess, spawn } from "node:child_process";

/**
 * A process does not notice when we are killed, and would run for ever. This waits for the end of a pipe that only we
 * hold, which the system closes however we end, and then kills it: a process id, or a group's with a minus before it.
 * Windows ends processes with their console. Kill the guard when what it guards has ended.
 */
export function guardOf(target: number): ChildProcess | undefined {
  if (process.platform === "win32") return undefined;
  const guard = spawn("/bin/sh", ["-c", 'read _; kill -KILL "$1"', "sh", String(target)], {
    stdio: ["pipe", "ignore", "ignore"],
    // A signal to our whole group must leave it to do its work.
    detached: true,
  });
  guard.on("error", () => {});
  guard.stdin?.on("error", () => {});
  guard.unref();
  return guard;
}

export function isRunning(pid: number | undefined): boolean {
  if (!pid || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process lives too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

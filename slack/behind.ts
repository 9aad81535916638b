import { setPriority } from "node:os";

/** Half of the least: it still gets on where others work all the time. */
const BEHIND = 10;

/**
 * For a thread whose work can wait: it lets go of a processor that an acknowledgement needs. Only Linux has priorities
 * of threads (setpriority(2), "the nice value is a per-thread attribute"); elsewhere this would slow the whole process.
 */
export function stayBehind(): void {
  if (process.platform === "linux") setPriority(BEHIND);
}

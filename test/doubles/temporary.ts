import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * One temporary folder for a whole run: what tests, their programs and servers make below it goes with it, also what a
 * test that failed half-way left. Workers inherit the variable.
 */
export default function temporary(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "ml-architect-tests-"));
  // PostgreSQL refuses to run as root, so as another user it must reach its data.
  chmodSync(folder, 0o755);
  process.env.TMPDIR = folder;
  // What a program wrote while it was ended may come between.
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
}

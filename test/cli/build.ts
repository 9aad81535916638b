import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Builds `dist` once before the tests, the way `npm start` does: only when a source changed. */
export default function build(): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  execFileSync(process.execPath, ["cli/start.mjs", "--version"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
}

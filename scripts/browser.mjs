// The prepared headless browser: outside the checkout, named by the content of the lock it was installed from.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const BROWSER_PACKAGE = fileURLToPath(new URL("browser/", import.meta.url));

/** Where the browser for the lock as it is now belongs, whether or not it is there. */
export function browserFolder() {
  const hash = createHash("sha256").update(readFileSync(join(BROWSER_PACKAGE, "package-lock.json")));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return join(cache, "ml-architect", `browser-${hash.digest("hex").slice(0, 16)}`);
}

/** How playwright-core starts the prepared browser, or undefined: a half-made one carries no marker. */
export function preparedBrowser() {
  const folder = browserFolder();
  if (!existsSync(join(folder, "ready"))) return undefined;
  return {
    executablePath: join(folder, "chromium"),
    // Its libraries and fonts come with it: nothing of the machine's is needed.
    env: { ...process.env, LD_LIBRARY_PATH: join(folder, "al2023/lib"), FONTCONFIG_PATH: folder },
    args: ["--no-sandbox", "--disable-gpu"],
  };
}

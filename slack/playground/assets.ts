import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";

/** The bare names that the page's modules import, and where this server has them. */
export const LIBRARIES: Readonly<Record<string, string>> = {
  "lit-html": "/library/lit-html/lit-html.js",
  "lit-html/": "/library/lit-html/",
  marked: "/library/marked/lib/marked.esm.js",
};

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

interface Asset {
  readonly path: string;
  readonly type: string;
}

const resolve = createRequire(import.meta.url).resolve;

/** The folder of an installed package: its main module may lie deeper. */
function packageAt(name: string): string {
  const main = resolve(name);
  return main.slice(0, main.lastIndexOf(join(name, sep)) + name.length);
}

const ROOT = dirname(resolve("ml-architect/package.json"));
/** The page's own files: modules as they were built, the rest beside the sources. */
const FOLDERS: Readonly<Record<string, (rest: readonly string[]) => string>> = {
  page: (rest) => join(ROOT, "dist/slack/playground/page", ...rest),
  public: (rest) => join(ROOT, "slack/playground/public", ...rest),
  library: ([name = "", ...rest]) => join(packageAt(name), ...rest),
};

/** Where a path of the page lies on the disk; only names that are listed or plainly spelt are looked for. */
export function assetOf(pathname: string): Asset | undefined {
  if (!/^(\/[a-z0-9-]+)+(\.[a-z]+)+$/.test(pathname)) return undefined;
  const type = TYPES[pathname.split(".").at(-1)!];
  if (type === undefined) return undefined;
  const [, folder = "", ...rest] = pathname.split("/");
  if (folder === "library" && !["lit-html", "marked"].includes(rest[0]!)) return undefined;
  const path = FOLDERS[folder]?.(rest);
  return path === undefined ? undefined : { path, type };
}

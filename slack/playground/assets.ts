import { fileURLToPath } from "node:url";

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

/** The folder of an installed package: its main module may lie deeper. */
const packageAt = (name: string): string => {
  const main = import.meta.resolve(name);
  return main.slice(0, main.lastIndexOf(`/${name}/`) + name.length + 2);
};

/** Where a path of the page lies on the disk; only names that are listed or plainly spelt are looked for. */
export function assetOf(pathname: string): Asset | undefined {
  if (!/^(\/[a-z0-9-]+)+(\.[a-z]+)+$/.test(pathname)) return undefined;
  const type = TYPES[pathname.split(".").at(-1)!];
  if (type === undefined) return undefined;
  const [, folder, ...rest] = pathname.split("/");
  const at = (base: string): Asset => ({ path: fileURLToPath(new URL(rest.join("/"), base)), type });
  if (folder === "library") {
    const [name, ...file] = rest;
    if (name !== "lit-html" && name !== "marked") return undefined;
    return { path: fileURLToPath(new URL(file.join("/"), packageAt(name))), type };
  }
  if (folder === "page") return at(new URL("./page/", import.meta.url).href);
  // Not modules: they lie beside the sources, in a checkout as in an installed package.
  if (folder === "page.css" || folder === "icon.svg")
    return { path: fileURLToPath(new URL(`../../../slack/playground/public/${folder}`, import.meta.url)), type };
  return undefined;
}

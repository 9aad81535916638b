import { pinsOf } from "../../scripts/requirement-sets.mjs";
import python from "./python-modules.json" with { type: "json" };

const STANDARD = new Set([...python.modules.split(" "), "__future__"]);
/** Modules that are not called as the package that brings them. */
const PACKAGE_OF: Readonly<Record<string, string>> = {
  PIL: "pillow",
  // Of one maker, in versions that go together.
  botocore: "boto3",
  prometheus_client: "prometheus-client",
  sklearn: "scikit-learn",
  sky: "skypilot",
  tensorrt_llm: "tensorrt-llm",
  yaml: "pyyaml",
};
const packageOf = (module: string): string => PACKAGE_OF[module] ?? module.toLowerCase().replaceAll("_", "-");

/** `path: module` for every import that is neither Python's, nor the project's, nor a direct requirement of the file's place. */
export function foreignImports(files: ReadonlyMap<string, string>): string[] {
  const modules = [...files.keys()].filter((path) => path.endsWith(".py")).map((path) => path.replace(/\.py$/, ""));
  const packages = new Set(modules.map((path) => path.replace(/^src\//, "").split("/")[0] ?? ""));
  return [...files].flatMap(([path, text]) => {
    if (!path.endsWith(".py")) return [];
    const pinned = new Set(
      requirementsFor(path, files).flatMap((name) => pinsOf(files.get(name) ?? "").map((pin) => pin.name)),
    );
    // A script finds the modules beside it, too.
    const beside = path.slice(0, path.lastIndexOf("/") + 1);
    const own = (module: string): boolean => packages.has(module) || modules.includes(`${beside}${module}`);
    return modulesOf(text)
      .filter((module) => !STANDARD.has(module) && !own(module) && !pinned.has(packageOf(module)))
      .map((module) => `${path}: ${module}`);
  });
}

/** `path: module` for every import of a module of the project that it does not hold. */
export function lostImports(files: ReadonlyMap<string, string>): string[] {
  const modules = new Set(
    [...files.keys()].flatMap((path) => {
      const parts = path
        .replace(/^src\//, "")
        .replace(/(\/__init__)?\.py$/, "")
        .split("/");
      return path.endsWith(".py") ? parts.map((_, at) => parts.slice(0, at + 1).join(".")) : [];
    }),
  );
  return [...files].flatMap(([path, text]) => {
    if (!path.endsWith(".py")) return [];
    const code = text.replace(/"""[\s\S]*?"""/g, "");
    const named = [...code.matchAll(/^[ \t]*(?:from|import)[ \t]+([A-Za-z_]\w*(?:\.\w+)+)/gm)].map(([, name]) => name!);
    return [...new Set(named)]
      .filter((name) => modules.has(name.split(".")[0]!) && !modules.has(name))
      .map((name) => `${path}: ${name}`);
  });
}

/** What is installed where a file runs: the runtime, the folders' own requirements, and for tests what develops. */
function requirementsFor(path: string, files: ReadonlyMap<string, string>): string[] {
  const folders = path
    .split("/")
    .slice(0, -1)
    .map((_, at, all) => all.slice(0, at + 1).join("/"));
  const names = ["requirements.txt", ...folders.map((folder) => `${folder}/requirements.txt`)];
  if (path.startsWith("tests/"))
    names.push(...[...files.keys()].filter((name) => /(^|\/)requirements[\w.-]*\.txt$/.test(name)));
  return names;
}

/** Top-level modules of a Python text, wherever the import stands. */
function modulesOf(text: string): string[] {
  const code = text.replace(/"""[\s\S]*?"""/g, "");
  const found = [
    ...code.matchAll(/^[ \t]*(?:from[ \t]+([A-Za-z_]\w*)[\w.]*[ \t]+import\b|import[ \t]+([\w., \t]+))/gm),
  ];
  return [
    ...new Set(
      found.flatMap(([, from, list]) =>
        from !== undefined ? [from] : (list ?? "").split(",").map((part) => part.trim().split(/[.\s]/)[0] ?? ""),
      ),
    ),
  ];
}

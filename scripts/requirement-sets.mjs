// Every `requirements*.txt` that has its pins from templates/versions.txt, and what their locks hold.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** The one place where versions of direct requirements stand. */
export const VERSIONS = "templates/versions.txt";
const PLACES = ["templates", "test/covering", "test/serving"];
const SKIPPED = /^(node_modules|\..*|__pycache__|outputs)$/;

const canonical = (name) => name.toLowerCase().replace(/[-_.]+/g, "-");

/** `name[extras]==version ; marker` → its parts; undefined for comments, options and empty lines. */
function requirement(line) {
  const found = /^([A-Za-z0-9][\w.-]*)(\[[\w,. -]+\])?\s*==\s*([^\s;#]+)\s*(;[^#]*)?(#.*)?$/.exec(line.trim());
  if (found === null) return undefined;
  const [, name, extras = "", version, marker = ""] = found;
  return { name: canonical(name), extras, version, marker: marker.trim() };
}

/** Pins of a requirements file or a lock, in the order of their lines. */
export const pinsOf = (text) =>
  text
    .replace(/\\\r?\n/g, " ")
    .split("\n")
    .map((line) => requirement(line.replace(/\s--hash=\S+/g, "")))
    .filter((found) => found !== undefined);

/**
 * One requirements file: its pins, its lock beside it, and whether it is installed into an environment of its own.
 * `# apart: why` in the file says so; all others can be installed together and are resolved together. `# alone: why`
 * locks what the file names and nothing that it depends on; `# no lock: why` is installed on top of what somebody else
 * locked.
 */
function readSet(path) {
  const text = readFileSync(join(ROOT, path), "utf8");
  return {
    path,
    folder: dirname(path),
    lock: /^# no lock: /m.test(text) ? undefined : path.replace(/\.txt$/, ".lock"),
    text,
    pins: pinsOf(text),
    apart: /^# apart: (.+)$/m.exec(text)?.[1],
    alone: /^# alone: (.+)$/m.exec(text)?.[1],
  };
}

export function requirementSets() {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.test(entry.name)) walk(path);
      else if (entry.isFile() && /^requirements[\w.-]*\.txt$/.test(entry.name))
        found.push(relative(ROOT, path).split(sep).join("/"));
    }
  };
  for (const place of PLACES) walk(join(ROOT, place));
  return found.sort().map(readSet);
}

/** Package → version that every requirements file has to name, and why it is held back where it is. */
export function readVersions() {
  const lines = readFileSync(join(ROOT, VERSIONS), "utf8").split("\n");
  return new Map(
    lines.flatMap((line) => {
      const found = requirement(line);
      const held = /# held: (.+)$/.exec(line)?.[1];
      return found === undefined ? [] : [[found.name, { version: found.version, held }]];
    }),
  );
}

/** A requirements file with the versions of `versions`; everything else stays as it is. */
export const withVersions = (text, versions) =>
  text
    .split("\n")
    .map((line) => {
      const found = requirement(line);
      const version = found && versions.get(found.name)?.version;
      return version === undefined ? line : line.replace(/==\s*[^\s;#]+/, `==${version}`);
    })
    .join("\n");

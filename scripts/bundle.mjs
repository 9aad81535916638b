// The command line as one bundle: a process that loads 200 small files spends longer on finding them than on planning.
// What a command needs only sometimes (`import()`) stays a file of its own; the library keeps its modules and types.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Packages that every start needs, each several files: they go into the bundle, with their licences. */
const INLINED = ["@noble/hashes", "commander", "fastest-levenshtein", "picocolors"];
const inlined = (id) => INLINED.some((name) => id === name || id.startsWith(`${name}/`));

/** `JSON.parse` of a string is read faster than the same facts as a program's literals. */
const facts = {
  name: "facts",
  load: {
    filter: { id: /\.json$/ },
    handler(id) {
      const text = JSON.stringify(JSON.parse(readFileSync(id, "utf8")));
      return { code: `export default JSON.parse(${JSON.stringify(text)});`, moduleType: "js" };
    },
  },
};

/** Writes `main.js` and the parts that it loads later into `folder`. */
export async function bundleCommandLine(folder) {
  const bundle = await rolldown({
    cwd: ROOT,
    input: "cli/main.ts",
    platform: "node",
    external: (id) => /^[@a-z]/.test(id) && !inlined(id),
    plugins: [facts],
    checks: { preferBuiltinFeature: false },
  });
  // Not minified: it starts no faster, and a stack trace stays readable.
  await bundle.write({ dir: folder, format: "esm", minify: false, chunkFileNames: "parts/[name]-[hash].js" });
  await bundle.close();
  writeFileSync(join(folder, "LICENSES.txt"), INLINED.map(licence).join("\n\n"));
}

function licence(name) {
  const from = join(ROOT, "node_modules", name);
  const file = readdirSync(from).find((entry) => /^licen[cs]e/i.test(entry));
  if (file === undefined) throw new Error(`${name} states no licence, so it cannot be bundled`);
  return `${name}\n\n${readFileSync(join(from, file), "utf8").trim()}\n`;
}

// Work on a template in place: `compose NAME DIR` writes it whole, with every part and what it stands on;
// `back DIR` puts edited files back into the layers they came from (new files into the template's own folder).
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { readTemplate } from "../dist/src/adapters/files.js";

const TEMPLATES = fileURLToPath(new URL("../templates/", import.meta.url));
const ORIGIN = ".origin.json";

/** A template's folders, the lowest layer first. */
function layersOf(name) {
  const manifest = JSON.parse(readFileSync(join(TEMPLATES, name, "template.json"), "utf8"));
  return [...new Set([...[manifest.extends ?? []].flat().flatMap(layersOf), name])];
}

async function compose(name, to) {
  const { manifest, files } = await readTemplate(name);
  const origin = { template: name, files: {} };
  for (const [stored, text] of files) {
    const cut = stored.lastIndexOf("/") + 1;
    const path =
      manifest.rename[stored] ?? stored.slice(0, cut) + (manifest.rename[stored.slice(cut)] ?? stored.slice(cut));
    mkdirSync(dirname(join(to, path)), { recursive: true });
    const from = layersOf(name).find((layer) => existsSync(join(TEMPLATES, layer, stored)));
    const mode = statSync(join(TEMPLATES, from, stored)).mode & 0o777;
    writeFileSync(join(to, path), text, { mode });
    origin.files[path] = `${from}/${stored}`;
  }
  writeFileSync(join(to, ORIGIN), JSON.stringify(origin));
  console.log(`${files.size} files of ${layersOf(name).join(" + ")} in ${to}`);
}

const LEFT_OUT =
  /(^|\/)(\.venv|__pycache__|data\/[^/]*\/made|outputs|build|\.[a-z]+_cache|[^/]*\.egg-info|\.origin\.json|\.git)(\/|$)/;

function* walk(folder, root = folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (LEFT_OUT.test(relative(root, path))) continue;
    if (entry.isDirectory()) yield* walk(path, root);
    else if (entry.isFile()) yield relative(root, path);
  }
}

function back(from) {
  const origin = JSON.parse(readFileSync(join(from, ORIGIN), "utf8"));
  for (const path of walk(from)) {
    const target = join(TEMPLATES, origin.files[path] ?? `${origin.template}/${path}`);
    const text = readFileSync(join(from, path), "utf8");
    if (existsSync(target) && readFileSync(target, "utf8") === text) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text, { mode: statSync(join(from, path)).mode & 0o777 });
    console.log(relative(TEMPLATES, target));
  }
  for (const [path, stored] of Object.entries(origin.files))
    if (!existsSync(join(from, path))) console.log(`not there any more, remove it yourself: ${stored}`);
}

const [verb, ...rest] = process.argv.slice(2);
if (verb === "compose" && rest.length === 2) await compose(...rest);
else if (verb === "back" && rest.length === 1) back(rest[0]);
else {
  console.error("Usage: npm run template -- compose NAME DIR | back DIR");
  process.exitCode = 2;
}

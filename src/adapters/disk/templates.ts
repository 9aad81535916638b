import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { AdvisorError } from "../../error.ts";
import { joinFiles, joinManifests, parseLayer, type TemplateLayer } from "../../project/layers.ts";
import { manifestFault, parseTemplateManifest, type Template, type TemplateManifest } from "../../project/template.ts";
import { matcher } from "./glob.ts";

const MANIFEST = "template.json";

/** Where templates may lie: beside the package's own package.json, in a checkout as in an installed build. */
function roots(): URL[] {
  const found: URL[] = [];
  try {
    found.push(new URL("./templates/", import.meta.resolve("ml-architect/package.json")));
  } catch {
    // Not every test runner has import.meta.resolve.
  }
  // src/adapters/disk/ in a checkout, dist/src/adapters/disk/ in a build.
  for (const up of ["../../../templates/", "../../../../templates/"]) found.push(new URL(up, import.meta.url));
  return found;
}

/** The templates that are installed, by id; layers that others only stand on are not among them. */
export async function listTemplates(from: readonly URL[] = roots()): Promise<TemplateManifest[]> {
  for (const root of from) {
    const entries = await readdir(root, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) continue;
    const manifests: TemplateManifest[] = [];
    for (const entry of entries) {
      if (!entry.isDirectory()) continue;
      const layers = await readLayers(root, entry.name);
      if (layers?.at(-1)?.manifest.tasks !== undefined) manifests.push(joined(layers));
    }
    if (manifests.length > 0) return manifests.sort((a, b) => (a.id < b.id ? -1 : 1));
  }
  return [];
}

/** Reads a template whole, with the layers it stands on: every text file but what its manifest says is never copied. */
export async function readTemplate(id: string, from: readonly URL[] = roots()): Promise<Template> {
  if (!/^[a-z0-9][a-z0-9.-]{0,60}$/.test(id)) throw unknown(id);
  for (const root of from) {
    const layers = await readLayers(root, id);
    if (layers?.at(-1)?.manifest.tasks === undefined) continue;
    const manifest = joined(layers);
    let files = new Map<string, string>();
    for (const { folder } of layers) files = joinFiles(files, await readFiles(folder, manifest), id);
    return { manifest, files };
  }
  throw unknown(id);
}

interface Layer {
  folder: URL;
  manifest: TemplateLayer;
}

/** A template and what it stands on, the lowest first; a layer that two of them stand on is there once. */
async function readLayers(root: URL, id: string): Promise<Layer[] | undefined> {
  const layers: Layer[] = [];
  const add = async (at: string, above: readonly string[]): Promise<boolean> => {
    if (layers.some((layer) => layer.manifest.id === at)) return true;
    const folder = new URL(`./${at}/`, root);
    const manifest = above.includes(at) ? undefined : await readManifest(folder);
    if (manifest === undefined) return false;
    for (const below of manifest.extends ?? [])
      if (!(await add(below, [...above, at])))
        throw manifestFault(id, `it stands on ${JSON.stringify(below)}, which is not there or stands on it`);
    layers.push({ folder, manifest });
    return true;
  };
  return (await add(id, [])) ? layers : undefined;
}

const joined = (layers: readonly Layer[]): TemplateManifest =>
  parseTemplateManifest(
    layers.map((layer) => layer.manifest).reduce(joinManifests),
    fileURLToPath(new URL(MANIFEST, layers.at(-1)!.folder)),
  );

const unknown = (id: string): AdvisorError =>
  new AdvisorError(
    "unknown-name",
    `There is no template ${JSON.stringify(id)}`,
    "Reinstall ml-architect if this name came from a plan.",
  );

async function readManifest(folder: URL): Promise<TemplateLayer | undefined> {
  const where = new URL(MANIFEST, folder);
  const text = await readFile(where, "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new AdvisorError("invalid-fact", `${fileURLToPath(where)} is not JSON`, "Correct the template.", error);
  }
  return parseLayer(value, fileURLToPath(where));
}

/** What no template ever ships, whatever its manifest says. */
const NEVER = [".git", ".venv", "__pycache__", "*.pyc", ".DS_Store", ".*_cache", "*.egg-info", ".env"];

async function readFiles(folder: URL, manifest: TemplateManifest): Promise<Map<string, string>> {
  const never = matcher([...NEVER, ...manifest.never]);
  const files = new Map<string, string>();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  // Read at once: a template is some hundred small files, and each promise of one costs more than its bytes.
  const walk = async (at: string, prefix: string): Promise<void> => {
    const entries = await readdir(at, { withFileTypes: true });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = prefix + entry.name;
      if (path === MANIFEST || never(path)) continue;
      if (entry.isDirectory()) await walk(join(at, entry.name), `${path}/`);
      else if (entry.isFile()) files.set(path, text(path, readFileSync(join(at, entry.name))));
      else throw notText(path, "it is a link or a device");
    }
  };
  const text = (path: string, bytes: Uint8Array): string => {
    try {
      return decoder.decode(bytes);
    } catch (error) {
      throw notText(path, "it is not UTF-8 text", error);
    }
  };
  await walk(fileURLToPath(folder), "");
  return files;
}

const notText = (path: string, why: string, cause?: unknown): AdvisorError =>
  new AdvisorError(
    "invalid-fact",
    `The template's ${JSON.stringify(path)} cannot be used: ${why}`,
    "Correct the template.",
    cause,
  );

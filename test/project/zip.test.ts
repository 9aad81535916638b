import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { strFromU8, unzipSync } from "fflate";
import { afterAll, beforeAll, expect, test } from "vitest";
import { listTemplates, readTemplate } from "../../src/adapters/files.ts";
import { advise, catalog, explain, type Plan, readText } from "../../src/index.ts";
import { chooseTemplate, scaffold, zipOf } from "../../src/project.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WORDS = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $500";
const MAIN = join(ROOT, "dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "zip-"));
const written = join(folder, "ml-project");
let zip: Uint8Array;
let files: Map<string, string>;

beforeAll(async () => {
  // `new` plans on the day it runs: the plan goes through a file, as a person hands one on.
  const planned = join(folder, "plan.json");
  const day = { today: "2026-11-20" };
  const plan: Plan = advise(readText(WORDS, catalog, day), catalog, day);
  writeFileSync(planned, JSON.stringify(plan));
  execFileSync(process.execPath, [MAIN, "new", "ml-project", "--plan", planned], { cwd: folder, stdio: "pipe" });
  const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
  files = scaffold(plan, template, { projectName: "ml-project", planMarkdown: explain(plan) });
  zip = zipOf(files, "ml-project");
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("unpacked, the zip is what `new` writes, byte for byte", () => {
  const unpacked = unzipSync(zip);
  const paths = readdirSync(written, { recursive: true, encoding: "utf8" }).filter((path) =>
    statSync(join(written, path)).isFile(),
  );
  expect(Object.keys(unpacked).sort()).toEqual(paths.map((path) => `ml-project/${path}`).sort());
  for (const path of paths)
    expect(Buffer.from(unpacked[`ml-project/${path}`]!).equals(readFileSync(join(written, path))), path).toBe(true);
});

test("equal plans give equal bytes: the zip's hash hangs on nothing but the files", () => {
  const hash = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
  const before = process.env.TZ;
  try {
    process.env.TZ = "Pacific/Auckland";
    expect(hash(zipOf(files, "ml-project"))).toBe(hash(zip));
  } finally {
    if (before === undefined) delete process.env.TZ;
    else process.env.TZ = before;
  }
});

test("scripts stay executable and other files do not, as a Unix unzip reads their modes", () => {
  const view = Buffer.from(zip);
  const modes = new Map<string, number>();
  // APPNOTE 4.3.12: a central header begins PK\1\2; the name's length stands at 28, the mode in the upper half of 38.
  for (let at = view.indexOf("PK\u0001\u0002"); at >= 0; at = view.indexOf("PK\u0001\u0002", at + 46)) {
    const name = view.toString("utf8", at + 46, at + 46 + view.readUInt16LE(at + 28));
    modes.set(name, view.readUInt32LE(at + 38) >>> 16);
  }
  expect(modes.size).toBe(files.size);
  for (const [path, text] of files)
    expect(modes.get(`ml-project/${path}`), path).toBe(text.startsWith("#!") ? 0o100755 : 0o100644);
  expect(strFromU8(unzipSync(zip)["ml-project/scripts/launch_local.sh"]!)).toMatch(/^#!/);
});

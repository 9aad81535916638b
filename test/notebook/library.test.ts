import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { advise, catalog, readText } from "../../src/index.ts";
import type { Ran } from "./kernel.ts";
import { PYTHON, python } from "./python.ts";

/** The packed package in an empty folder, as `npm install` lays it out; what it depends on is linked, not fetched. */

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WORDS = "fine-tune llama 3.1 8b on 50k tickets, $500";
const CELL = `import { architect } from "ml-architect/notebook";
const answer = await architect.plan(${JSON.stringify(WORDS)});
answer`;
/** Without types of its own a cell can show a value, and log nothing. */
const HASH = "(answer.plan as { planHash: string }).planHash";

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ml-architect library ü "));
  execFileSync("npm", ["pack", "--ignore-scripts", "--silent", "--pack-destination", folder], {
    cwd: ROOT,
    stdio: "ignore",
  });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  const modules = join(folder, "node_modules");
  mkdirSync(modules);
  execFileSync("tar", ["-xzf", join(folder, tarball), "-C", modules]);
  execFileSync("mv", [join(modules, "package"), join(modules, "ml-architect")]);
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const [path, { dev }] of Object.entries(packages))
    if (/^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && dev !== true) link(path);
  writeFileSync(join(folder, "package.json"), '{ "private": true, "dependencies": { "ml-architect": "0.1.0" } }');
});

const day = (): string => new Date().toISOString().slice(0, 10);
const begun = day();
/** Of the plan of the day, or of both where midnight has passed since the tests began. */
const hashes = (): string[] =>
  [...new Set([begun, day()])].map((today) => advise(readText(WORDS, catalog, { today }), catalog, { today }).planHash);
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));

function link(path: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  try {
    symlinkSync(join(ROOT, path), join(folder, path));
  } catch {
    // Optional, for another platform; or linked before.
  }
}

/** Runs cells in a kernel as its makers start it, in this folder. */
async function inBareKernel(name: string, argv: string[], cells: string[]): Promise<Ran[]> {
  const spec = join(folder, "share/jupyter/kernels", name);
  mkdirSync(spec, { recursive: true });
  writeFileSync(join(spec, "kernel.json"), JSON.stringify({ argv, display_name: name, language: "typescript" }));
  const program = python("kernel.py", [], {
    JUPYTER_PATH: join(folder, "share/jupyter"),
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    XDG_CONFIG_HOME: join(folder, "no-configuration"),
    NO_COLOR: "1",
  });
  const tell = async <T>(...words: unknown[]): Promise<T> => {
    program.say(words);
    return await program.hear<T>();
  };
  try {
    await tell("start", name, folder);
    const ran: Ran[] = [];
    for (const cell of cells) ran.push(await tell<Ran>("run", cell));
    return ran;
  } finally {
    await tell("stop", "now").catch(() => {});
    await program.end();
  }
}

const shown = (ran: Ran): string[] =>
  ran.outputs.flatMap(([, content]) => Object.keys((content as { data?: object }).data ?? {}));

test("a Bun script and a Node script get the plan of the same words, and print it as text", () => {
  const script = join(folder, "script.mjs");
  writeFileSync(script, `${CELL.replace(/answer$/, "console.log(answer)")};\nconsole.log(answer.plan.planHash);\n`);
  for (const program of [join(ROOT, "node_modules/.bin/bun"), process.execPath]) {
    const printed = execFileSync(program, [script], { cwd: folder, encoding: "utf8" });
    expect(printed).toContain("# Feasible");
    expect(hashes()).toContain(printed.trim().split("\n").at(-1));
  }
});

describe.skipIf(!PYTHON)("in kernels that know nothing of us", () => {
  const tslab = [
    process.execPath,
    join(ROOT, "node_modules/tslab/bin/tslab"),
    "kernel",
    "--config-path",
    "{connection_file}",
  ];

  test.each(["without", "with"])("a tslab cell %s @types/node shows card and charts", async (types) => {
    if (types === "with") link("node_modules/@types/node");
    const [first, second] = await inBareKernel("bare-tslab", tslab, [CELL, HASH]);
    expect(first!.stderr).toBe("");
    expect(first!.reply.status).toBe("ok");
    expect(shown(first!)).toEqual(["text/markdown", "image/svg+xml", "image/svg+xml"]);
    expect(first!.stdout).toMatch(/^LoRA adapters/);
    expect(hashes()).toContain(second!.stdout.trim());
  });

  // A bare Deno says at times that a cell is over before all that it shows has left, and whoever listened is gone by then.
  test("a Deno cell shows card and charts, and the plan is that of the terminal", {
    retry: 6,
    timeout: 300_000,
  }, async () => {
    const argv = [join(ROOT, "node_modules/deno/bin.cjs"), "jupyter", "--kernel", "--conn", "{connection_file}"];
    const wait = "await new Promise((done) => setTimeout(done, 500))";
    const ran = await inBareKernel("bare-deno", [process.execPath, ...argv], [CELL, wait, HASH, wait]);
    for (const { stderr } of ran) expect(stderr).toBe("");
    const mimes = ran.flatMap(shown);
    expect(mimes).toContain("text/markdown");
    expect(mimes.filter((mime) => mime === "image/svg+xml")).toHaveLength(2);
    const results = ran.flatMap(({ outputs }) => outputs.filter(([type]) => type === "execute_result"));
    expect(hashes().filter((hash) => JSON.stringify(results).includes(hash))).toHaveLength(1);
  });
});

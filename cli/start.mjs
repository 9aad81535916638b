// `npm start -- …` from a fresh clone: builds what is missing or out of date, then runs the command line.
// Plain JavaScript, because it must run before anything is built.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const dist = join(root, "dist");
/** The playground's page is compiled apart: it sees a browser and nothing of Node. */
const PAGE = "slack/playground/page/tsconfig.json";
const stampFile = join(dist, ".built-from");

/** Changes whenever a source file is added, removed or touched, also by a checkout of an older version. */
function stamp() {
  const hash = createHash("sha256");
  const add = (path) => {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path}\0${size}\0${mtimeMs}\n`);
  };
  for (const folder of ["src", "cli", "slack", "notebook"])
    for (const entry of readdirSync(join(root, folder), { recursive: true }).sort())
      if (/\.(ts|json)$/.test(entry)) add(join(folder, entry));
  for (const file of ["tsconfig.json", "tsconfig.build.json", PAGE, "package.json", "scripts/bundle.mjs"]) add(file);
  return hash.digest("hex");
}

function isBuilt(now) {
  return existsSync(join(dist, "cli", "main.js")) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === now;
}

/** Builds beside `dist` and swaps, so that a command running meanwhile never loads half a build. */
async function build(now) {
  process.stderr.write("Building ml-architect (once after each change)…\n");
  sweep();
  const fresh = `${dist}.${process.pid}`;
  const compiler = join(root, "node_modules", "typescript", "bin", "tsc");
  if (!existsSync(compiler)) stop("the packages are not installed", `run "npm install" in ${root}`);
  for (const config of ["tsconfig.build.json", PAGE]) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [compiler, "-p", config, "--noEmit", "false", "--outDir", fresh, "--rootDir", "."],
      { cwd: root, encoding: "utf8" },
    );
    if (status === 0) continue;
    rmSync(fresh, { recursive: true, force: true });
    // The compiler reports on stdout; ours is for the answer.
    process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
    stop("the build failed", "correct the lines above, then run the same command again");
  }
  const { bundleCommandLine } = await import("../scripts/bundle.mjs");
  await bundleCommandLine(join(fresh, "cli"));
  writeFileSync(join(fresh, ".built-from"), now);
  swap(fresh);
}

/** Puts the new build in the place of the old one. Another terminal may do the same at this moment: then try again. */
function swap(fresh) {
  for (let attempt = 0; ; attempt += 1) {
    const old = `${fresh}.old`;
    try {
      rmSync(old, { recursive: true, force: true });
      if (existsSync(dist)) renameSync(dist, old);
      renameSync(fresh, dist);
      rmSync(old, { recursive: true, force: true });
      return;
    } catch (error) {
      if (attempt >= 20) throw error;
    }
  }
}

/** Removes what interrupted builds left behind. */
function sweep() {
  for (const entry of readdirSync(root)) {
    const left = /^dist\.\d+(\.old)?$/.test(entry) && Date.now() - statSync(join(root, entry)).mtimeMs > 600_000;
    if (left) rmSync(join(root, entry), { recursive: true, force: true });
  }
}

function stop(message, hint) {
  process.stderr.write(`error: ${message}\nhint: ${hint}\n`);
  process.exit(3);
}

try {
  const now = stamp();
  if (!isBuilt(now)) await build(now);
} catch (error) {
  stop(`cannot build: ${error.message}`, "check that the folder can be written, then run the same command again");
}
// npm runs scripts in the package's folder; a relative path on the command line means the person's.
const { INIT_CWD, npm_lifecycle_event: script } = process.env;
if (script === "start" && INIT_CWD && existsSync(INIT_CWD)) process.chdir(INIT_CWD);
await import("../dist/cli/main.js");

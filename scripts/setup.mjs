// npm run setup:full: prepares what the whole test suite needs beside Node. No root needed. What was prepared before is
// left as it is; everything lies outside the checkout. With a name (`npm run setup:full -- jupyter`), that part alone.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { BROWSER_PACKAGE, browserFolder, preparedBrowser } from "./browser.mjs";
import {
  cleanEnvironment,
  ENVIRONMENTS,
  environmentFolder,
  findPython,
  preparedPython,
  ROOT,
} from "./python-environment.mjs";
import { pinsOf, requirementSets } from "./requirement-sets.mjs";

function fail(error, hint) {
  console.error(`error: ${error}\nhint: ${hint}`);
  process.exit(3);
}

/** One command; where it fails, everything ends with what to do. */
function step(hint, command, args, { cwd, env } = {}) {
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd, env: cleanEnvironment(env) });
  if (status !== 0) fail(`${command} ${args.join(" ")} ended with ${status}`, hint);
}

/** Fills an empty folder and puts the marker in it when all is there. */
function prepare({ folder, size }, fill) {
  console.log(`Preparing ${folder}: about ${size}, once`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  fill(folder, `check the network and the disk (${size}), then run this again`);
  writeFileSync(join(folder, "ready"), "");
}

/** Copies the Python of wheels into the packages of an environment, and nothing else. */
const UNPACK = `
import pathlib, sys, sysconfig, zipfile
target = pathlib.Path(sysconfig.get_paths()["purelib"])
for wheel in map(zipfile.ZipFile, sys.argv[1:]):
    wheel.extractall(target, [name for name in wheel.namelist() if name.endswith((".py", "METADATA"))])
`;

/** A lock of packages alone: what they depend on is not installed, and of some only the Python. */
function withoutDependencies(folder, hint, lock, sources) {
  const run = join(folder, "bin/python");
  const wheels = join(folder, "wheels");
  const pip = ["-m", "pip", "--disable-pip-version-check"];
  const only = ["--quiet", "--no-cache-dir", "--no-deps"];
  step(hint, run, [...pip, "download", ...only, "--require-hashes", "-r", lock, "-d", wheels]);
  const all = readdirSync(wheels).map((name) => join(wheels, name));
  const partial = all.filter((path) => sources.some((name) => basename(path).startsWith(`${name}-`)));
  step(hint, run, ["-c", UNPACK, ...partial]);
  step(hint, run, [...pip, "install", ...only, "--no-index", ...all.filter((path) => !partial.includes(path))]);
  rmSync(wheels, { recursive: true });
}

/** A lock without what the environment below has: of it the packages are seen, after the own ones. */
function uponAnother(folder, hint, lock, { name, taken }) {
  const below = preparedPython(name);
  if (below === undefined) fail(`the environment "${name}" is not prepared`, `npm run setup:full -- ${name}`);
  const has = new Map(
    ENVIRONMENTS[name].locks.flatMap((path) => pinsOf(readFileSync(path, "utf8")).map((p) => [p.name, p.version])),
  );
  const rest = join(folder, "rest.lock");
  const blocks = readFileSync(lock, "utf8").split(/^(?=[a-z0-9])/im);
  const own = blocks.filter((block) => {
    const [pin] = pinsOf(block);
    return pin !== undefined && !taken.test(pin.name) && has.get(pin.name) !== pin.version;
  });
  writeFileSync(rest, own.join(""));
  const pip = ["-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-cache-dir"];
  step(hint, join(folder, "bin/python"), [...pip, "--no-deps", "--require-hashes", "-r", rest]);
  const packages = "lib/python3.11/site-packages";
  writeFileSync(join(folder, packages, `upon-${name}.pth`), `${join(environmentFolder(name), packages)}\n`);
}

const python =
  ({ locks, sources, upon }) =>
  (folder, hint) => {
    const found = findPython();
    if (!found)
      fail(
        "Python 3.11 was not found: the locks are made for it",
        "install it (python.org, pyenv, uv python install 3.11) and run this again",
      );
    step(hint, found, ["-m", "venv", folder]);
    const pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir", "--require-hashes", "-r"];
    for (const lock of locks) {
      const alone = requirementSets().find((set) => join(ROOT, set.lock) === lock)?.alone;
      if (upon !== undefined) uponAnother(folder, hint, lock, upon);
      else if (alone === undefined)
        step(hint, join(folder, "bin/python"), [...pip, lock], { env: { PIP_DISABLE_PIP_VERSION_CHECK: "1" } });
      else withoutDependencies(folder, hint, lock, sources);
    }
  };

function browser(folder, hint) {
  for (const file of ["package.json", "package-lock.json"])
    copyFileSync(join(BROWSER_PACKAGE, file), join(folder, file));
  step(hint, "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  // The package unpacks into the temporary folder, its libraries only where it takes itself to be on AWS Lambda.
  const unpack = 'import chromium from "@sparticuz/chromium"; await chromium.executablePath();';
  const env = { TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: "nodejs22.x" };
  step(hint, process.execPath, ["--input-type=module", "-e", unpack], { cwd: folder, env });
  writeFileSync(
    join(folder, "fonts.conf"),
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>${folder}/fonts</dir><dir>${folder}/node_modules/dejavu-fonts-ttf/ttf</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>\n`,
  );
}

/** The packaged browser is for this platform; elsewhere its tests are left out. */
const HAS_BROWSER = process.platform === "linux" && process.arch === "x64";
const PARTS = {
  ...Object.fromEntries(
    Object.entries(ENVIRONMENTS).map(([name, environment]) => [
      name,
      {
        folder: environmentFolder(name),
        size: environment.size,
        isReady: () => preparedPython(name),
        fill: python(environment),
      },
    ]),
  ),
  ...(HAS_BROWSER
    ? { browser: { folder: browserFolder(), size: "300 MB", isReady: preparedBrowser, fill: browser } }
    : {}),
};

const [only] = process.argv.slice(2);
if (only !== undefined && !(only in PARTS))
  fail(`there is no part "${only}" here`, `name one of ${Object.keys(PARTS).join(", ")}, or none for all`);
for (const name of only ? [only] : Object.keys(PARTS)) {
  const part = PARTS[name];
  if (!part.isReady()) prepare(part, part.fill);
  console.log(`${name}: ready in ${part.folder}`);
}
if (!HAS_BROWSER) console.log("browser: the packaged one is for Linux on x64; its tests are left out here");

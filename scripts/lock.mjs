// npm run templates:lock [-- --upgrade]: templates/versions.txt → every requirements file → every lock beside one.
// With --upgrade, templates/versions.txt takes the newest versions that go together first. All is resolved before the
// first file is written: where something cannot be resolved, nothing changes.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanEnvironment } from "./python-environment.mjs";
import { pinsOf, ROOT, readVersions, requirementSets, VERSIONS, withVersions } from "./requirement-sets.mjs";

const UPGRADE = process.argv.includes("--upgrade");
/** What the locks are made for: the Python that the templates state, on the machines that train and serve. */
const FOR = ["--python-version", "3.11", "--python-platform", "x86_64-unknown-linux-gnu"];

class Refusal extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** uv of this machine, from PyPI alone: an index or a folder of wheels that is set up here must not leak into a lock. */
function uv(args, cwd, what) {
  const { status, stderr, error } = spawnSync("uv", args, { cwd, env: cleanEnvironment(), encoding: "utf8" });
  if (error) throw new Refusal("uv does not start", "python3 -m pip install uv");
  if (status !== 0)
    throw new Refusal(
      `${what} cannot be resolved:\n${stderr}`,
      "Hold a package back in templates/versions.txt (`name==1.2.3  # held: why`), or give the file an environment of its own (`# apart: why`).",
    );
}

const COMPILE = ["pip", "compile", "--no-config", "--quiet", "--default-index", "https://pypi.org/simple", ...FOR];
const only = (alone) => (alone === undefined ? [] : ["--no-deps"]);
const line = ({ name, extras, marker }, bound) => `${name}${extras}${bound}${marker === "" ? "" : ` ${marker}`}`;
const withoutComments = (lock) => lock.replace(/^\s*#.*\n/gm, "");
const names = (pins) => new Map(pins.map((pin) => [pin.name, pin.version]));

const scratch = mkdtempSync(join(tmpdir(), "ml-architect-locks-"));
try {
  const sets = requirementSets();
  const before = readVersions();
  const versions = new Map(before);
  for (const { path, pins } of sets)
    for (const { name } of pins)
      if (!versions.has(name))
        throw new Refusal(`${path} names ${name}, which ${VERSIONS} does not`, `Add ${name} to ${VERSIONS}.`);
  const together = sets.filter((set) => set.apart === undefined);
  const apart = sets.filter((set) => set.apart !== undefined);

  /** Resolves requirements that go together; known versions are kept where they can be. */
  const resolve = (pins, { loose, known, what, alone }) => {
    const bound = ({ name }) => {
      const { version, held } = versions.get(name);
      return loose(name) && held === undefined ? `>=${version}` : `==${version}`;
    };
    writeFileSync(join(scratch, "all.in"), [...new Set(pins.map((pin) => line(pin, bound(pin))))].join("\n"));
    writeFileSync(join(scratch, "all.txt"), [...known].map(([name, version]) => `${name}==${version}`).join("\n"));
    uv(
      [...COMPILE, ...only(alone), "--no-annotate", "--no-header", "all.in", "--output-file", "all.txt"],
      scratch,
      what,
    );
    return names(pinsOf(readFileSync(join(scratch, "all.txt"), "utf8")));
  };
  const lockedNow = (some) =>
    UPGRADE
      ? new Map()
      : new Map(
          some.flatMap(({ lock }) =>
            lock && existsSync(join(ROOT, lock)) ? [...names(pinsOf(readFileSync(join(ROOT, lock), "utf8")))] : [],
          ),
        );
  const take = (pins, found) => {
    for (const { name } of pins) versions.set(name, { ...versions.get(name), version: found.get(name) });
  };

  const all = together.flatMap(({ pins }) => pins);
  const shared = resolve(all, { loose: () => UPGRADE, known: lockedNow(together), what: "What is installed together" });
  take(all, shared);
  const others = new Set(all.map(({ name }) => name));
  for (const set of apart) {
    const found = resolve(set.pins, {
      loose: (name) => UPGRADE && !others.has(name),
      known: lockedNow([set]),
      what: set.path,
      alone: set.alone,
    });
    take(set.pins, found);
    for (const { name } of set.pins) others.add(name);
  }

  // Each lock is made from its own file, with the versions of the whole as those to prefer: a part of what goes
  // together goes together, so that a package has one version in every lock.
  cpSync(join(ROOT, "templates"), join(scratch, "templates"), {
    recursive: true,
    filter: (path) => !/[/\\](\.venv|node_modules)$/.test(path),
  });
  for (const place of ["test/covering", "test/serving"])
    cpSync(join(ROOT, place), join(scratch, place), { recursive: true });
  const texts = sets.map((set) => ({ ...set, text: withVersions(set.text, versions) }));
  for (const { path, text } of texts) writeFileSync(join(scratch, path), text);
  const lockable = texts.filter(({ lock }) => lock !== undefined);
  const locks = lockable.map(({ path, folder, lock, apart: own, alone }) => {
    const at = join(scratch, lock);
    const preferred = own === undefined ? shared : lockedNow([{ lock }]);
    writeFileSync(at, [...preferred].map(([name, version]) => `${name}==${version}`).join("\n"));
    const [source, target] = [path, lock].map((p) => p.slice(folder.length + 1));
    uv(
      [
        ...COMPILE,
        ...only(alone),
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--custom-compile-command",
        "make lock",
        source,
        "--output-file",
        target,
      ],
      join(scratch, folder),
      path,
    );
    return { path: lock, text: readFileSync(at, "utf8") };
  });

  const write = (path, text, same) => {
    if (existsSync(join(ROOT, path)) && same(readFileSync(join(ROOT, path), "utf8"), text)) return;
    writeFileSync(join(ROOT, path), text);
    console.log(`wrote ${path}`);
  };
  const listed = readFileSync(join(ROOT, VERSIONS), "utf8");
  const equal = (a, b) => a === b;
  write(VERSIONS, withVersions(listed, versions), equal);
  for (const { path, text } of texts) write(path, text, equal);
  // Environments are named by the bytes of their locks: a comment alone is no reason to install gigabytes again.
  for (const { path, text } of locks) write(path, text, (a, b) => withoutComments(a) === withoutComments(b));
  for (const [name, { version }] of versions)
    if (version !== before.get(name).version) console.log(`${name}: ${before.get(name).version} → ${version}`);
  console.log(`${locks.length} locks of ${versions.size} direct requirements are up to date`);
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  console.error(`error: ${error.message}\nhint: ${error.hint}`);
  process.exitCode = 3;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

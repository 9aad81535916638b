// npm run setup:full: prepares what the whole test suite needs beside Node. No root needed.
// With a name (`npm run setup:full -- jupyter`), that environment alone.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  cleanEnvironment,
  ENVIRONMENTS,
  environmentFolder,
  findPython,
  preparedPython,
} from "./python-environment.mjs";

const fail = (error, hint) => {
  console.error(`error: ${error}\nhint: ${hint}`);
  process.exit(3);
};

const [only] = process.argv.slice(2);
if (only !== undefined && !(only in ENVIRONMENTS))
  fail(`there is no environment "${only}"`, `name one of ${Object.keys(ENVIRONMENTS).join(", ")}, or none for all`);
for (const name of only ? [only] : Object.keys(ENVIRONMENTS)) prepare(name);

function prepare(name) {
  const folder = environmentFolder(name);
  const { locks, size } = ENVIRONMENTS[name];
  if (preparedPython(name)) return console.log(`Environment "${name}": ready in ${folder}`);
  const python = findPython();
  if (!python)
    fail(
      "Python 3.11 was not found: the locks are made for it",
      "install it (python.org, pyenv, uv python install 3.11) and run this again",
    );
  console.log(`Preparing ${folder}: about ${size} of packages, once`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const step = (command, args) => {
    const { status } = spawnSync(command, args, {
      stdio: "inherit",
      env: cleanEnvironment({ PIP_DISABLE_PIP_VERSION_CHECK: "1" }),
    });
    if (status !== 0)
      fail(
        `${command} ${args.join(" ")} ended with ${status}`,
        `check the network and the disk (${size}), then run this again`,
      );
  };
  step(python, ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir", "--require-hashes", "-r"];
  for (const lock of locks) step(join(folder, "bin/python"), [...pip, lock]);
  writeFileSync(join(folder, "ready"), "");
  console.log(`Environment "${name}": ready`);
}

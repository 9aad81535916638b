// npm run setup:full: prepares what the whole test suite needs beside Node. No root needed.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cleanEnvironment, environmentFolder, findPython, LOCKS, preparedPython } from "./python-environment.mjs";

if (preparedPython()) {
  console.log(`Python environment: ready in ${environmentFolder()}`);
  process.exit(0);
}
const python = findPython();
if (!python) {
  console.error(
    "error: Python 3.11 was not found: the project's locks are made for it\nhint: install it (python.org, pyenv, uv python install 3.11) and run this again",
  );
  process.exit(3);
}
const folder = environmentFolder();
console.log(`Preparing ${folder}: about 6 GB of packages, once`);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
const step = (command, args) => {
  const { status } = spawnSync(command, args, {
    stdio: "inherit",
    env: cleanEnvironment({ PIP_DISABLE_PIP_VERSION_CHECK: "1" }),
  });
  if (status !== 0) {
    console.error(
      `error: ${command} ${args.join(" ")} ended with ${status}\nhint: check the network and the disk (6 GB), then run this again`,
    );
    process.exit(3);
  }
};
step(python, ["-m", "venv", folder]);
for (const lock of LOCKS)
  step(join(folder, "bin/python"), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--no-cache-dir",
    "--require-hashes",
    "-r",
    lock,
  ]);
writeFileSync(join(folder, "ready"), "");
console.log("Python environment: ready");

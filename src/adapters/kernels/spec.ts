import { basename } from "node:path";
import { CHILD_FILE } from "./placeholder.ts";
import { builtFile, packageVersion, type Runtime } from "./programs.ts";

/** What Jupyter reads of a kernel. */
export interface KernelSpec {
  argv: string[];
  display_name: string;
  language: string;
  interrupt_mode?: "signal" | "message";
  env?: Record<string, string>;
  metadata?: Record<string, unknown>;
}

/** A kernel that can stand underneath. */
export interface Underneath {
  /** "tslab", "deno", or the name of an installed kernel. */
  name: string;
  dialect: "tslab" | "deno" | "generic";
  /** `{connection_file}` stands where it belongs. */
  argv: string[];
  display: string;
  language: string;
  interrupt: "signal" | "message";
  env: Record<string, string>;
}

/** Whose a kernelspec is. */
export const MARK = "ml-architect";

const FRONT_FILE = "{connection_file}";

export const specNameOf = (name: string): string => `${MARK}-${name}`;

export function specOf(below: Underneath, runtime: Runtime, program: string): KernelSpec {
  return {
    argv: [
      program,
      ...(runtime === "deno" ? ["run", "--allow-all"] : []),
      builtFile("notebook/kernel.js"),
      "--dialect",
      below.dialect,
      "--interrupt",
      below.interrupt,
      "--connection-file",
      FRONT_FILE,
      "--",
      ...below.argv.map((word) => word.replaceAll(FRONT_FILE, CHILD_FILE)),
    ],
    display_name: `${below.display} + %architect`,
    language: below.language,
    // A signal would reach the kernel underneath as well, and Deno dies of it.
    interrupt_mode: "message",
    env: below.env,
    metadata: { [MARK]: { version: packageVersion(), kernel: below.name, runtime } },
  };
}

/** An installed kernel as it describes itself. */
export function underneathOf(name: string, spec: KernelSpec): Underneath {
  const program = basename(spec.argv[0] ?? "");
  return {
    name,
    dialect: /^tslab/.test(program) ? "tslab" : /^deno/.test(program) ? "deno" : "generic",
    argv: spec.argv,
    display: spec.display_name,
    language: spec.language,
    interrupt: spec.interrupt_mode ?? "signal",
    env: spec.env ?? {},
  };
}

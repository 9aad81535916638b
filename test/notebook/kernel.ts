import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../cli/run.ts";
import { python } from "./python.ts";

export interface Ran {
  reply: { status: string; execution_count: number; ename?: string; evalue?: string; [more: string]: unknown };
  outputs: [string, Record<string, unknown>][];
  stdout: string;
  stderr: string;
  /** Cells that had ended, and said something more meanwhile. */
  late: number;
  timeout?: boolean;
}

export interface Kernel {
  run(code: string, options?: Record<string, unknown>): Promise<Ran>;
  tell<T = unknown>(...words: unknown[]): Promise<T>;
  folder: string;
  end(): Promise<void>;
}

/** Installs the kernel into a folder of its own, as a person would, and starts it by jupyter_client. */
export async function startKernel(kernel: string, runtime = "node", underneath?: object): Promise<Kernel> {
  const folder = mkdtempSync(join(tmpdir(), "ml-architect notebook ü "));
  const jupyter = join(folder, "share", "jupyter");
  if (underneath) {
    mkdirSync(join(jupyter, "kernels", kernel), { recursive: true });
    writeFileSync(join(jupyter, "kernels", kernel, "kernel.json"), JSON.stringify(underneath));
  }
  const installed = await run(["notebook", "install", "--kernel", kernel, "--runtime", runtime, "--prefix", folder], {
    env: { JUPYTER_PATH: jupyter },
  });
  if (installed.code !== 0) throw new Error(installed.stderr);
  const program = python("kernel.py", [], {
    JUPYTER_PATH: jupyter,
    JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
    XDG_CONFIG_HOME: join(folder, "no-configuration"),
    NO_COLOR: "1",
  });
  const tell = <T>(...words: unknown[]): Promise<T> => {
    program.say(words);
    return program.hear<T>();
  };
  await tell("start", `ml-architect-${kernel}`, folder);
  return {
    folder,
    tell,
    async run(code, options) {
      const ran = await tell<Ran>("run", code, ...(options ? [options] : []));
      if (ran.timeout) throw new Error(`no end of ${JSON.stringify(code)}: ${JSON.stringify(ran)}`);
      return ran;
    },
    async end() {
      await tell("stop", "now").catch(() => {});
      await program.end();
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
    },
  };
}

/** Processes that descend from one, by /proc. */
export function descendants(pid: number): number[] {
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        return [{ pid: Number(name), parent: Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]) }];
      } catch {
        return [];
      }
    });
  const children = parents.filter(({ parent }) => parent === pid).map((each) => each.pid);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Processes that stand in a folder, by /proc. */
export const within = (folder: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`) === folder;
      } catch {
        return false;
      }
    })
    .map(Number);

export function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has waited for runs nothing any more.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

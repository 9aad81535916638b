import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cleanEnvironment } from "../../scripts/python-environment.mjs";
import { ROOT, run } from "../cli/run.ts";
import { PYTHON } from "./python.ts";

const FULL = process.env.ML_ARCHITECT_FULL === "1";
let prefix: string;
beforeAll(() => {
  prefix = mkdtempSync(join(tmpdir(), "ml-architect-conformance-"));
});
afterAll(() => rmSync(prefix, { recursive: true, force: true, maxRetries: 20 }));

function conformance(kernel: string, below: string): { run: number; failed: string[]; skipped: string[] } {
  const stdout = execFileSync(PYTHON!, [join(ROOT, "test/notebook/conformance.py")], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: cleanEnvironment({
      KERNEL: kernel,
      BELOW: below,
      JUPYTER_PATH: join(prefix, "share", "jupyter"),
      NO_COLOR: "1",
    }),
  });
  return JSON.parse(stdout);
}

const KERNELS = FULL
  ? ["tslab", "deno"].flatMap((kernel) => ["node", "bun", "deno"].map((runtime) => [kernel, runtime] as const))
  : [["deno", "node"] as const];

// Deno's own placeholder, and for tslab its own program: the kernel as its makers start it.
test.skipIf(!PYTHON).each(KERNELS)(
  "jupyter_kernel_test finds nothing wrong with the proxied %s, ours on %s, that it does not find with the bare one",
  async (kernel, runtime) => {
    await run(["notebook", "install", "--kernel", kernel, "--runtime", runtime, "--prefix", prefix]);
    const kernels = join(prefix, "share", "jupyter", "kernels");
    const spec = JSON.parse(readFileSync(join(kernels, `ml-architect-${kernel}`, "kernel.json"), "utf8"));
    const own: string[] = spec.argv.slice(spec.argv.indexOf("--") + 1);
    const argv =
      kernel === "tslab"
        ? [own[0], join(own[2]!, "bin", "tslab"), "kernel", "--config-path", "{connection_file}"]
        : own.map((word) => word.replace("@connection_file@", "{connection_file}"));
    mkdirSync(join(kernels, `bare-${kernel}`), { recursive: true });
    writeFileSync(join(kernels, `bare-${kernel}`, "kernel.json"), JSON.stringify({ ...spec, argv, metadata: {} }));
    const bare = conformance(`bare-${kernel}`, kernel);
    const proxied = conformance(`ml-architect-${kernel}`, kernel);
    expect(proxied.run).toBe(bare.run);
    expect(proxied.failed.filter((name) => !bare.failed.includes(name))).toEqual([]);
    expect(proxied.skipped).toEqual(bare.skipped);
  },
  600_000,
);

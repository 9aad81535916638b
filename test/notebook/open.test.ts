import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cleanEnvironment } from "../../scripts/python-environment.mjs";
import { saidOfItself } from "./jupyter.ts";
import { PYTHON } from "./python.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/notebook.mjs", import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "ml-architect open ü "));
  mkdirSync(join(folder, "bin"));
  symlinkSync(process.execPath, join(folder, "bin", "node"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 20 }));

const start = (path: string, args: readonly string[] = []) =>
  spawn(process.execPath, [SCRIPT, ...args], {
    cwd: folder,
    env: cleanEnvironment({
      INIT_CWD: folder,
      PATH: path,
      XDG_CACHE_HOME: join(folder, "cache"),
      JUPYTER_RUNTIME_DIR: join(folder, "runtime"),
      JUPYTER_CONFIG_DIR: join(folder, "config"),
      JUPYTER_DATA_DIR: join(folder, "data"),
    }),
  });

test("without Jupyter, `npm run notebook` says what to install", async () => {
  const child = start(join(folder, "bin"));
  let said = "";
  child.stderr.on("data", (data) => {
    said += data;
  });
  expect(await new Promise((resolve) => child.once("close", resolve))).toBe(3);
  expect(said).toContain("python3 -m pip install jupyterlab");
  expect(said).toContain("npm run setup:full -- jupyter");
});

test.skipIf(!PYTHON)(
  "with it, JupyterLab opens with our kernels, and nothing is written into the person's own Jupyter",
  async () => {
    const path = `${join(folder, "bin")}:${dirname(PYTHON!)}`;
    const child = start(path, ["--no-browser", "--allow-root", "--port=0", "--ServerApp.port_retries=0"]);
    try {
      let said = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (data) => {
          said += data;
        });
      const runtime = join(folder, "runtime");
      const files = (): string[] => {
        try {
          return readdirSync(runtime).filter((name) => /^jpserver-\d+\.json$/.test(name));
        } catch {
          return [];
        }
      };
      type About = { url: string; token: string; root_dir: string };
      const about = () => files().map((name) => saidOfItself<About>(join(runtime, name)))[0];
      await expect.poll(about, { timeout: 180_000, message: said }).toBeDefined();
      const { url, token, root_dir } = about()!;
      expect(root_dir).toBe(folder);
      await expect
        .poll(
          () =>
            fetch(`${url}api/kernelspecs?token=${token}`).then(
              (r) => r.ok,
              () => false,
            ),
          { timeout: 180_000 },
        )
        .toBe(true);
      const { kernelspecs } = (await (await fetch(`${url}api/kernelspecs?token=${token}`)).json()) as {
        kernelspecs: object;
      };
      expect(Object.keys(kernelspecs)).toEqual(expect.arrayContaining(["ml-architect-deno", "ml-architect-tslab"]));
      expect(readdirSync(join(folder, "data"), { recursive: true }).join()).not.toContain("kernel.json");
    } finally {
      const ended = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await ended;
    }
  },
);

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { writeProject } from "../../src/adapters/files.ts";
import { run, safeEnvironment } from "../../src/adapters/python/process.ts";
import { verifyProject } from "../../src/adapters/python.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { isAlive } from "../notebook/kernel.ts";
import { llamaOnOneRtx4090 } from "../project/plan.fixture.ts";
import { smallTemplate } from "../project/template.fixture.ts";

const python = ["python3.11", "python3", "python"].find((name) => {
  try {
    return (
      execFileSync(name, ["-c", "import sys; print(sys.version_info >= (3, 11))"], { encoding: "utf8" }).trim() ===
      "True"
    );
  } catch {
    return false;
  }
});

let root: string;
let dir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ml-architect-test-"));
  dir = join(root, "project");
  const files = scaffold(llamaOnOneRtx4090(), smallTemplate(), {
    projectName: "support-assistant",
    planMarkdown: "# Plan\n",
  });
  await writeProject(dir, files);
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});
const status = (report: Awaited<ReturnType<typeof verifyProject>>, id: string): string | undefined =>
  report.items.find((item) => item.id === id)?.status;

describe("a quick check", () => {
  test("reads the files, runs nothing, and calls what it did not run unknown", async () => {
    const steps: string[] = [];
    const report = await verifyProject(dir, {
      quick: true,
      today: "2026-11-20",
      onProgress: (p) => steps.push(p.step),
    });
    expect(status(report, "readme")).toBe("pass");
    for (const id of ["dependencies", "data", "model", "deployment", "reproducibility"])
      expect(status(report, id), id).toBe("unknown");
    expect(report).toMatchObject({ status: "unknown", counts: { fail: 0 }, planHash: llamaOnOneRtx4090().planHash });
    expect(steps).toEqual(["inspect", "record"]);
  });

  test("fills in the checklist without making it an edit", async () => {
    await verifyProject(dir, { quick: true, today: "2026-11-20" });
    const page = await readFile(join(dir, "CHECKLIST.md"), "utf8");
    expect(page).toContain("Checked on 2026-11-20");
    const files = scaffold(llamaOnOneRtx4090(), smallTemplate(), {
      projectName: "support-assistant",
      planMarkdown: "# Plan\n",
    });
    expect((await writeProject(dir, files)).keptEdited).toEqual([]);
  });

  test("leaves a checklist alone that the person wrote in", async () => {
    await appendFile(join(dir, "CHECKLIST.md"), "\nmy notes\n");
    await verifyProject(dir, { quick: true });
    expect(await readFile(join(dir, "CHECKLIST.md"), "utf8")).toContain("my notes");
    expect(await readFile(join(dir, "CHECKLIST.md.new"), "utf8")).toContain("Checked on");
    expect(Object.keys(parseManifest(await readFile(join(dir, MANIFEST_PATH), "utf8")).proposals)).toEqual([
      "CHECKLIST.md.new",
    ]);
  });

  test("of a project that is not ours warns, and writes nothing into it", async () => {
    await rm(join(dir, ".ml-architect"), { recursive: true });
    const before = await readFile(join(dir, "CHECKLIST.md"), "utf8");
    const warnings: string[] = [];
    await verifyProject(dir, { quick: true, onProgress: (p) => p.step === "warning" && warnings.push(p.text) });
    expect(warnings).toHaveLength(1);
    expect(await readFile(join(dir, "CHECKLIST.md"), "utf8")).toBe(before);
  });

  test("of what is not a folder says so", async () => {
    await expect(verifyProject(join(dir, "README.md"), { quick: true })).rejects.toMatchObject({
      code: "invalid-input",
    });
    await expect(verifyProject(join(dir, "missing"), { quick: true })).rejects.toThrowError(/it does not exist/);
  });
});

describe.skipIf(python === undefined)("a check with an interpreter that is there", () => {
  test("runs the project's own loader, and what is not installed stays unknown", async () => {
    await writeFile(
      join(dir, "src/pipeline/config.py"),
      "def load_config(folder, overlays=()):\n    raise SystemExit('training.lr: unknown key')\n",
    );
    const report = await verifyProject(dir, { python: python! });
    expect(status(report, "configs")).toBe("fail");
    expect(report.items.find((i) => i.id === "configs")?.evidence[0]).toContain("training.lr: unknown key");
    expect(status(report, "dependencies")).toBe("unknown");
  });

  test("gives the project's code no key of ours", async () => {
    await writeFile(
      join(dir, "src/pipeline/config.py"),
      "import os\ndef load_config(folder, overlays=()):\n    raise SystemExit('keys: ' + ','.join(k for k in os.environ if 'KEY' in k or 'TOKEN' in k))\n",
    );
    process.env.SOME_SERVICE_TOKEN = "x";
    try {
      const report = await verifyProject(dir, { python: python! });
      expect(report.items.find((i) => i.id === "configs")?.evidence[0]).not.toContain("SOME_SERVICE_TOKEN");
    } finally {
      delete process.env.SOME_SERVICE_TOKEN;
    }
  });

  test("whose lock does not fit says so, and what needs the packages stays unknown", async () => {
    const report = await verifyProject(dir, {});
    const item = report.items.find((i) => i.id === "dependencies");
    // The small template's hashes are invented: with a network pip refuses them, without one nothing is known.
    expect(["fail", "unknown"]).toContain(item?.status);
    expect(status(report, "model")).toBe("unknown");
  });
});

describe.skipIf(process.platform === "win32" || python === undefined)("a program that takes too long", () => {
  const program =
    "import subprocess, sys, time; c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']); print(c.pid, flush=True); time.sleep(600)";
  const alive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      // A zombie still answers to a signal: it has ended all the same.
      return !/^State:\s*Z/m.test(execFileSync("cat", [`/proc/${pid}/status`], { encoding: "utf8" }));
    } catch {
      return false;
    }
  };
  const gone = async (pid: number): Promise<boolean> => {
    for (const deadline = Date.now() + 30_000; alive(pid) && Date.now() < deadline; )
      await new Promise((done) => setTimeout(done, 100));
    return !alive(pid);
  };

  test("is ended with everything it started", async () => {
    const lines: string[] = [];
    const result = await run(python!, ["-c", program], {
      cwd: root,
      env: safeEnvironment(),
      // Long enough for it to have started the other one.
      timeoutMs: 10_000,
      onLine: (l) => lines.push(l),
    });
    expect(result.timedOut).toBe(true);
    expect(lines).toEqual([expect.stringMatching(/^\d+$/)]);
    expect(await gone(Number(lines[0]))).toBe(true);
  });

  test("is ended when the caller gives up", async () => {
    const abort = new AbortController();
    let child = 0;
    const running = run(python!, ["-c", program], {
      cwd: root,
      env: safeEnvironment(),
      timeoutMs: 300_000,
      signal: abort.signal,
      onLine: (line) => {
        child = Number(line);
        abort.abort();
      },
    });
    await expect(running).rejects.toThrowError(/was stopped/);
    expect(await gone(child)).toBe(true);
  });
});

test.skipIf(process.platform === "win32")(
  "a program ends with us, even when we are killed and can say nothing",
  async () => {
    const module = fileURLToPath(new URL("../../dist/src/adapters/python/process.js", import.meta.url));
    // The shell's child stands for what a training run starts.
    const script = `import { run } from ${JSON.stringify(module)};
    await run("/bin/sh", ["-c", "sleep 300 & echo $!; wait"], { cwd: ".", env: {}, timeoutMs: 1e6, onLine: (l) => console.log(l) });`;
    const ours = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const pid = Number(String((await once(ours.stdout, "data"))[0]));
    expect(isAlive(pid)).toBe(true);
    ours.kill("SIGKILL");
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), 60_000);
  },
);

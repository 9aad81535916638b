import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { strToU8, zipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { architect } from "../../../notebook/answer/architect.ts";
import { findPython } from "../../../scripts/python-environment.mjs";
import { catalog } from "../../../src/index.ts";
import { cellsOf, running } from "./cells.ts";

/** A package as an index has it: pure Python, a few hundred bytes. */
function wheel(name: string, requires: string[] = []): Uint8Array {
  const info = `${name}-1.0.dist-info`;
  const metadata = [
    "Metadata-Version: 2.1",
    `Name: ${name}`,
    "Version: 1.0",
    ...requires.map((each) => `Requires-Dist: ${each}`),
  ];
  return zipSync({
    [`${name}/__init__.py`]: strToU8(`name = "${name}"\n`),
    [`${info}/METADATA`]: strToU8(`${metadata.join("\n")}\n`),
    [`${info}/WHEEL`]: strToU8("Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
    [`${info}/RECORD`]: strToU8(
      [`${name}/__init__.py`, ...["METADATA", "WHEEL", "RECORD"].map((f) => `${info}/${f}`)]
        .map((f) => `${f},,\n`)
        .join(""),
    ),
  });
}
const WHEELS = new Map([
  ["tokens", wheel("tokens")],
  ["weights", wheel("weights", ["tokens"])],
  ["trainer", wheel("trainer", ["weights"])],
  ["server", wheel("server")],
]);
const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const locked = (name: string, hash = hashOf(WHEELS.get(name)!)): string =>
  `${name}==1.0 \\\n    --hash=sha256:${hash}\n`;
const LOCK = ["tokens", "weights", "trainer"].map((name) => locked(name)).join("");

describe.skipIf(!findPython())("a project's Python, made of its locks by pip", { timeout: 600_000 }, () => {
  let before: string;
  let folder: string;
  let project: string;
  let index: Server;
  /** Downloads that wait until the test lets them go on. */
  let stall: boolean;
  const stalled: ServerResponse[] = [];
  const asked: string[] = [];
  let python: string;
  const { say, failing } = cellsOf(architect({ catalog, today: () => "2026-11-23" }));
  const ENVIRONMENT = "%architect smoke environment tiny --yes";

  beforeAll(async () => {
    index = createServer((request, response) => {
      const [, name, file] = /^\/(\w+)\/(\S*)$/.exec(request.url!) ?? [];
      asked.push(request.url!);
      if (!name || !WHEELS.has(name)) return response.writeHead(404).end();
      if (!file)
        return response
          .setHeader("content-type", "text/html")
          .end(`<a href="${name}-1.0-py3-none-any.whl">${name}-1.0-py3-none-any.whl</a>`);
      if (stall && name === "weights") return stalled.push(response.writeHead(200));
      return response.end(WHEELS.get(name));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => index.once("listening", resolve));
    process.env.PIP_INDEX_URL = `http://127.0.0.1:${(index.address() as AddressInfo).port}/`;
    process.env.PIP_NO_CACHE_DIR = "1";
    before = process.cwd();
    folder = mkdtempSync(join(tmpdir(), "ml-architect environment ü "));
    process.chdir(folder);
    project = join(folder, "tiny");
    python = join(project, ".venv", "bin", "python");
    mkdirSync(join(project, "configs"), { recursive: true });
    writeFileSync(join(project, "configs/base.yaml"), "project:\n  seed: 1\n");
    writeFileSync(join(project, "configs/schema.json"), "{}");
    writeFileSync(join(project, "requirements.lock"), LOCK);
  });
  afterAll(async () => {
    process.chdir(before);
    for (const name of ["PIP_INDEX_URL", "PIP_NO_CACHE_DIR"]) delete process.env[name];
    for (const response of stalled) response.destroy();
    await new Promise((resolve) => index.close(resolve));
    rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
  });
  /** Interrupts the cell when it has shown this. */
  const interruptedAt = async (words: string): Promise<string> => {
    const stop = new AbortController();
    const drawn: string[] = [];
    const show = () => ({
      update(next: { "text/plain": string }) {
        drawn.push(next["text/plain"]);
        if (next["text/plain"].includes(words)) stop.abort();
      },
    });
    const told = await failing(ENVIRONMENT, { show, signal: stop.signal });
    expect(await running(project)).toEqual([]);
    return `${told}\n${drawn.join("\n")}`;
  };

  test("an interrupt while .venv is made, or while pip downloads, ends what was started; the next run begins there again", async () => {
    expect(await interruptedAt("making .venv with Python 3.")).toContain("It was stopped");
    expect(existsSync(join(project, ".venv", ".ml-architect-unfinished"))).toBe(true);
    stall = true;
    const told = await interruptedAt("Collecting weights==1.0");
    expect(told).toContain("installing requirements.lock");
    expect(told).toContain("Downloading");
    expect(existsSync(join(project, ".venv", ".ml-architect-unfinished"))).toBe(false);
    // Half an environment is none.
    expect(await failing("%architect smoke parse tiny")).toContain("no Python environment yet");
    stall = false;
  });

  test("with --yes what is locked is installed, under pip's own words and a clock, and the second time at once", async () => {
    const { text, drawn } = await say(ENVIRONMENT);
    expect(text).toContain("The project's Python** is ready");
    expect(text).toContain("Successfully installed tokens-1.0 trainer-1.0 weights-1.0");
    expect(drawn.join("\n")).toMatch(/Looking for the project's Python… \d+ s/);
    const imported = execFileSync(python, ["-c", "import trainer, weights, tokens; print(trainer.name)"]);
    expect(String(imported).trim()).toBe("trainer");
    const downloads = asked.length;
    const again = (await say(ENVIRONMENT)).text;
    expect(again).toContain("is ready");
    expect(again).not.toMatch(/making|installing/i);
    expect(asked.length).toBe(downloads);
  });

  test("a package that is not the locked one is refused in pip's words, and the project has no Python then", async () => {
    writeFileSync(join(project, "requirements.lock"), LOCK + locked("server", "0".repeat(64)));
    expect(await failing(ENVIRONMENT)).toMatch(/do not install with Python.*HASHES/is);
    expect(await failing("%architect smoke parse tiny")).toContain("no Python environment yet");
  });
});

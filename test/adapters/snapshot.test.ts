import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { snapshot } from "../../src/adapters/disk/snapshot.ts";

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "ml-architect-test-"));
});
afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});
async function put(path: string, text = "text"): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), text);
}

test("a folder named like a tracker's results holds the project's own files where the manifest lists them", async () => {
  await put("tracking/wandb/requirements.lock");
  await put("tracking/wandb/offline-run/files/output.log");
  await put("wandb/offline-run/output.log");
  await put("models/export/.gitkeep");
  await put("models/export/config.json");
  const { files, folders } = await snapshot(dir, ["tracking/wandb/requirements.lock", "models/export/.gitkeep"]);
  expect([...files.keys()].sort()).toEqual(["models/export/.gitkeep", "tracking/wandb/requirements.lock"]);
  expect([...folders].sort()).toEqual(["models", "models/export", "tracking", "tracking/wandb"]);
});

test.skipIf(process.platform === "win32")("a listed path behind a link is not followed", async () => {
  await put("outside/secret.txt");
  await mkdir(join(dir, "project"));
  await symlink(join(dir, "outside"), join(dir, "project", "wandb"));
  const { files } = await snapshot(join(dir, "project"), ["wandb/secret.txt"]);
  expect([...files.keys()]).toEqual([]);
});

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { matcher } from "../../src/adapters/disk/glob.ts";
import { listTemplates, readTemplate } from "../../src/adapters/files.ts";
import { MANIFEST } from "../project/template.fixture.ts";

let root: string;
let from: URL[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ml-architect-test-"));
  from = [pathToFileURL(`${root}/`)];
  await mkdir(join(root, "small/src/__pycache__"), { recursive: true });
  await mkdir(join(root, "small/outputs"), { recursive: true });
  await writeFile(join(root, "small/template.json"), JSON.stringify(MANIFEST));
  await writeFile(join(root, "small/src/a b#c.py"), "x = 1\n");
  await writeFile(join(root, "small/src/__pycache__/a.pyc"), Buffer.from([0xff, 0x00]));
  await writeFile(join(root, "small/outputs/log.txt"), "x");
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe("a template", () => {
  test("is read whole, without its manifest and what is never copied", async () => {
    const template = await readTemplate("small", from);
    expect([...template.files]).toEqual([["src/a b#c.py", "x = 1\n"]]);
    expect(template.manifest).toMatchObject({ id: "small", modality: ["llm"] });
    expect((await listTemplates(from)).map((m) => m.id)).toEqual(["small"]);
  });

  test.each(["missing", "../small", "", "small/src"])("called %j is unknown", async (id) => {
    await expect(readTemplate(id, from)).rejects.toMatchObject({ code: "unknown-name" });
  });

  test("with a binary file, a link or a broken manifest is a fault that names it", async () => {
    await writeFile(join(root, "small/x.bin"), Buffer.from([0xff, 0xfe, 0x00]));
    await expect(readTemplate("small", from)).rejects.toThrowError(/"x.bin" cannot be used: it is not UTF-8 text/);
    await rm(join(root, "small/x.bin"));
    await symlink("/etc/passwd", join(root, "small/link"));
    await expect(readTemplate("small", from)).rejects.toThrowError(/"link" cannot be used/);
    await writeFile(join(root, "small/template.json"), JSON.stringify({ ...MANIFEST, extra: 1 }));
    await expect(readTemplate("small", from)).rejects.toMatchObject({ code: "invalid-fact" });
  });
});

test("a pattern means what it means in .gitignore", () => {
  const never = matcher(["*.pyc", "outputs/", "/only-here", "data/raw/**", "a/**/b.txt"]);
  for (const path of [
    "x.pyc",
    "src/x.pyc",
    "outputs/a",
    "src/outputs/a",
    "only-here",
    "data/raw/x",
    "a/b.txt",
    "a/c/d/b.txt",
  ]) {
    expect(never(path), path).toBe(true);
  }
  for (const path of ["xpyc", "src/only-here", "outputs.txt", "data/rawer/x", "src/data/raw/x"])
    expect(never(path), path).toBe(false);
});

describe("a template that stands on another layer", () => {
  test("is read with it, and the layer alone is no template", async () => {
    const { tasks: _tasks, methods: _methods, ...shared } = MANIFEST;
    await mkdir(join(root, "shared/src"), { recursive: true });
    await writeFile(join(root, "shared/template.json"), JSON.stringify({ ...shared, id: "shared" }));
    await writeFile(join(root, "shared/src/shared.py"), "y = 1\n");
    await writeFile(join(root, "small/template.json"), JSON.stringify({ ...MANIFEST, extends: "shared" }));
    expect([...(await readTemplate("small", from)).files.keys()]).toEqual(["src/a b#c.py", "src/shared.py"]);
    expect((await listTemplates(from)).map((m) => m.id)).toEqual(["small"]);
    await expect(readTemplate("shared", from)).rejects.toMatchObject({ code: "unknown-name" });
  });

  test("and on a second one that stands on the same is read with each of them once", async () => {
    const layer = async (id: string, on: string[], file: string) => {
      await mkdir(join(root, id, "src"), { recursive: true });
      await writeFile(join(root, id, "template.json"), JSON.stringify({ id, extends: on }));
      await writeFile(join(root, id, "src", file), "\n");
    };
    const { tasks: _tasks, methods: _methods, ...shared } = MANIFEST;
    await mkdir(join(root, "shared/src"), { recursive: true });
    await writeFile(join(root, "shared/template.json"), JSON.stringify({ ...shared, id: "shared" }));
    await layer("text", ["shared"], "text.py");
    await layer("images", ["shared"], "images.py");
    await writeFile(join(root, "small/template.json"), JSON.stringify({ ...MANIFEST, extends: ["text", "images"] }));
    const paths = [...(await readTemplate("small", from)).files.keys()];
    expect(paths).toEqual(expect.arrayContaining(["src/images.py", "src/text.py"]));
    expect(paths).toHaveLength(new Set(paths).size);
  });

  test("that is missing or stands on itself is a fault", async () => {
    for (const on of ["nowhere", "small"]) {
      await writeFile(join(root, "small/template.json"), JSON.stringify({ ...MANIFEST, extends: on }));
      await expect(readTemplate("small", from)).rejects.toMatchObject({ code: "invalid-fact" });
    }
  });
});

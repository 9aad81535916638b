import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeProject } from "../../src/adapters/files.ts";
import { AdvisorError } from "../../src/error.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { llamaOnOneRtx4090, llamaOnRentedA10 } from "../project/plan.fixture.ts";
import { smallTemplate } from "../project/template.fixture.ts";

const options = { projectName: "support-assistant", planMarkdown: "# Plan\n" };
const project = (): Map<string, string> => scaffold(llamaOnOneRtx4090(), smallTemplate(), options);
const another = (): Map<string, string> => scaffold(llamaOnRentedA10(), smallTemplate(), options);

let root: string;
let dir: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "ml-architect-test-"));
  dir = join(root, "project");
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const read = (path: string): Promise<string> => readFile(join(dir, path), "utf8");
async function everything(at: string, prefix = ""): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const entry of await readdir(join(at, prefix), { withFileTypes: true })) {
    const path = prefix + entry.name;
    if (entry.isDirectory()) for (const [p, t] of await everything(at, `${path}/`)) found.set(p, t);
    else found.set(path, entry.isFile() ? await readFile(join(at, path), "utf8") : "link");
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
async function refusal(attempt: Promise<unknown>): Promise<AdvisorError> {
  const error = await attempt.then(
    () => undefined,
    (e: unknown) => e,
  );
  if (error instanceof AdvisorError) return error;
  throw new Error(`expected an AdvisorError, got ${String(error)}`);
}

describe("writing a project", () => {
  test("into a folder that does not exist makes exactly its files, and leaves nothing beside", async () => {
    const seen: string[] = [];
    const report = await writeProject(dir, project(), { onProgress: (path) => seen.push(path) });
    const now = await everything(dir);
    expect([...now.keys()]).toEqual([...project().keys()]);
    for (const [path, text] of project()) expect(now.get(path), path).toBe(text);
    expect(await readdir(root)).toEqual(["project"]);
    expect(report).toMatchObject({ dir, created: true, replaced: [], keptEdited: [], removed: [] });
    expect(report.written).toEqual(seen);
  });

  test("makes scripts executable, and the folder readable as any other", async () => {
    await writeProject(dir, project());
    expect((await stat(join(dir, "scripts/train.py"))).mode & 0o111).not.toBe(0);
    expect((await stat(join(dir, "README.md"))).mode & 0o111).toBe(0);
    await mkdir(join(root, "ordinary"));
    expect((await stat(dir)).mode).toBe((await stat(join(root, "ordinary"))).mode);
  });

  test("into an empty folder, or a fresh repository, keeps the folder itself", async () => {
    await mkdir(join(dir, ".git"), { recursive: true });
    await writeFile(join(dir, ".git/HEAD"), "ref: x\n");
    const before = (await stat(dir)).ino;
    const report = await writeProject(dir, project());
    expect((await stat(dir)).ino).toBe(before);
    expect(report.created).toBe(false);
    expect(await read(".git/HEAD")).toBe("ref: x\n");
    expect((await readdir(join(dir, ".ml-architect"))).sort()).toEqual(["manifest.json"]);
  });

  test("into a folder of somebody else's writes nothing", async () => {
    await mkdir(dir);
    await writeFile(join(dir, "README.md"), "theirs\n");
    expect((await refusal(writeProject(dir, project()))).code).toBe("folder-not-empty");
    expect([...(await everything(dir))]).toEqual([["README.md", "theirs\n"]]);
  });

  test("with force keeps what is there, and puts the new text beside it", async () => {
    await mkdir(dir);
    await writeFile(join(dir, "README.md"), "theirs\n");
    const report = await writeProject(dir, project(), { force: true });
    expect(await read("README.md")).toBe("theirs\n");
    expect(await read("README.md.new")).toBe(project().get("README.md"));
    expect(report.keptEdited).toEqual([{ path: "README.md", proposal: "README.md.new" }]);
    expect(await read("COSTS.md")).toBe(project().get("COSTS.md"));
  });
});

describe("writing again into a project of ours", () => {
  test("changes nothing for the same plan", async () => {
    await writeProject(dir, project());
    const before = await everything(dir);
    const report = await writeProject(dir, project());
    expect(report.written.length + report.replaced.length + report.removed.length).toBe(0);
    expect([...(await everything(dir))]).toEqual([...before]);
  });

  test("replaces untouched files and keeps every edit, with the new text beside it", async () => {
    await writeProject(dir, project());
    await writeFile(join(dir, "README.md"), "my own words\n");
    await rm(join(dir, "COSTS.md"));
    await writeFile(join(dir, "notes.md"), "my notes\n");
    for (const force of [false, true]) {
      const report = await writeProject(dir, another(), { force });
      expect(report.keptEdited).toEqual([{ path: "README.md", proposal: "README.md.new" }]);
      expect(await read("README.md")).toBe("my own words\n");
      expect(await read("README.md.new")).toBe(another().get("README.md"));
      expect(await read("PLAN.md")).toBe(another().get("PLAN.md"));
      expect(await read("plan.json")).toBe(another().get("plan.json"));
      expect(await read("COSTS.md")).toBe(another().get("COSTS.md"));
      expect(await read("notes.md")).toBe("my notes\n");
    }
    expect(parseManifest(await read(MANIFEST_PATH)).planHash).toBe(llamaOnRentedA10().planHash);
  });

  test("takes away untouched files of the old plan and keeps edited ones", async () => {
    const plan = llamaOnOneRtx4090();
    const onModal = {
      ...plan,
      decisions: plan.decisions.map((d) => (d.name === "platform" ? { ...d, choice: "modal" } : d)),
    };
    await writeProject(dir, scaffold(onModal, smallTemplate(), options));
    await writeFile(join(dir, "scripts/launch_modal.py"), "mine\n");
    const report = await writeProject(dir, project());
    expect(report.removed).toEqual(["platforms/modal/app.py"]);
    expect(report.keptStale).toEqual(["scripts/launch_modal.py"]);
    expect(await read("scripts/launch_modal.py")).toBe("mine\n");
  });

  test("undoes everything when a step fails half-way", async () => {
    await writeProject(dir, project());
    await writeFile(join(dir, "README.md"), "my own words\n");
    const before = await everything(dir);
    let count = 0;
    const attempt = writeProject(dir, another(), {
      onProgress: () => {
        count += 1;
        if (count === 4) throw new Error("the lights went out");
      },
    });
    expect((await refusal(attempt)).message).toContain("the lights went out");
    expect([...(await everything(dir))]).toEqual([...before]);
  });

  test("leaves no folder at all when the first writing fails half-way", async () => {
    const attempt = writeProject(dir, project(), {
      onProgress: (path) => {
        if (path === "README.md") throw Object.assign(new Error("full"), { code: "ENOSPC" });
      },
    });
    const error = await refusal(attempt);
    expect(error).toMatchObject({
      code: "outside-failed",
      message: `Cannot write the project into "${dir}": the disk is full`,
    });
    expect(await readdir(root)).toEqual([]);
  });
});

describe("a link is never followed", () => {
  test("where a file would be written", async () => {
    await writeProject(dir, project());
    const outside = join(root, "outside.txt");
    await writeFile(outside, "precious\n");
    await rm(join(dir, "README.md"));
    await symlink(outside, join(dir, "README.md"));
    const before = await everything(dir);
    expect((await refusal(writeProject(dir, another(), { force: true }))).code).toBe("unsafe-path");
    expect(await readFile(outside, "utf8")).toBe("precious\n");
    expect([...(await everything(dir))]).toEqual([...before]);
  });

  test("where a folder of the project would be", async () => {
    await mkdir(join(root, "outside"));
    await mkdir(dir);
    await symlink(join(root, "outside"), join(dir, "configs"));
    expect((await refusal(writeProject(dir, project(), { force: true }))).message).toContain(
      "it is a link, which could lead out of the project",
    );
    expect(await readdir(join(root, "outside"))).toEqual([]);
    expect(await readdir(dir)).toEqual(["configs"]);
  });

  test("where the manifest or a FILE.new would be", async () => {
    const outside = join(root, "outside.json");
    await writeFile(outside, "{}");
    await mkdir(join(dir, ".ml-architect"), { recursive: true });
    await symlink(outside, join(dir, MANIFEST_PATH));
    expect((await refusal(writeProject(dir, project(), { force: true }))).code).toBe("unsafe-path");
    await rm(join(dir, ".ml-architect"), { recursive: true });
    await writeFile(join(dir, "README.md"), "theirs\n");
    await symlink(outside, join(dir, "README.md.new"));
    expect((await refusal(writeProject(dir, project(), { force: true }))).code).toBe("unsafe-path");
    expect(await readFile(outside, "utf8")).toBe("{}");
  });
});

describe("a place is refused", () => {
  test.each(["/", homedir(), "", "a\0b"])("that is %j", async (place) => {
    expect((await refusal(writeProject(place, project(), { force: true }))).code).toBe("unsafe-path");
  });

  test("that is a file, or lies below one", async () => {
    await writeFile(dir, "x");
    expect((await refusal(writeProject(dir, project()))).message).toContain("it is a file");
    expect((await refusal(writeProject(join(dir, "below"), project()))).code).toBe("invalid-input");
  });

  test.skipIf(process.getuid?.() === 0)("that may not be written to", async () => {
    await mkdir(join(root, "locked"));
    await chmod(join(root, "locked"), 0o500);
    const error = await refusal(writeProject(join(root, "locked", "p"), project()));
    expect(error).toMatchObject({ code: "outside-failed" });
    expect(error.message).toContain("permission denied");
  });

  test("by a path that leaves it", async () => {
    const files = project().set("../evil", "x");
    expect((await refusal(writeProject(dir, files))).code).toBe("unsafe-path");
    await expect(lstat(dir)).rejects.toThrow();
  });
});

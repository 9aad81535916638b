import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run } from "./run.ts";

const ON_ONE_CARD = "LoRA of Qwen3 8B on 20k chats with our own RTX 4090";
const RENTED = "QLoRA of Qwen3 8B on a rented A10, 2k examples, budget $100";
const MANIFEST = ".ml-architect/manifest.json";

let root: string;
let dir: string;
const at = (path: string): string => join(dir, path);
const text = (path: string): string => readFileSync(at(path), "utf8");
const put = (path: string, content: string): void => {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), content);
};
type Manifest = { files: Record<string, { sha256: string; owner: string; decision: string }> };
const manifest = (): Manifest => JSON.parse(text(MANIFEST)) as Manifest;

/** A file as an older version of the template had it, and knew it in its manifest. */
function ofOlderLayout(path: string, content: string): void {
  put(path, content);
  const known = manifest();
  known.files[path] = {
    sha256: createHash("sha256").update(content).digest("hex"),
    owner: "template",
    decision: "framework",
  };
  put(MANIFEST, JSON.stringify(known));
}

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "ml-architect-again-"));
  dir = join(root, "chats");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("new over a project of ours", () => {
  test("is written once, and the same words change nothing", async () => {
    expect((await run(["new", dir, ON_ONE_CARD])).code).toBe(0);
    const before = Object.fromEntries(readdirSync(dir).map((name) => [name, true]));
    const again = await run(["new", dir, ON_ONE_CARD]);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("Wrote 0 files");
    expect(Object.fromEntries(readdirSync(dir).map((name) => [name, true]))).toEqual(before);
  });

  test("with another plan, and files that an older layout had elsewhere: edits stay, the rest follows", async () => {
    // What a person did since: an edit, a file of their own, a deletion.
    const edited = `${text("configs/train.yaml")}\n# tuned by hand\n`;
    put("configs/train.yaml", edited);
    put("notes.md", "ours\n");
    rmSync(at("scripts/export.py"));
    // What an older version wrote elsewhere: train.py was not yet in scripts/, tools/ has gone since.
    const moved = text("scripts/train.py");
    rmSync(at("scripts/train.py"));
    const known = manifest();
    delete known.files["scripts/train.py"];
    put(MANIFEST, JSON.stringify(known));
    ofOlderLayout("train.py", moved);
    ofOlderLayout("tools/clean.py", "# of an older version\n");
    ofOlderLayout("tools/old/split.py", "# of an older version\n");
    put("tools/clean.py", "# of an older version, and mine\n");
    ofOlderLayout("older/one.py", "# untouched\n");

    const done = await run(["new", dir, RENTED]);
    expect(done.code, done.stderr).toBe(0);
    // The edit stays and is said; the new text lies beside it.
    expect(text("configs/train.yaml")).toBe(edited);
    expect(text("configs/train.yaml.new")).not.toContain("tuned by hand");
    expect(done.stdout).toMatch(
      /configs\/train\.yaml` stays as you edited it; the new text is in `configs\/train\.yaml\.new`/,
    );
    expect(text("notes.md")).toBe("ours\n");
    // What was deleted is there again; what moved is where it belongs, and not where it was.
    expect(existsSync(at("scripts/export.py"))).toBe(true);
    expect(text("scripts/train.py")).toBe(moved);
    expect(existsSync(at("train.py"))).toBe(false);
    // What vanished goes with its folder, what was edited stays and is the person's own from now on.
    expect(existsSync(at("older"))).toBe(false);
    expect(existsSync(at("tools/old"))).toBe(false);
    expect(text("tools/clean.py")).toContain("and mine");
    expect(done.stdout).toMatch(/tools\/clean\.py` is not part of the new plan; you edited it, so it stays/);
    expect(Object.keys(manifest().files)).not.toContain("tools/clean.py");
  });

  test("by force loses no edit either", async () => {
    const edited = text("configs/train.yaml");
    const done = await run(["new", dir, ON_ONE_CARD, "--force"]);
    expect(done.code).toBe(0);
    expect(text("configs/train.yaml")).toBe(edited);
    expect(text("tools/clean.py")).toContain("and mine");
    expect(text("notes.md")).toBe("ours\n");
  });

  test("whose manifest cannot be read writes nothing", async () => {
    const whole = text(MANIFEST);
    put(MANIFEST, "{");
    const before = text("README.md");
    const done = await run(["new", dir, RENTED, "--force"]);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain("it is not a manifest of this version");
    expect(text("README.md")).toBe(before);
    put(MANIFEST, whole);
  });
});

test("new into a folder that is not empty and not ours: 2, and nothing is written; by force only what is not there", async () => {
  const theirs = join(root, "theirs");
  mkdirSync(theirs);
  writeFileSync(join(theirs, "README.md"), "mine\n");
  const refused = await run(["new", theirs, ON_ONE_CARD]);
  expect(refused.code).toBe(2);
  expect(readdirSync(theirs)).toEqual(["README.md"]);
  expect((await run(["new", theirs, ON_ONE_CARD, "--force"])).code).toBe(0);
  expect(readFileSync(join(theirs, "README.md"), "utf8")).toBe("mine\n");
  expect(existsSync(join(theirs, "README.md.new"))).toBe(true);
  expect(existsSync(join(theirs, "configs/train.yaml"))).toBe(true);
});

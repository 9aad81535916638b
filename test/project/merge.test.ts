import { describe, expect, test } from "vitest";
import { AdvisorError } from "../../src/error.ts";
import { sha256Hex } from "../../src/hash.ts";
import { MANIFEST_PATH, type ProjectManifest, parseManifest } from "../../src/project/manifest.ts";
import { type ExistingFolder, merge } from "../../src/project/merge.ts";

const manifestOf = (files: Record<string, string>): ProjectManifest => ({
  schemaVersion: 1,
  generator: { name: "ml-architect", version: "0.1.0" },
  planHash: "x",
  template: "small",
  projectName: "p",
  files: Object.fromEntries(
    Object.entries(files).map(([path, text]) => [
      path,
      { sha256: sha256Hex(text), owner: "plan", decision: "project" },
    ]),
  ),
  proposals: {},
});
const project = (files: Record<string, string>): Map<string, string> =>
  new Map([...Object.entries(files), [MANIFEST_PATH, JSON.stringify(manifestOf(files))]]);
const folder = (written: Record<string, string> | null, now: Record<string, string>): ExistingFolder => ({
  empty: written === null && Object.keys(now).length === 0,
  manifest: written === null ? null : manifestOf(written),
  hashes: new Map(Object.entries(now).map(([path, text]) => [path, sha256Hex(text)])),
});
const kinds = (files: Record<string, string>, existing: ExistingFolder, force = false): Record<string, string> =>
  Object.fromEntries(merge(project(files), existing, { force }).actions.map((a) => [a.path, a.kind]));

describe("an update of a project", () => {
  test("writes everything into an empty folder", () => {
    expect(kinds({ a: "1", b: "2" }, folder(null, {}))).toEqual({ a: "write", b: "write" });
  });

  test("writes nothing into a folder that is not ours", () => {
    const attempt = (): unknown =>
      merge(project({ a: "1" }), folder(null, { "thesis.tex": "years of work" }), { force: false });
    expect(attempt).toThrowError(AdvisorError);
    expect(attempt).toThrowError(/not empty and was not made by ml-architect/);
  });

  test("with force writes only what is not there into a folder that is not ours", () => {
    expect(kinds({ a: "new", b: "same", c: "1" }, folder(null, { a: "theirs", b: "same" }), true)).toEqual({
      a: "keep-edited",
      b: "unchanged",
      c: "write",
    });
  });

  test("replaces what nobody touched and keeps what somebody edited, with the new text beside it", () => {
    const existing = folder({ a: "1", b: "1", c: "1" }, { a: "1", b: "edited", c: "1" });
    const { actions } = merge(project({ a: "2", b: "2", c: "1" }), existing, { force: false });
    expect(actions).toEqual([
      { kind: "replace", path: "a", text: "2", was: sha256Hex("1") },
      { kind: "keep-edited", path: "b", proposal: { path: "b.new", text: "2", was: undefined } },
      { kind: "unchanged", path: "c" },
    ]);
  });

  test.each([false, true])("never replaces an edit (force: %s)", (force) => {
    const existing = folder({ a: "1" }, { a: "edited" });
    const { actions } = merge(project({ a: "2" }), existing, { force });
    expect(actions.map((a) => a.kind)).toEqual(["keep-edited"]);
  });

  test("keeps a FILE.new that the person edited or made, and puts the text beside that", () => {
    const existing = folder({ a: "1" }, { a: "edited", "a.new": "mine" });
    const [action] = merge(project({ a: "2" }), existing, { force: false }).actions;
    expect(action).toMatchObject({ kind: "keep-edited", proposal: { path: "a.new.2" } });
  });

  test("replaces a FILE.new of ours, and remembers the new one", () => {
    const existing = folder({ a: "1" }, { a: "edited", "a.new": "2" });
    existing.manifest!.proposals = { "a.new": sha256Hex("2") };
    const result = merge(project({ a: "3" }), existing, { force: false });
    expect(result.actions[0]).toMatchObject({ proposal: { path: "a.new", was: sha256Hex("2") } });
    expect(parseManifest(result.manifest).proposals).toEqual({ "a.new": sha256Hex("3") });
  });

  test("writes a deleted file again", () => {
    expect(kinds({ a: "1" }, folder({ a: "1" }, {}))).toEqual({ a: "write" });
  });

  test("takes away what only the old plan had, unless it was edited", () => {
    const existing = folder(
      { a: "1", "modal/app.py": "1", "modal/mine.py": "1" },
      { a: "1", "modal/app.py": "1", "modal/mine.py": "edited" },
    );
    expect(kinds({ a: "1" }, existing)).toEqual({
      a: "unchanged",
      "modal/app.py": "remove",
      "modal/mine.py": "keep-stale",
    });
  });

  test("is told from the plan alone: the same project twice changes nothing", () => {
    const files = { a: "1", b: "2" };
    expect(new Set(Object.values(kinds(files, folder(files, files))))).toEqual(new Set(["unchanged"]));
  });

  test("does not trust a manifest that was made to lead out of the folder", () => {
    const evil = JSON.stringify({
      ...manifestOf({}),
      files: { "../../.bashrc": { sha256: sha256Hex("x"), owner: "plan", decision: "x" } },
    });
    expect(() => parseManifest(evil)).toThrowError(/not a manifest of this version/);
  });
});

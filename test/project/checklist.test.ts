import { describe, expect, test } from "vitest";
import { CHECKLIST, checklistMarkdown, checklistReport, type Finding, judge } from "../../src/project/checklist.ts";
import { inspect, type ProjectSnapshot } from "../../src/project/inspect.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { readJunit, testFindings } from "../../src/project/test-results.ts";
import { llamaOnOneRtx4090 } from "./plan.fixture.ts";
import { smallTemplate } from "./template.fixture.ts";

const status = (findings: Finding[], id: string): string | undefined =>
  judge(findings).find((item) => item.id === id)?.status;
const data = (ok: boolean | undefined): Finding => ({ item: "data", ok, text: String(ok) });

describe("an item of the checklist", () => {
  test("passes only if something was checked and all of it held", () => {
    expect(status([], "data")).toBe("unknown");
    expect(status([data(true)], "data")).toBe("pass");
    expect(status([data(true), data(undefined)], "data")).toBe("unknown");
    expect(status([data(true), data(undefined), data(false)], "data")).toBe("fail");
  });

  test("shows what failed before what held", () => {
    const [, , , , item] = judge([data(true), data(false)]);
    expect(item?.evidence).toEqual(["false", "true"]);
  });

  test("is one of eleven, in every report and in its page", () => {
    expect(CHECKLIST).toHaveLength(11);
    const report = checklistReport([data(true)], { today: "2026-11-20", projectName: "p" });
    expect(report).toMatchObject({ status: "unknown", counts: { pass: 1, fail: 0, unknown: 10 } });
    const page = checklistMarkdown(report);
    for (const { title } of CHECKLIST) expect(page).toContain(title);
  });
});

describe("a fresh project", () => {
  test("fails nothing that can be read from its files", () => {
    const items = judge(inspect(snapshotOf()));
    expect(items.filter((item) => item.status === "fail")).toEqual([]);
    expect(items.find((item) => item.id === "costs")?.status).toBe("pass");
    expect(items.find((item) => item.id === "readme")?.status).toBe("pass");
    expect(items.find((item) => item.id === "documents")?.status).toBe("pass");
  });

  test("is not called reproducible while the base model is not pinned", () => {
    expect(status(inspect(snapshotOf()), "reproducibility")).toBe("unknown");
    const pinned = snapshotOf({
      "configs/base.yaml": (text) => text.replace("revision: null", `revision: ${"0a".repeat(20)}`),
    });
    expect(status(inspect(pinned), "reproducibility")).toBe("pass");
  });
});

describe("a project that was changed for the worse", () => {
  test.each([
    ["dependencies", "a loose requirement", "requirements.txt", (t: string) => t.replace("==2.9.0", ">=2.9.0")],
    [
      "dependencies",
      "a lock without a hash",
      "requirements.lock",
      (t: string) => t.replace(/ \\\n {4}--hash=sha256:(a1)+/, ""),
    ],
    [
      "dependencies",
      "a local build in the lock",
      "requirements.lock",
      (t: string) => t.replace("torch==2.9.0", "torch==2.9.0+cpu"),
    ],
    [
      "dependencies",
      "a folder of wheels in the lock",
      "requirements.lock",
      (t: string) => `--find-links /srv/wheels\n${t}`,
    ],
    ["dependencies", "a requirement that is not locked", "requirements.txt", (t: string) => `${t}numpy==2.0.0\n`],
    ["configs", "broken YAML", "configs/train.yaml", (t: string) => `${t}\n  : : [`],
    [
      "environment",
      "a key in a file",
      "scripts/train.py",
      (t: string) => `${t}\nkey = "hf_${"aB3dE5gH7jK9mN1pQ3sT5vW7"}yZ12345678"\n`,
    ],
    ["environment", "a .gitignore without .env", ".gitignore", () => "outputs/\n"],
    ["costs", "no costs", "COSTS.md", () => ""],
    ["readme", "no troubleshooting", "README.md", (t: string) => t.replace("## Troubleshooting", "## Something else")],
    ["reproducibility", "no seed", "configs/base.yaml", (t: string) => t.replace(/ {2}seed: 42\n/, "")],
  ])("fails %s for %s", (item, _what, path, change) => {
    expect(status(inspect(snapshotOf({ [path]: change })), item)).toBe("fail");
  });

  test("says which files of its manifest are gone, and what is unknown without one", () => {
    const project = snapshotOf();
    const files = new Map(project.files);
    files.delete("scripts/train.py");
    expect(inspect({ ...project, files })).toContainEqual({
      item: "structure",
      ok: false,
      text: "deleted since: scripts/train.py",
    });
    expect(status(inspect({ ...project, manifest: null }), "structure")).toBe("unknown");
  });
});

describe("test results", () => {
  const xml = (cases: string): string =>
    `<?xml version="1.0"?><testsuites><testsuite name="pytest">${cases}</testsuite></testsuites>`;

  test("are read from pytest's report, attributes in any order", () => {
    const report = xml(
      '<testcase name="test_rows" classname="tests.test_data" time="0.1" /><testcase classname="tests.test_model" name="test_init"><failure message="x">Boom</failure></testcase><testcase classname="tests.test_server" name="test_gpu"><skipped type="pytest.skip">no GPU</skipped></testcase>',
    );
    expect(readJunit(report)).toEqual([
      { name: "tests.test_data.test_rows", outcome: "passed" },
      { name: "tests.test_model.test_init", outcome: "failed" },
      { name: "tests.test_server.test_gpu", outcome: "skipped" },
    ]);
  });

  test("pass an item, fail it, or leave it open where everything was skipped", () => {
    const findings = testFindings([
      { name: "tests.test_data.test_rows", outcome: "passed" },
      { name: "tests.test_model.test_init", outcome: "failed" },
      { name: "tests.test_server.test_gpu", outcome: "skipped" },
    ]);
    expect(status(findings, "data")).toBe("pass");
    expect(status(findings, "model")).toBe("fail");
    expect(status(findings, "deployment")).toBe("unknown");
  });
});

function snapshotOf(changes: Readonly<Record<string, (text: string) => string>> = {}): ProjectSnapshot {
  const files = scaffold(llamaOnOneRtx4090(), smallTemplate(), {
    projectName: "support-assistant",
    planMarkdown: "# Plan\n",
  });
  const manifest = parseManifest(files.get(MANIFEST_PATH) ?? "");
  for (const [path, change] of Object.entries(changes)) files.set(path, change(files.get(path) ?? ""));
  const folders = new Set(
    [...files.keys()].flatMap((path) =>
      path
        .split("/")
        .slice(0, -1)
        .map((_, n, all) => all.slice(0, n + 1).join("/")),
    ),
  );
  return { files, folders, manifest };
}

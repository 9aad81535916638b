import { describe, expect, test } from "vitest";
import { CHECKLIST, checklistMarkdown, checklistReport, type Finding, judge } from "../../src/project/checklist.ts";
import { driverFinding } from "../../src/project/driver.ts";
import { inspect, type ProjectSnapshot } from "../../src/project/inspect.ts";
import { MANIFEST_PATH, parseManifest } from "../../src/project/manifest.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { readJunit, testFindings, testsNotRun } from "../../src/project/test-results.ts";
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

describe("a planted fault fails its item, and the evidence names it", () => {
  const without = (): string => "";
  test.each([
    [
      "documents",
      "plan.json",
      (t: string) => t.replace('"id": "transformers-training"', '"id": "another"'),
      /cites no document/,
    ],
    ["structure", "notebooks/explore.ipynb", "deleted", /deleted since: notebooks\/explore\.ipynb/],
    ["dependencies", "requirements.txt", (t: string) => t.replace("==2.9.0", ">=2.9.0"), /not pinned: torch>=2\.9\.0/],
    ["dependencies", "requirements.txt", (t: string) => `${t}numpy==2.0.0\n`, /lacks numpy/],
    [
      "dependencies",
      "requirements.lock",
      (t: string) => t.replace(/ \\\n {4}--hash=sha256:(a1)+/, ""),
      /without a hash: /,
    ],
    ["dependencies", "requirements.lock", (t: string) => t.replace("torch==2.9.0", "torch==2.9.0+cpu"), /local builds/],
    ["dependencies", "requirements.lock", (t: string) => `--find-links /srv/wheels\n${t}`, /a folder of its own/],
    ["configs", "configs/train.yaml", (t: string) => `${t}\n  : : [`, /configs\/train\.yaml is not valid YAML/],
    ["configs", "configs/train.yaml", (t: string) => t.replaceAll(/^ *#.*$/gm, ""), /without any comment/],
    ["data", "data/sample/train.jsonl", (t: string) => `${t}{"messages": [\n`, /train\.jsonl:\d+ is not a JSON object/],
    ["data", "data/sample/train.jsonl", without, /train\.jsonl is empty/],
    [
      "environment",
      "scripts/train.py",
      (t: string) => `${t}\nkey = "hf_${"aB3dE5gH7jK9mN1pQ3sT5vW7"}yZ12345678"\n`,
      /looks like a secret: scripts\/train\.py/,
    ],
    ["environment", ".gitignore", () => "outputs/\n", /does not name \.env/],
    ["environment", "README.md", (t: string) => t.replace(/driver/gi, "software"), /does not name the driver/],
    ["costs", "COSTS.md", (t: string) => t.replace(/^\| Training \|.*$/m, ""), /no figure for training/],
    ["costs", "COSTS.md", (t: string) => t.replace(/^## Not included$/m, "## Other"), /not included/],
    [
      "deployment",
      "README.md",
      (t: string) => t.replace("## Deployment", "## Something else"),
      /no deployment section/,
    ],
    ["readme", "README.md", (t: string) => t.replace("## Troubleshooting", "## Else"), /no troubleshooting/],
    ["readme", "README.md", (t: string) => t.replace("make check", "make everything"), /does not exist: everything/],
    ["reproducibility", "configs/base.yaml", (t: string) => t.replace(/ {2}seed: 42\n/, ""), /no project\.seed/],
    [
      "reproducibility",
      "configs/base.yaml",
      (t: string) => t.replace("revision: null", "revision: main"),
      /"main": a branch or tag moves/,
    ],
  ])("%s: %s", (item, path, change, evidence) => {
    const project = change === "deleted" ? lacking(path) : snapshotOf({ [path]: change as (text: string) => string });
    const found = judge(inspect(project)).find(({ id }) => id === item);
    expect(found?.status).toBe("fail");
    expect(found?.evidence[0]).toMatch(evidence);
  });

  test("model: a test of it that fails", () => {
    const [item] = judge(
      testFindings(
        [{ name: "tests.test_model.test_init", outcome: "failed", message: "assert 3 == 4" }],
        "python -m pytest",
      ),
    ).filter(({ id }) => id === "model");
    expect(item?.status).toBe("fail");
    expect(item?.evidence[0]).toBe(
      "python -m pytest: 1 of 1 tests of model initialisation failed, the first: tests.test_model.test_init (assert 3 == 4)",
    );
  });

  test("environment: a driver that is too old for the locked CUDA", () => {
    const lock = "nvidia-cuda-runtime==13.0.96 \\\n    --hash=sha256:00\n";
    const said = (version: string) => driverFinding(`NVIDIA L4, ${version}\nNVIDIA L4, 590.10\n`, lock);
    // CUDA 13 needs driver 580: docs.nvidia.com/deploy/cuda-compatibility.
    expect(said("570.86.15")).toMatchObject({ item: "environment", ok: false });
    expect(said("570.86.15").text).toContain("needs 580 or newer");
    expect(said("580.65.06")).toMatchObject({ ok: true });
    expect(driverFinding(undefined, lock)).toMatchObject({ ok: true });
  });
});

test("what could not be checked says what a person can run to know", () => {
  const findings = [
    ...inspect({ ...snapshotOf(), manifest: null }),
    ...testFindings([], "python -m pytest"),
    ...testsNotRun("x"),
  ];
  const open = findings.filter(({ ok }) => ok === undefined);
  expect(open.length).toBeGreaterThan(5);
  for (const { text } of open) expect(text).toMatch(/\. `(?:make|ml-architect|python) [^`]+`/);
});

test("what only its own hardware can show is unknown: an engine that was not started", () => {
  const served = snapshotOf({ "plan.json": (t) => t.replace(/"engine": "[^"]+"/, '"engine": "vllm"') });
  const item = judge(inspect(served)).find(({ id }) => id === "deployment");
  expect(item?.status).toBe("unknown");
  expect(item?.evidence[0]).toContain("`make load-test`");
});

describe("a project's manifest", () => {
  test("says which files of its manifest are gone, and what is unknown without one", () => {
    const project = snapshotOf();
    const files = new Map(project.files);
    files.delete("scripts/train.py");
    expect(inspect({ ...project, files })).toContainEqual({
      item: "structure",
      ok: false,
      text: "deleted since: scripts/train.py (`ml-architect new .` writes them again)",
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
      { name: "tests.test_model.test_init", outcome: "failed", message: "x" },
      { name: "tests.test_server.test_gpu", outcome: "skipped" },
    ]);
  });

  test("pass an item, fail it, or leave it open where everything was skipped", () => {
    const findings = testFindings(
      [
        { name: "tests.test_data.test_rows", outcome: "passed" },
        { name: "tests.test_model.test_init", outcome: "failed" },
        { name: "tests.test_server.test_gpu", outcome: "skipped" },
      ],
      "python -m pytest",
    );
    expect(status(findings, "data")).toBe("pass");
    expect(status(findings, "model")).toBe("fail");
    expect(status(findings, "deployment")).toBe("unknown");
  });
});

function lacking(path: string): ProjectSnapshot {
  const project = snapshotOf();
  const files = new Map(project.files);
  expect(files.delete(path)).toBe(true);
  return { ...project, files };
}

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

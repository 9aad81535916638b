import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";
import { listTemplates, readTemplate, writeProject } from "../../src/adapters/files.ts";
import { advise, catalog, explain, type Plan, readText } from "../../src/index.ts";
import { chooseTemplate, notebookOf, scaffold } from "../../src/project.ts";

const python = preparedPython();
const day = { today: "2026-11-20" };
let plan: Plan;
let files: Map<string, string>;
let text: string;

beforeAll(async () => {
  plan = advise(
    readText("Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $500", catalog, day),
    catalog,
    day,
  );
  const template = await readTemplate(chooseTemplate(plan, await listTemplates()).id);
  files = scaffold(plan, template, { projectName: "ml-project", planMarkdown: explain(plan) });
  text = notebookOf(plan, files, "ml-project");
});

/** nbformat.v4.5.schema.json, as far as these cells go: nothing that it does not know is in them. */
const cell = {
  id: z.string().regex(/^[a-zA-Z0-9-_]{1,64}$/),
  metadata: z.record(z.string(), z.unknown()),
  source: z.array(z.string()).min(1),
};
const Notebook = z.strictObject({
  nbformat: z.literal(4),
  nbformat_minor: z.literal(5),
  metadata: z.looseObject({
    kernelspec: z.object({ name: z.string(), display_name: z.string() }),
    language_info: z.object({ name: z.literal("python") }),
  }),
  cells: z.array(
    z.discriminatedUnion("cell_type", [
      z.strictObject({ ...cell, cell_type: z.literal("markdown") }),
      z.strictObject({ ...cell, cell_type: z.literal("code"), execution_count: z.null(), outputs: z.tuple([]) }),
    ]),
  ),
});

test("the notebook is nbformat 4.5, each cell with an id of its own", () => {
  const { cells } = Notebook.parse(JSON.parse(text));
  expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
});

test("the plan is in it as data, whole, and its configurations as cells that write the project's own files", () => {
  const { metadata, cells } = Notebook.parse(JSON.parse(text));
  const kept = {
    planHash: plan.planHash,
    plannerVersion: plan.plannerVersion,
    plan: JSON.parse(files.get("plan.json")!),
  };
  expect(metadata["ml-architect"]).toEqual(kept);
  for (const path of ["configs/base.yaml", "configs/train.yaml", "configs/evaluate.yaml", "configs/serve.yaml"])
    expect(cells.map(({ source }) => source.join(""))).toContain(`%%writefile ${path}\n${files.get(path)}`);
});

test("equal plans give equal notebooks", () => {
  expect(notebookOf(plan, files, "ml-project")).toBe(text);
});

test("a key in a text of the plan does not get into a notebook", () => {
  const leaky = new Map(files).set("configs/base.yaml", `token: ghp_${"a1B2".repeat(9)}\n`);
  expect(() => notebookOf(plan, leaky, "ml-project")).toThrow("GitHub token");
});

/** Runs the code cells as a kernel would: the one magic that they use is taken for what it does. */
const KERNEL = `
import json, pathlib, sys
names = {}
for cell in json.loads(pathlib.Path(sys.argv[1]).read_text())["cells"]:
    source = "".join(cell["source"])
    if cell["cell_type"] != "code":
        continue
    if source.startswith("%%writefile "):
        first, _, rest = source.partition("\\n")
        pathlib.Path(first.split()[1]).write_text(rest)
    else:
        exec(source, names)
`;

function run(notebook: string, cwd: string): string {
  const env = cleanEnvironment({ OMP_NUM_THREADS: "1" });
  return execFileSync(python!, ["-c", KERNEL, notebook], {
    cwd,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

test.skipIf(!python && process.env.CI !== "true")(
  "run from top to bottom beside the project, it parses the configurations, trains two steps and evaluates",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "notebook-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const notebook = join(folder, "plan.ipynb");
    writeFileSync(notebook, text);
    await writeProject(join(folder, "ml-project"), files);
    const out = run(notebook, folder);
    expect(out).toContain(`"id": "${plan.workload!.model.id}"`);
    expect(out).toMatch(/\d+ examples, \d+ trained parameters/);
    expect(out).toContain('"steps": 2');
    expect(out).toContain('"promoted"');
  },
  600_000,
);

test.skipIf(!python && process.env.CI !== "true")(
  "without a project beside it, it puts the plan there and says how to get one",
  () => {
    const folder = mkdtempSync(join(tmpdir(), "notebook-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, "plan.ipynb"), text);
    expect(() => run("plan.ipynb", folder)).toThrow("ml-architect new ml-project --plan plan.json");
    const check = `import json; print(json.load(open("plan.json"))["planHash"])`;
    expect(execFileSync(python!, ["-c", check], { cwd: folder, encoding: "utf8" }).trim()).toBe(plan.planHash);
  },
);

/** A Python that has the format's own checker, if there is one. */
const checker = [python, "python3"].find((command) => {
  try {
    execFileSync(command ?? "", ["-c", "import nbformat"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
});

test.skipIf(!checker)("nbformat itself finds nothing wrong with it", () => {
  const folder = mkdtempSync(join(tmpdir(), "notebook-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "plan.ipynb"), text);
  const check = "import nbformat; nbformat.validate(nbformat.read('plan.ipynb', as_version=4)); print('valid')";
  const found = execFileSync(checker!, ["-W", "error", "-c", check], { cwd: folder, encoding: "utf8" });
  expect(found.trim()).toBe("valid");
});

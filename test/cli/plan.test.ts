import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { emptyFolder, inTerminal, MAIN, ROOT, run, type Typed } from "./run.ts";

const LLAMA = "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090 that I own, 5k examples";
const IMPOSSIBLE = [
  "pretrain Llama 3.1 405B from scratch",
  "--set",
  "budgetUsd=1",
  "--set",
  "platform=local",
  "--set",
  "accelerator=rtx-4090",
  "--set",
  "acceleratorCount=1",
];

describe.concurrent("plan", () => {
  test("text that is not a command is planned; both forms and standard input give the same answer", async () => {
    const answers = await Promise.all([
      run([LLAMA]),
      run(["plan", LLAMA]),
      run(LLAMA.split(" ")),
      run(["--", LLAMA]),
      run([], { input: LLAMA }),
      run(["plan", "-"], { input: LLAMA }),
    ]);
    expect(answers[0]?.code).toBe(0);
    expect(answers[0]?.stdout).toMatch(/^# /);
    for (const { stdout } of answers) expect(stdout).toBe(answers[0]?.stdout);
  });

  test("--json is one document, and the answer is the same plan", async () => {
    const { code, stdout, stderr } = await run(["plan", LLAMA, "--json"]);
    const plan = JSON.parse(stdout);
    expect([code, stderr, plan.status, plan.schemaVersion]).toEqual([0, "", "feasible", 1]);
    expect(plan.brief.model.value).toBe("meta-llama/Llama-3.1-8B");
  });

  test("a pipe gets Markdown without escape codes, bars or prompts", async () => {
    const { stdout, stderr } = await run([LLAMA], { env: { FORCE_COLOR: "1" } });
    expect(stdout + stderr).not.toMatch(/\x1b|┃|\[y\/N\]/);
  });

  test("nothing fits: exit code 1, the answer still on stdout, and --out writes nothing", async () => {
    const cwd = emptyFolder();
    const { code, stdout, stderr } = await run(["plan", ...IMPOSSIBLE, "--out", "project", "--json"], { cwd });
    expect(JSON.parse(stdout).status).toBe("infeasible");
    expect(code).toBe(1);
    expect(stderr).toContain("Nothing was written to project: no plan fits.");
    expect(existsSync(join(cwd, "project"))).toBe(false);
  });

  test("--set is stronger than the words, the words are stronger than the brief file", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "brief.yaml"), "budgetUsd: 900\nepochs: 4\n");
    const plan = async (...more: string[]) =>
      JSON.parse(
        (await run(["plan", `${LLAMA}, budget $200`, "--brief", "brief.yaml", "--json", ...more], { cwd })).stdout,
      );
    const worded = await plan();
    expect([worded.brief.budgetUsd.value, worded.brief.epochs.value]).toEqual([200, 4]);
    expect(worded.notices.join()).toContain("your words were used");
    expect((await plan("--set", "budgetUsd=300", "--set", "epochs=2")).brief).toMatchObject({
      budgetUsd: { value: 300 },
      epochs: { value: 2 },
    });
  });

  test("a brief alone is enough, and `read --json` prints one that can be used again", async () => {
    const cwd = emptyFolder();
    const read = await run(["read", LLAMA, "--json"]);
    expect(Object.keys(JSON.parse(read.stdout)).sort()).toEqual(["brief", "conflicts", "notices", "questions"]);
    writeFileSync(join(cwd, "read.json"), read.stdout);
    const { code, stdout } = await run(["plan", "--brief", "read.json", "--json"], { cwd });
    expect([code, JSON.parse(stdout).brief.model.value]).toEqual([0, "meta-llama/Llama-3.1-8B"]);
  });

  test("`| head -1` is quiet", async () => {
    const { stdout, stderr } = await run(["-c", `"${process.execPath}" "${MAIN}" "${LLAMA}" --json | head -1`], {
      program: ["sh"],
    });
    expect([stdout, stderr]).toEqual(["{\n", ""]);
  });
});

describe.concurrent("new", () => {
  test("writes a project, says what to do next, and keeps an edited file when it is written again", async () => {
    const cwd = emptyFolder();
    const first = await run(["new", "assistant", LLAMA], { cwd });
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/Wrote \d+ files to assistant/);
    expect(first.stdout).toContain("cd assistant\nmake install\nmake check");
    expect(readdirSync(join(cwd, "assistant"))).toContain("README.md");
    writeFileSync(join(cwd, "assistant", "README.md"), "edited");
    const again = await run(["new", "assistant", `${LLAMA}, 3 epochs`], { cwd });
    expect(again.code).toBe(0);
    expect(again.stdout).toContain("README.md");
    expect(existsSync(join(cwd, "assistant", "README.md.new"))).toBe(true);
  });

  test("the plan that was printed is the plan that is written", async () => {
    const cwd = emptyFolder();
    const { stdout } = await run(["plan", LLAMA, "--json"]);
    writeFileSync(join(cwd, "plan.json"), stdout);
    expect(await run(["new", "assistant", "--plan", "plan.json", "--no-input"], { cwd })).toMatchObject({ code: 0 });
    expect(existsSync(join(cwd, "assistant", "plan.json"))).toBe(true);
  });

  test("nothing fits: exit code 1 and nothing written", async () => {
    const cwd = emptyFolder();
    const planned = await run(["plan", ...IMPOSSIBLE, "--json"]);
    writeFileSync(join(cwd, "plan.json"), planned.stdout);
    const { code, stdout, stderr } = await run(["new", "assistant", "--plan", "plan.json"], { cwd });
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain("Nothing was written to assistant.");
    expect(existsSync(join(cwd, "assistant"))).toBe(false);
  });
});

describe("npm start", () => {
  const START = [process.execPath, join(ROOT, "cli", "start.mjs")];

  test("prints the answer and nothing else on stdout, and writes to the person's folder", async () => {
    const person = emptyFolder();
    const ran = await run(["new", "mine", LLAMA], {
      program: START,
      cwd: ROOT,
      env: { npm_lifecycle_event: "start", INIT_CWD: person },
    });
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^\*\*Wrote/);
    expect(existsSync(join(person, "mine", "README.md"))).toBe(true);
  });
});

describe.concurrent("catalog", () => {
  test("lists its kinds, and shows each with source and date", async () => {
    const { code, stdout } = await run(["catalog"]);
    expect(code).toBe(0);
    for (const kind of ["accelerators", "models", "prices", "platforms", "methods", "frameworks", "documents"]) {
      expect(stdout).toContain(`| ${kind} |`);
      const shown = await run(["catalog", "show", kind]);
      expect(shown.stdout).toMatch(/^\| .*\| as of \| source \|\n[\s\S]+\n## Sources\n\n1\. /);
      const facts = JSON.parse((await run(["catalog", "show", kind, "--json"])).stdout);
      expect(facts.every((fact: { source: string; asOf: string }) => fact.source && fact.asOf)).toBe(true);
    }
  });

  test("a filter keeps the facts that hold all its words", async () => {
    const facts = JSON.parse((await run(["catalog", "show", "accelerators", "rtx", "4090", "--json"])).stdout);
    expect(facts.length).toBeGreaterThan(0);
    expect(facts.every(({ id }: { id: string }) => id.includes("4090"))).toBe(true);
  });
});

describe("verify", () => {
  test("an empty folder is no project of ours: exit code 1 or 2, never a crash", async () => {
    const { code, stderr } = await run(["verify", "."], { cwd: emptyFolder() });
    expect([1, 2]).toContain(code);
    expect(stderr).not.toContain("fault in ml-architect");
  });
});

describe.skipIf(process.platform !== "linux" || !existsSync("/usr/bin/script"))("in a real terminal", () => {
  const show = (typing: readonly Typed[], more = "", env: NodeJS.ProcessEnv = {}) =>
    inTerminal(`"${process.execPath}" "${MAIN}" "${LLAMA}" ${more}`, 80, typing, {
      env: { NO_COLOR: undefined, TERM: "xterm-256color", ...env },
    });

  test("colour, bars and a question that writes nothing by default", async () => {
    const stdout = await show([["[y/N]", "n\n"]]);
    expect(stdout).toMatch(/\x1b\[1m/);
    expect(stdout).toContain("┃");
    expect(stdout).toContain("[y/N]");
    expect(stdout).not.toContain("Wrote");
  });

  test("NO_COLOR leaves layout and takes colour", async () => {
    const stdout = await show([], "</dev/null", { NO_COLOR: "1" });
    expect(stdout).toContain("┃");
    expect(stdout).not.toContain("\x1b");
  });
});

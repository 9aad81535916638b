import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { emptyFolder, MAIN, type Ran, run } from "./run.ts";

const LLAMA = "fine-tune Llama 3.1 8B with QLoRA on one RTX 4090, 5k examples";

/** What every refusal owes a person: two lines, a next step, no stack trace, nothing on stdout. */
function expectRefusal({ code, stdout, stderr }: Ran, message: RegExp, exitCode = 2): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^error: .+\nhint: .+\n$/);
  expectNoTrace(stderr);
  expect(stdout).toBe("");
  expect(code).toBe(exitCode);
}

function expectNoTrace(stderr: string): void {
  expect(stderr).not.toMatch(/^\s+at |node:internal|\.js:\d|fault in ml-architect/m);
}

describe.concurrent("input that is wrong", () => {
  const cases: [string, string[], RegExp][] = [
    ["an empty text", ["plan", ""], /text is empty/],
    ["a text of control characters", ["plan", "\x01\x1b[2J\u200b"], /text is empty/],
    ["nothing at all", ["plan"], /nothing to plan/],
    ["a negative budget", ["plan", LLAMA, "--set", "budgetUsd=-5"], /budgetUsd/],
    ["an unknown field", ["plan", LLAMA, "--set", "budgetUds=5"], /budgetUds[\s\S]*budgetUsd/],
    ["a field without a value", ["plan", LLAMA, "--set", "budgetUsd"], /budgetUsd/],
    ["1e30 parameters", ["plan", "train it", "--set", "parameterCount=1e30"], /parameterCount/],
    ["an unknown option", ["plan", LLAMA, "--jsom"], /"--jsom"[\s\S]*"--json"/],
    ["an option without a value", ["plan", LLAMA, "--out"], /--out.*needs a value/],
    ["a missing argument", ["new"], /needs <dir>/],
    ["gibberish", ["plan", "asdf qwer zxcv"], /nothing to plan in these words/],
    ["a text of nothing but signs", ["plan", "?!? ... ###"], /nothing to plan/],
    ["1e30 parameters in words", ["plan", "train a model with 1e30 parameters"], /1e30/],
    ["a negative budget in words", ["plan", "fine-tune Llama 3.1 8B, budget -500 dollars"], /-500 dollars/],
    ["a misspelt command", ["plna"], /no command "plna"[\s\S]*"plan"/],
    ["a flag before the command", ["--json", "read", "x"], /command comes first/],
    ["a brief file that is not there", ["plan", "--brief", "absent.yaml"], /Cannot read the brief "absent.yaml"/],
    ["a name that climbs out of the folder", ["new", "../../etc", LLAMA], /"..\/..\/etc": the path leaves/],
    ["a name with a control character", ["new", "a\x1b[2Jb", LLAMA], /Cannot write to/],
    ["an unknown kind of fact", ["catalog", "show", "acelerators"], /acelerators[\s\S]*"accelerators"/],
    ["a fact that is not known", ["catalog", "show", "models", "lama-9"], /No models match "lama-9"/],
    ["an unknown subcommand", ["catalog", "shwo"], /shwo[\s\S]*show/],
    ["refreshing the catalog", ["catalog", "refresh"], /not in this version/],
    ["a project folder that is not there", ["verify", "absent"], /no such folder/],
    ["a plan file that is not there", ["new", "x", "--plan", "absent.json"], /Cannot read the plan/],
  ];

  test.each(cases)("%s", async (_, args, message) => {
    expectRefusal(await run(args), message);
  });

  test("text that is not UTF-8 is refused as such", async () => {
    expectRefusal(await run(["plan", "-"], { input: Buffer.from([0xff, 0xfe, 0x80]) }), /not UTF-8/);
  });

  test("a broken brief file says so, an unknown key in it names the nearest", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "broken.yaml"), "model: [");
    writeFileSync(join(cwd, "key.yaml"), "modle: meta-llama/Llama-3.1-8B\n");
    expectRefusal(await run(["plan", "--brief", "broken.yaml"], { cwd }), /neither YAML nor JSON/);
    expectRefusal(await run(["plan", "--brief", "key.yaml"], { cwd }), /modle/);
  });

  test("the stack is shown only to those who ask for it", async () => {
    const { stderr } = await run(["plan", ""], { env: { ML_ARCHITECT_DEBUG: "1" } });
    expect(stderr).toMatch(/^\s+at /m);
  });
});

describe.concurrent("words that no catalog knows", () => {
  const TEXTS = {
    gibberish: "asdf qwer zxcv",
    "an unknown model": "fine-tune Zorblax-9000-13B on one RTX 4090",
    "1e30 parameters": "train a model with 1e30 parameters",
    German: "Llama 3.1 8B mit QLoRA auf einer RTX 4090 nachtrainieren, Budget 200 €",
    Chinese: "用一张 4090 微调 Qwen 2.5 7B",
    Arabic: "أريد تدريب نموذج لتصنيف النصوص",
    "a negative budget": "fine-tune Llama 3.1 8B, budget -500 dollars",
    "control characters": "fine-tune Llama\x1b[31m 3.1 8B\x00 on a 4090\x07",
    emoji: "🚀🔥 train 🤖",
    "a shell command": "$(rm -rf /) ; `id` && plan",
  };

  test.each(Object.entries(TEXTS))("%s: an answer or a refusal, never a crash", async (_, text) => {
    // A null character cannot be an argument of a program, so hostile bytes come by standard input.
    const { code, stdout, stderr } = await run(["plan", "-"], { input: text });
    expect([0, 1, 2]).toContain(code);
    expectNoTrace(stderr);
    expect(stdout + stderr).not.toMatch(/[\x00-\x08\x1b]/);
    expect(stdout + stderr).not.toBe("");
  });

  test("a megabyte of text is answered or refused", async () => {
    const { code, stderr } = await run(["plan", "-"], {
      input: `${LLAMA}. ${"and more of the same, ".repeat(50_000)}`,
    });
    expect([0, 1, 2]).toContain(code);
    expectNoTrace(stderr);
  });
});

describe("an outside that fails", () => {
  test.skipIf(!existsSync("/dev/full"))("a full disk behind the answer: exit code 3, no stack trace", async () => {
    const { code, stderr } = await run(["-c", `"${process.execPath}" "${MAIN}" catalog > /dev/full`], {
      program: ["sh"],
    });
    expect(stderr).toMatch(/^error: The disk is full\nhint: .+\n$/);
    expect(code).toBe(3);
  });

  test.skipIf(process.getuid?.() === 0)("a folder without permission: exit code 3", async () => {
    const cwd = emptyFolder();
    mkdirSync(join(cwd, "closed"), { mode: 0o500 });
    const { code, stderr } = await run(["new", "closed/project", LLAMA], { cwd });
    expect(stderr).toMatch(/permission denied[\s\S]*\nhint: /);
    expectNoTrace(stderr);
    expect(code).toBe(3);
  });
});

describe.concurrent("files of others", () => {
  test("a folder that is not empty and not ours stays as it is", async () => {
    const cwd = emptyFolder();
    mkdirSync(join(cwd, "theirs"));
    writeFileSync(join(cwd, "theirs", "README.md"), "mine");
    const ran = await run(["new", "theirs", LLAMA], { cwd });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(/theirs/);
    expectNoTrace(ran.stderr);
    expect(readdirSync(join(cwd, "theirs"))).toEqual(["README.md"]);
    expect(readFileSync(join(cwd, "theirs", "README.md"), "utf8")).toBe("mine");
  });

  test("a file where the folder should be stays as it is", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "taken"), "mine");
    expectRefusal(await run(["new", "taken", LLAMA], { cwd }), /"taken": it is a file/);
    expect(readFileSync(join(cwd, "taken"), "utf8")).toBe("mine");
  });

  test("a refused plan file writes nothing", async () => {
    const cwd = emptyFolder();
    const plans = {
      "text.json": "hello",
      "list.json": "[]",
      "old.json": '{"schemaVersion":0}',
      "bare.json": '{"schemaVersion":1,"planHash":"x","status":"feasible"}',
    };
    for (const [name, text] of Object.entries(plans)) {
      writeFileSync(join(cwd, name), text);
      expectRefusal(await run(["new", "project", "--plan", name], { cwd }), new RegExp(`"${name}" is not a plan`));
    }
    expect(existsSync(join(cwd, "project"))).toBe(false);
  });
});

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { emptyFolder, inTerminal, MAIN, run, type Typed } from "./run.ts";

const REQUEST = "fine-tune Llama 3.1 8B on 50k chats with one RTX 4090 that we own";

/** A folder with the plan of REQUEST in it. */
async function withPlan(name = "plan.json"): Promise<string> {
  const cwd = emptyFolder();
  writeFileSync(join(cwd, name), (await run(["plan", REQUEST, "--json"], { cwd })).stdout);
  return cwd;
}

const talk = (lines: string[], cwd = emptyFolder(), args: string[] = []) =>
  run(["consult", ...args], { cwd, input: `${lines.join("\n")}\n` });

const PROMPT = "›";
/** Types into a real terminal, a text at each prompt. */
const typed = (keys: (string | Typed)[], columns: number, args = ""): Promise<string> =>
  inTerminal(
    `'${process.execPath}' '${MAIN}' ${args}; echo exit=$?`,
    columns,
    keys.map((key) => (typeof key === "string" ? [PROMPT, key] : key)),
  );

describe.concurrent("consult in a pipe", () => {
  test("takes one line a turn, prompts nowhere, and ends with the plan's exit code", async () => {
    const { code, stdout, stderr } = await talk([REQUEST, "what if two 4090s", "why not qlora", "config"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).not.toMatch(/›|\x1b/);
    for (const part of ["**LoRA adapters", "| training time |", "**Not qlora**", "micro_batch_size:"])
      expect(stdout).toContain(part);
  });

  test("writes the project and the plan that it talked about, the same as `new` writes", async () => {
    const cwd = emptyFolder();
    const { code, stdout } = await talk([REQUEST, "epochs=2", "write it to assistant", "save it as plan.json"], cwd);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Wrote \d+ files to assistant/);
    const saved = JSON.parse(readFileSync(join(cwd, "plan.json"), "utf8"));
    const made = await run(["plan", REQUEST, "--set", "epochs=2", "--json"], { cwd });
    expect(saved.planHash).toBe(JSON.parse(made.stdout).planHash);
    expect(JSON.parse(readFileSync(join(cwd, "assistant", "plan.json"), "utf8")).planHash).toBe(saved.planHash);
  });

  test("never writes over a file, and never outside the folder", async () => {
    const cwd = emptyFolder();
    writeFileSync(join(cwd, "mine.json"), "{}");
    const { stdout } = await talk([REQUEST, "save it as mine.json", "save it as ../out.json"], cwd);
    expect(stdout).toContain("is there already");
    expect(stdout).toContain("leaves the current folder");
    expect(readFileSync(join(cwd, "mine.json"), "utf8")).toBe("{}");
    expect(existsSync(join(cwd, "..", "out.json"))).toBe(false);
  });

  test("goes on from a plan", async () => {
    const cwd = await withPlan();
    const { code, stdout } = await talk(["why gpu"], cwd, ["--plan", "plan.json"]);
    expect(code).toBe(0);
    expect(stdout).toContain("**hardware: 1 × NVIDIA GeForce RTX 4090**");
  });

  test("exit code 1 where the last plan does not fit, 2 where nothing could be planned", async () => {
    expect((await talk(["full fine-tuning of Llama 3.1 70B on one RTX 4090 that I own"])).code).toBe(1);
    expect((await talk(["hello"])).code).toBe(2);
  });
});

describe.concurrent("consult in a terminal", () => {
  test("a pasted error message is one thing said, not a turn a line", async () => {
    const paste = [
      "my LoRA run of Mistral 7B dies on our RTX 4090",
      "Traceback (most recent call last):",
      "  trainer.train()",
      "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB.",
    ].join("\r");
    const stdout = await typed([`${paste}\r`, "quit\r"], 100);
    expect(stdout.match(/your words/g)).toHaveLength(1);
    expect(stdout).not.toContain("Nothing in");
  });

  test("without words a person is asked, answers by number, and leaves with quit", async () => {
    const stdout = await typed([`${REQUEST}\r`, "2\r", "quit\r"], 80);
    expect(stdout).toContain("What do you want to train or serve?");
    expect(stdout).toMatch(/Question 1:[\s\S]*1\. /);
    expect(stdout).toContain("understood");
    expect(stdout).toContain("exit=0");
  });

  test("a narrow terminal gets lines that fit", async () => {
    const stdout = await typed(["quit\r"], 46, `consult '${REQUEST}'`);
    const plain = stdout.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, "");
    const long = plain.split(/\r?\n/).filter((line) => [...line].length > 46 && !/https?:|\| |│|Script/.test(line));
    expect(long).toEqual([]);
  });

  test("Ctrl-C takes back a line, then leaves; Ctrl-D leaves: both with exit code 0 and no stack trace", async () => {
    const [c, d] = await Promise.all([
      typed(["half a line", ["half a line", "\x03"], "\x03"], 80, "consult"),
      typed(["\x04"], 80, "consult"),
    ]);
    for (const stdout of [c, d]) {
      expect(stdout).toContain("exit=0");
      expect(stdout).not.toMatch(/at .*\.js:\d+|Error/);
    }
  });
});

describe.concurrent("why, what-if and compare", () => {
  test("why says reasons and refusals, as text and as JSON", async () => {
    const cwd = await withPlan();
    expect((await run(["why", "not", "qlora", "--plan", "plan.json"], { cwd })).stdout).toMatch(/^\*\*Not qlora\*\*/);
    const { stdout, code } = await run(["why", "framework", "--plan", "plan.json", "--json"], { cwd });
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { topic: "framework", choice: "transformers" }]);
  });

  test("what-if gives the new plan, which `compare` tells from the old one in the same way", async () => {
    const cwd = await withPlan();
    const { code, stdout } = await run(["what-if", "32k", "context", "--plan", "plan.json", "--json"], { cwd });
    const { plan, difference, understood } = JSON.parse(stdout);
    expect(understood).toMatchObject([{ field: "sequenceLength", value: 32_768 }]);
    expect(code).toBe(plan.status === "infeasible" ? 1 : 0);
    writeFileSync(join(cwd, "after.json"), JSON.stringify(plan));
    const compared = await run(["compare", "plan.json", "after.json", "--json"], { cwd });
    expect(JSON.parse(compared.stdout)).toEqual(difference);
    expect((await run(["compare", "after.json", "--plan", "plan.json"], { cwd })).stdout).toMatch(
      /^\| what \| before \| after \| why \|/,
    );
  });

  test("what-if field=value is the plan that --set gives", async () => {
    const cwd = await withPlan();
    const { stdout } = await run(["what-if", "epochs=2", "--plan", "plan.json", "--json"], { cwd });
    const set = await run(["plan", REQUEST, "--set", "epochs=2", "--json"], { cwd });
    expect(JSON.parse(stdout).plan.planHash).toBe(JSON.parse(set.stdout).planHash);
  });

  test.each([
    [["why", "framwork", "--plan", "plan.json"], /no decision or option "framwork"\nhint: Did you mean "framework"\?/],
    [["why", "framework"], /--plan is missing/],
    [["what-if", "epoch=2", "--plan", "plan.json"], /Unknown brief field "epoch"\nhint: Did you mean "epochs"\?/],
    [["what-if", "nothing at all", "--plan", "plan.json"], /Nothing in "nothing at all" changes the plan/],
    [["compare", "plan.json"], /compare takes two plans, not 1/],
    [["compare", "plan.json", "missing.json"], /Cannot read the plan "missing.json": there is no such file/],
    [["what-if", "qlora", "--pln", "plan.json"], /There is no option "--pln"\nhint: Did you mean "--plan"\?/],
  ])("%j is refused with the next step", async (args, message) => {
    const { code, stdout, stderr } = await run(args, { cwd: await withPlan() });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparedPython } from "../../scripts/python-environment.mjs";
import { run as commandLine } from "../cli/run.ts";
import { descendants, isAlive, type Kernel, type Ran, startKernel, within } from "./kernel.ts";
import { PYTHON } from "./python.ts";

const PROJECT_PYTHON = preparedPython();
const FULL = process.env.ML_ARCHITECT_FULL === "1";
const WORDS = "fine-tune llama 3.1 8b on 50k tickets, $500";
const shown = (outputs: [string, Record<string, unknown>][], mime: string): unknown[] =>
  outputs
    .map(([, content]) => (content.data as Record<string, unknown> | undefined)?.[mime])
    .filter((x) => x !== undefined);
/** A plan is of its day: where midnight passes between two, they differ. */
const terminalHash = async (): Promise<string> =>
  JSON.parse((await commandLine(["plan", WORDS, "--json"])).stdout).planHash;
/** Says that it has begun before it never ends. */
const LOOP = "console.log('begun'); await new Promise((resolve) => setTimeout(resolve, 300)); while (true) {}";
const gone = async (pids: number[]): Promise<number[]> => {
  for (const deadline = Date.now() + 60_000; pids.some(isAlive) && Date.now() < deadline; ) await sleep(100);
  return pids.filter(isAlive);
};

describe.skipIf(!PYTHON).each(["tslab", "deno"])("%s under the proxy, driven by jupyter_client", (name) => {
  let kernel: Kernel;
  beforeAll(async () => {
    kernel = await startKernel(name);
  });
  afterAll(() => kernel?.end());

  test("cells share their state; each has its own number, and prints where it belongs", async () => {
    const first = await kernel.run("const a: number = 41;");
    const second = await kernel.run("console.log(a + 1)");
    expect(first.reply).toMatchObject({ status: "ok", execution_count: 1 });
    expect(first.outputs).toEqual([["execute_input", { code: "const a: number = 41;", execution_count: 1 }]]);
    expect(second.reply.execution_count).toBe(2);
    expect(second.stdout).toBe("42\n");
  });

  test("a silent cell, and one that stores no history, take no number", async () => {
    const silent = await kernel.run("const silent = 1;", { silent: true });
    expect(silent.outputs).toEqual([]);
    const next = await kernel.run("console.log(silent)");
    expect(next.reply.execution_count).toBe(3);
  });

  test("the words that a terminal plans lead to the same planHash here, shown while it is made", async () => {
    const before = await terminalHash();
    const ran = await kernel.run(`%architect plan ${WORDS} -f json`);
    const [plan] = shown(ran.outputs, "application/json") as { planHash: string }[];
    expect([before, await terminalHash()]).toContain(plan!.planHash);
    const [input, progress, answer] = ran.outputs;
    expect(input![0]).toBe("execute_input");
    expect(progress![0]).toBe("display_data");
    expect(answer![0]).toBe("update_display_data");
    const id = (content: Record<string, unknown>) => (content.transient as { display_id: string }).display_id;
    expect(id(answer![1])).toBe(id(progress![1]));
  });

  test("a plan is shown as a card and as charts, each with every form that a notebook may know", async () => {
    const ran = await kernel.run(`%%architect plan\n${WORDS}\n`);
    expect(shown(ran.outputs, "text/markdown").join("\n")).toContain("| method |");
    const charts = ran.outputs.filter(
      ([, { data }]) => (data as object | undefined) && "image/svg+xml" in (data as object),
    );
    expect(charts.length).toBe(2);
    for (const [, { data }] of charts) {
      const forms = data as Record<string, unknown>;
      expect(Object.keys(forms).sort()).toEqual([
        "application/vnd.vegalite.v5+json",
        "image/svg+xml",
        "text/markdown",
        "text/plain",
      ]);
      expect((forms["application/vnd.vegalite.v5+json"] as { $schema: string }).$schema).toContain("vega-lite/v5");
      expect(forms["image/svg+xml"]).toMatch(/^<svg/);
    }
  });

  test("the conversation goes on from cell to cell: questions, changes, reasons", async () => {
    await kernel.run(`%architect plan ${WORDS}`);
    const asked = (await kernel.run("%architect status -f json")).outputs;
    const [status] = shown(asked, "application/json") as { questions: string[]; revision: number; kernel: string }[];
    expect(status!.kernel).toBe(`${name}, typescript`);
    expect(status!.questions.length).toBeGreaterThan(0);
    const answered = await kernel.run("//% architect answer q2: 3");
    expect(answered.reply.status).toBe("ok");
    expect(shown(answered.outputs, "text/markdown").join()).toContain("understood");
    const changed = await kernel.run("%architect set epochs=2");
    expect(shown(changed.outputs, "text/markdown").join()).toContain("`epochs`");
    const why = await kernel.run("%architect why method");
    expect(shown(why.outputs, "text/markdown").join()).toMatch(/LoRA/);
  });

  test("values of the notebook enter the words, and the plan becomes a variable of the notebook", async () => {
    await kernel.run("const usd = { limit: 300 };");
    const ran = await kernel.run(
      "%architect set budgetUsd={{usd.limit}} --as best\nconsole.log(best.brief.budgetUsd.value, best.planHash.length)",
    );
    expect(ran.stderr).toBe("");
    expect(ran.stdout).toBe("300 64\n");
    const wrong = await kernel.run("%architect set budgetUsd={{neverDefined}}");
    expect(wrong.reply).toMatchObject({ status: "error", ename: "MlArchitect" });
    expect(wrong.reply.evalue).toContain("{{neverDefined}}");
    expect((await kernel.run("console.log(usd.limit)")).stdout).toBe("300\n");
  });

  test("a failing cell says error, name and text, and what was queued behind it is aborted, magics too", async () => {
    const failing = await kernel.tell<string>(
      "send",
      "await new Promise((resolve) => setTimeout(resolve, 500)); throw new RangeError('too far')",
    );
    const code = await kernel.tell<string>("send", "console.log('not this')");
    const magic = await kernel.tell<string>("send", "%architect status");
    const failed = await kernel.tell<Ran>("collect", failing);
    expect(failed.reply).toMatchObject({ status: "error", ename: "RangeError", evalue: "too far" });
    expect(failed.outputs.filter(([type]) => type === "error").length).toBe(1);
    for (const id of [code, magic]) {
      const aborted = await kernel.tell<Ran>("collect", id);
      expect(aborted.reply.status).toBe("aborted");
      expect(aborted.stdout).toBe("");
    }
    const next = await kernel.run("console.log('goes on')");
    expect(next.stdout).toBe("goes on\n");
  });

  test("an out-of-memory error of the last cell is evidence: fix answers with a repair", async () => {
    const oom =
      "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 23.65 GiB of which 1.00 GiB is free.";
    await kernel.run(
      "%architect plan fine-tune llama 3.1 8b with LoRA on one RTX 4090, 50k examples of 2048 tokens, batch size 16",
    );
    await kernel.run(`throw new Error(${JSON.stringify(oom)})`);
    const fixed = await kernel.run("%architect fix");
    expect(fixed.reply.status).toBe("ok");
    expect(shown(fixed.outputs, "text/markdown").join()).toMatch(/measured|current|died/i);
  });

  test("a magic that is refused is an error with what to do, and its cell's code does not run", async () => {
    const refused = await kernel.run("%architect pln x\nconsole.log('never')");
    expect(refused.reply).toMatchObject({ status: "error", ename: "MlArchitect" });
    expect(refused.reply.evalue).toContain('Did you mean "plan"');
    expect(refused.stdout).toBe("");
  });

  test("after code a magic is no magic, and inside a text it stays text", async () => {
    const ran = await kernel.run("console.log(`\n%architect plan x`)");
    expect(ran.stdout).toBe("\n%architect plan x\n");
  });

  test("TAB, Shift-TAB and the end of input are answered for magics, and by the kernel for code", async () => {
    const complete = await kernel.tell<[string, { matches: string[] }]>("ask", "complete_request", {
      code: "%architect sta",
      cursor_pos: 14,
    });
    expect(complete[1]).toMatchObject({ status: "ok", matches: ["status"], cursor_start: 11, cursor_end: 14 });
    const code = await kernel.tell<[string, { matches: string[] }]>("ask", "complete_request", {
      code: "console.lo",
      cursor_pos: 10,
    });
    expect(code[1].matches.join()).toContain("log");
    const inspect = await kernel.tell<[string, { found: boolean }]>("ask", "inspect_request", {
      code: "%architect plan",
      cursor_pos: 12,
      detail_level: 0,
    });
    expect(inspect[1].found).toBe(true);
    const finished = await kernel.tell("ask", "is_complete_request", { code: "%architect status" });
    expect(finished).toEqual(["is_complete_reply", { status: "complete" }]);
    expect(
      await kernel.tell("ask", "history_request", { output: false, raw: true, hist_access_type: "tail", n: 1 }),
    ).toEqual(["history_reply", { status: "ok", history: [] }]);
    expect((await kernel.tell<[string, unknown]>("ask", "comm_info_request", {}))[0]).toBe("comm_info_reply");
    const [, info] = await kernel.tell<[string, { language_info: { name: string } }]>("ask", "kernel_info_request", {});
    expect(info.language_info.name).toBe("typescript");
  });

  test("5,000 prints arrive, all of them, in order and before the cell ends", async () => {
    const ran = await kernel.run("for (let i = 0; i < 5000; i++) console.log(i);");
    expect(ran.late).toBe(0);
    expect(ran.stdout).toBe(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
    expect((await kernel.run("1")).late).toBe(0);
  });

  test("a hundred cells that print one line each hold their own line", async () => {
    const ids: string[] = [];
    for (let i = 0; i < 100; i += 1) ids.push(await kernel.tell<string>("send", `console.log(${i})`));
    for (const [i, id] of ids.entries()) expect((await kernel.tell<Ran>("collect", id)).stdout).toBe(`${i}\n`);
  });

  test("1 MB in one output arrives whole", async () => {
    const ran = await kernel.run("console.log('ü'.repeat(1024 * 1024))");
    expect(ran.stdout.length).toBe(1024 * 1024 + 1);
  });

  test("an interrupt ends a cell that waits, what is queued is aborted, and the next cell runs", async () => {
    const waiting = await kernel.tell<string>(
      "send",
      "console.log('begun'); await new Promise((resolve) => setTimeout(resolve, 600_000));",
    );
    const queued = await kernel.tell<string>("send", "console.log('queued')");
    expect(await kernel.tell("heard", waiting, "begun")).toBe(true);
    await kernel.tell("interrupt");
    const ended = await kernel.tell<Ran>("collect", waiting);
    expect(ended.timeout).toBeUndefined();
    expect(ended.reply.status).toBe("error");
    expect((await kernel.tell<Ran>("collect", queued)).reply.status).toBe("aborted");
    expect((await kernel.run("console.log('next')")).stdout).toBe("next\n");
  });

  test("an interrupt ends a cell of magics between two plans, and what was planned last stands", async () => {
    const plans = Array.from({ length: 40 }, (_, i) => `%architect plan ${WORDS} and ${i + 1} epochs`).join("\n");
    const planning = await kernel.tell<string>("send", `${plans}\nconsole.log('not this')`);
    expect(await kernel.tell("heard", planning, "update_display_data")).toBe(true);
    await kernel.tell("interrupt");
    const ended = await kernel.tell<Ran>("collect", planning);
    expect(ended.reply).toMatchObject({ status: "error", ename: "MlArchitect" });
    expect(ended.reply.evalue).toContain("Interrupted");
    expect(ended.stdout).toBe("");
    expect(ended.outputs.filter(([type]) => type === "display_data").length).toBeLessThan(40);
    expect((await kernel.run("%architect status")).reply.status).toBe("ok");
  });

  test("a loop that never ends is ended all the same: its kernel is started again, and the cell says so or was interrupted", async () => {
    const looping = await kernel.tell<string>("send", LOOP);
    expect(await kernel.tell("heard", looping, "begun")).toBe(true);
    // In the loop by now; one that comes before it would end the cell as well.
    await sleep(1500);
    await kernel.tell("interrupt");
    const ended = await kernel.tell<Ran>("collect", looping);
    expect(ended.reply.status).toBe("error");
    expect((await kernel.run("console.log('alive')")).stdout).toBe("alive\n");
    expect((await kernel.run("%architect status -f json")).reply.status).toBe("ok");
  });

  test("a restart forgets variables and conversation, keeps the ports, and begins to count again", async () => {
    const port = await kernel.tell("connection");
    await kernel.run("const before = 1");
    await kernel.tell("restart");
    expect(await kernel.tell("connection")).toBe(port);
    const [status] = shown((await kernel.run("%architect status -f json")).outputs, "application/json") as {
      revision: unknown;
    }[];
    expect(status!.revision).toBeNull();
    const ran = await kernel.run("console.log(typeof before)");
    expect(ran.reply.execution_count).toBe(2);
    expect(ran.stdout + ran.stderr).not.toContain("number\n");
  });

  test.each(["ends itself", "is killed, as for memory"])(
    "a kernel that %s takes ours with it, and starts again",
    async (how) => {
      const pid = await kernel.tell<number>("pid");
      const all = [pid, ...descendants(pid)];
      if (how === "ends itself")
        await kernel.tell("send", "const { Deno, process } = globalThis as any; (Deno ?? process).exit(3);");
      else process.kill(all[1]!, "SIGKILL");
      expect(await gone(all)).toEqual([]);
      await expect.poll(() => kernel.tell("alive")).toBe(false);
      await kernel.tell("restart");
      expect((await kernel.run("console.log('again')")).stdout).toBe("again\n");
    },
  );

  test("nothing is left behind when Jupyter shuts the kernel down, nor when the proxy is killed in the middle of a loop", async () => {
    const first = await kernel.tell<number>("pid");
    const before = [first, ...descendants(first)];
    expect(before.length).toBeGreaterThan(1);
    await kernel.tell("restart");
    expect(await gone(before)).toEqual([]);
    const pid = await kernel.tell<number>("pid");
    const all = [pid, ...descendants(pid)];
    const child = readFileSync(`/proc/${all[1]}/cmdline`, "utf8").split("\0");
    const file = child.find((word) => word.endsWith(".json"))!;
    const looping = await kernel.tell<string>("send", LOOP);
    expect(await kernel.tell("heard", looping, "begun")).toBe(true);
    await sleep(500);
    await kernel.tell("kill");
    expect(await gone(all)).toEqual([]);
    expect(existsSync(dirname(file))).toBe(false);
  });
});

const CUT_OFF = [
  ["tslab", "kill"],
  ["deno", "restart"],
  ["deno", "kill-group"],
  ["deno", "kill"],
  ["tslab", "restart"],
  ["tslab", "kill-group"],
] as const;

test.skipIf(!PYTHON || !PROJECT_PYTHON).each(FULL ? CUT_OFF : CUT_OFF.slice(0, 2))(
  "a smoke step on %s that is cut off by Jupyter's %s leaves no process and no file; the next run is green and says so",
  async (name, how) => {
    const kernel = await startKernel(name);
    try {
      const project = join(kernel.folder, "support-llm");
      const note = join(project, "outputs/notebook/running.json");
      await kernel.run(`%architect plan ${WORDS}`);
      await kernel.run("%architect project support-llm");
      await kernel.tell("send", `%architect smoke train support-llm --python ${PROJECT_PYTHON}`);
      await expect.poll(() => within(project).length).toBeGreaterThan(0);
      // In the middle: the program has begun to load what it trains with.
      await sleep(1000);
      const pids = [await kernel.tell<number>("pid"), ...within(project)];
      const noted = (): { scratch: string } | undefined => {
        try {
          return JSON.parse(readFileSync(note, "utf8"));
        } catch {
          return undefined;
        }
      };
      await expect.poll(noted).toBeDefined();
      const { scratch } = noted()!;
      await kernel.tell(how);
      expect(await gone(pids)).toEqual([]);
      if (how !== "restart") await kernel.tell("restart");
      // The conversation is gone with its kernel; the cell names its project and runs alone.
      const next = async () => {
        const ran = await kernel.run(`%architect smoke parse support-llm --python ${PROJECT_PYTHON}`);
        expect(ran.reply.status, String(ran.reply.evalue)).toBe("ok");
        return String(shown(ran.outputs, "text/markdown").at(-1));
      };
      const told = await next();
      expect(told).toMatch(/^✔ \*\*Parse the configuration/);
      // A restart interrupts first: the step ends as a person's interrupt ends it.
      expect(told.includes("The last run of `train` was cut off with its kernel")).toBe(how !== "restart");
      for (const left of [scratch, note]) expect(existsSync(left)).toBe(false);
      expect(await next()).not.toContain("cut off");
    } finally {
      await kernel.end();
    }
  },
);

test.skipIf(!PYTHON)("Deno's prompt() is asked in the cell that prompts, and answered from there", async () => {
  const kernel = await startKernel("deno");
  try {
    expect((await kernel.run("console.log(prompt('who?'))")).stdout).toContain("typed");
  } finally {
    await kernel.end();
  }
});

test.skipIf(!PYTHON)(
  "any kernel can stand underneath: a Python one shares values, says what failed and is interrupted",
  async () => {
    const kernel = await startKernel("python-underneath", "node", {
      argv: [PYTHON!, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
      display_name: "Python",
      language: "python",
    });
    try {
      expect((await kernel.run("usd = 40 * 5\nusd")).outputs.at(-1)).toMatchObject([
        "execute_result",
        { execution_count: 1, data: { "text/plain": "200" } },
      ]);
      const planned = await kernel.run(
        "%architect plan fine-tune llama 3.1 8b on 50k tickets, budget {{usd}} dollars --as best\nprint(best['brief']['budgetUsd']['value'])",
      );
      expect(planned.stdout).toBe("200\n");
      const failed = await kernel.run("1 / 0");
      expect(failed.reply).toMatchObject({ status: "error", ename: "ZeroDivisionError", execution_count: 3 });
      const looping = await kernel.tell<string>("send", "print('begun', flush=True)\nwhile True: pass");
      expect(await kernel.tell("heard", looping, "begun")).toBe(true);
      await kernel.tell("interrupt");
      expect((await kernel.tell<Ran>("collect", looping)).reply).toMatchObject({
        status: "error",
        ename: "KeyboardInterrupt",
      });
      // Python's own magics stay Python's.
      expect((await kernel.run("%pwd")).reply.status).toBe("ok");
    } finally {
      await kernel.end();
    }
  },
);

describe.skipIf(!PYTHON).each([
  ["bun", "tslab"],
  ["deno", "deno"],
])("the proxy itself on %s", (runtime, name) => {
  test(`plans, shares ${name}'s state, and shuts down`, async () => {
    const kernel = await startKernel(name, runtime);
    try {
      expect((await kernel.run("let q = 20; console.log(q + 1)")).stdout).toBe("21\n");
      const before = await terminalHash();
      const ran = await kernel.run(`%architect plan ${WORDS} -f json`);
      const [plan] = shown(ran.outputs, "application/json") as { planHash: string }[];
      expect([before, await terminalHash()]).toContain(plan!.planHash);
      const big = await kernel.run("console.log('x'.repeat(1_000_000))");
      expect(big.stdout.length).toBe(1_000_001);
      const pid = await kernel.tell<number>("pid");
      const all = [pid, ...descendants(pid)];
      await kernel.tell("stop");
      expect(await gone(all)).toEqual([]);
    } finally {
      await kernel.end();
    }
  });
});

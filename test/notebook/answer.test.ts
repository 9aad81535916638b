import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { architect } from "../../notebook/answer/architect.ts";
import { readCell } from "../../notebook/magic/cell.ts";
import type { Bundle, Magician, Stage } from "../../notebook/proxy/magician.ts";
import { advise, catalog, readText } from "../../src/index.ts";

const TODAY = "2026-11-23";
const WORDS = "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200";

/** A notebook without a kernel: what is shown, in the form it has in the end. */
function stageOf(rest: Partial<Stage> = {}): Stage & { shown: Bundle[]; assigned: Record<string, unknown> } {
  const shown: Bundle[] = [];
  const assigned: Record<string, unknown> = {};
  return {
    shown,
    assigned,
    show(bundle) {
      const at = shown.push(bundle) - 1;
      return {
        update(next) {
          shown[at] = next;
        },
      };
    },
    evaluate: async (expression) => `<${expression}>`,
    assign: async (name, value) => {
      assigned[name] = value;
    },
    lastError: () => undefined,
    next: () => {},
    cell: { id: undefined, text: "" },
    kernel: "tslab, typescript",
    language: "typescript",
    signal: new AbortController().signal,
    ...rest,
  };
}

let folder: string;
let before: string;
let magician: Magician;
beforeEach(() => {
  before = process.cwd();
  folder = mkdtempSync(join(tmpdir(), "ml-architect-answer-"));
  process.chdir(folder);
  magician = architect({ catalog, today: () => TODAY });
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

async function say(cell: string, rest?: Partial<Stage>) {
  const stage = stageOf(rest);
  for (const magic of readCell(cell).magics) await magician.answer(magic, stage);
  return stage;
}
const text = async (cell: string, rest?: Partial<Stage>): Promise<string> =>
  (await say(cell, rest)).shown.map((bundle) => bundle["text/plain"]).join("\n");

test("a plan has the hash of the same words in any other front end, and a new plan begins again", async () => {
  const expected = advise(readText(WORDS, catalog, { today: TODAY }), catalog, { today: TODAY });
  await say("%architect plan fine-tune Mistral 7B on AWS");
  const { shown } = await say(`%architect plan ${WORDS} -f json`);
  expect((shown[0]!["application/json"] as { planHash: string }).planHash).toBe(expected.planHash);
  expect(shown.length).toBe(1);
});

test("what is not a verb is said as it is: what-ifs change nothing until they are kept", async () => {
  await say(`%architect plan ${WORDS}`);
  const hash = async () =>
    ((await say("%architect status -f json")).shown[0]!["application/json"] as { planHash: string }).planHash;
  const first = await hash();
  expect(await text("%architect what if 100k examples")).toContain("%architect keep it");
  expect(await hash()).toBe(first);
  await say("%architect keep it");
  expect(await hash()).not.toBe(first);
  await say("%architect undo");
  expect(await hash()).toBe(first);
});

test("a line that is refused leaves the conversation as it was, also when its first half was understood", async () => {
  await say(`%architect plan ${WORDS}`);
  await expect(say("%architect set epochs=2 acceleratorCount=nonsense")).rejects.toThrow("acceleratorCount");
  expect(await text("%architect plan")).not.toMatch(/`epochs` \| 2 \| stated/);
});

test("an interrupt that comes while a plan is made ends the cell, and the plan before it stands", async () => {
  await say(`%architect plan ${WORDS}`);
  const hash = async () => (await text("%architect status -f json")).match(/"planHash": "\w+"/)![0];
  const before = await hash();
  const stop = new AbortController();
  const stage = stageOf({ signal: stop.signal });
  const show: Stage["show"] = (bundle) => {
    // Its own turn of the loop comes first: this one is heard after the plan was made.
    setImmediate(() => setImmediate(() => stop.abort(new Error("Interrupted"))));
    return stage.show(bundle);
  };
  await expect(say("%architect plan fine-tune Mistral 7B on AWS", { ...stage, show })).rejects.toThrow("Interrupted");
  expect(stage.shown.map((bundle) => bundle["text/plain"])).toEqual(["_Nothing was changed._"]);
  expect(await hash()).toBe(before);
});

test("plan -o writes what the name says, once, and says nothing is written on a dry run", async () => {
  expect(await text(`%architect plan ${WORDS} -o plan.json`)).toContain("Wrote `plan.json`");
  expect(JSON.parse(readFileSync("plan.json", "utf8")).status).toBe("feasible");
  await expect(say("%architect plan -o plan.json")).rejects.toThrow("is there already");
  await expect(say("%architect plan -o ../plan.json")).rejects.toThrow("leaves the current folder");
  await expect(say("%architect plan -o plan.xyz")).rejects.toThrow('what "plan.xyz" should hold');
  expect(await text("%architect config -o config.yaml --dry-run")).toContain("Would write `config.yaml`");
  await say("%architect config -o config.yaml");
  expect(readFileSync("config.yaml", "utf8")).toContain("model:");
  expect(readdirSync(".").sort()).toEqual(["config.yaml", "plan.json"]);
});

test("a plan.json of another front end is gone on from", async () => {
  const plan = advise(readText(WORDS, catalog, { today: TODAY }), catalog, { today: TODAY });
  writeFileSync("theirs.json", JSON.stringify(plan));
  const { shown, assigned } = await say("%architect open theirs.json -f json --as best");
  expect((shown[0]!["application/json"] as { planHash: string }).planHash).toBe(plan.planHash);
  expect((assigned.best as { planHash: string }).planHash).toBe(plan.planHash);
  await expect(say("%architect open nothing.json")).rejects.toThrow("it cannot be read");
  writeFileSync("broken.json", "{");
  await expect(say("%architect open broken.json")).rejects.toThrow("it is not JSON");
});

test("project writes the project of the plan, or lists it on a dry run", async () => {
  await say(`%architect plan ${WORDS}`);
  expect(await text("%architect project support-llm --dry-run")).toContain("`pyproject.toml`");
  expect(readdirSync(".")).toEqual([]);
  expect(await text("%architect project support-llm")).toContain("make install");
  expect(readdirSync("support-llm")).toContain("pyproject.toml");
});

describe("errors say what to do", () => {
  test.each([
    ["%architect answer 1", "No question is asked"],
    ["%architect set nothing", "sets nothing"],
    ["%architect config", "There is no plan yet"],
    ["%architect fix", "No cell of this notebook has failed"],
    ["%architect smoke", "The project's folder is missing"],
    ["%architect smoke support-llm extra", 'There is no step "support-llm"'],
    ["%architect calibrate support-llm", 'There is no measurement in "support-llm"'],
    ["%architect project", "The folder is missing"],
  ])("%s: %s", async (cell, message) => {
    await expect(say(cell)).rejects.toThrow(message);
  });

  test("fix says when an error has nothing to do with the plan", async () => {
    await say(`%architect plan ${WORDS}`);
    const lastError = () => ({ code: "x", text: "ReferenceError: x is not defined" });
    await expect(say("%architect fix", { lastError })).rejects.toThrow("says nothing about memory");
  });
});

test("values of the notebook are put where they stand, and a key among them never reaches the screen", async () => {
  const key = `hf_${"a1B2c3D4".repeat(4)}zz`;
  const shown = await text("%architect plan fine-tune {{model}} on 5k rows", {
    evaluate: async () => `Llama 3.1 8B with token ${key}`,
  });
  expect(shown).toContain("meta-llama/Llama-3.1-8B");
  expect(shown).not.toContain(key);
});

test("help, alone or of a verb, and no words at all", async () => {
  expect(await text("%architect")).toContain("TAB completes");
  expect(await text("%architect help plan")).toContain("%architect plan [WORDS]");
  expect(await text("%architect config --help")).toContain("--dry-run");
});

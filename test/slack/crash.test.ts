import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { random, seedsOf } from "./seeds.ts";

const CHILD = fileURLToPath(new URL("crash-child.mjs", import.meta.url));
const LIVES = process.env.ML_ARCHITECT_FULL ? 8 : 4;
const THREADS = ["1.0", "2.0", "new:3"];
/** What is said in each thread, and how the answer begins. */
const WORDS = {
  help: "What you can say",
  "Fine-tune Llama 3.1 8B on 50k tickets": "Understood",
  "actually 100k examples": "Understood",
  "what if two 4090s": "Understood",
  purple: "Nothing in",
  "60k examples, as in github.com/acme/tickets": "Reading acme/tickets",
  "70k examples, as in the file": "Reading train.yaml",
};
/** A click on Download zip, which is an effect. */
const CLICK = { type: "pressed", action: { type: "effect", effect: "zip" }, revision: 2 };
const TYPES = ["root", "post", "pictures", "effect", "read", "files"];

const filesOf = (text: string) =>
  text.includes("file") ? { files: [{ name: "train.yaml", size: 9, url: "https://files" }] } : {};

interface Life {
  kept: string[];
  done: boolean;
  errors: string;
}

/** One life of the bot; ended with kill -9 after some milliseconds, or let live. */
function live(args: string[], killAfterMs: number | undefined): Promise<Life> {
  return new Promise((ended) => {
    const child = spawn(process.execPath, [CHILD, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    let errors = "";
    let clock: NodeJS.Timeout | undefined;
    child.stdout.on("data", (text) => {
      // Counted from the first sign of life: before it there is only start-up to kill.
      if (out === "" && killAfterMs !== undefined) clock = setTimeout(() => child.kill("SIGKILL"), killAfterMs);
      out += text;
    });
    child.stderr.on("data", (text) => (errors += text));
    child.on("close", () => {
      clearTimeout(clock);
      const lines = out.split("\n");
      ended({
        kept: lines.filter((l) => l.startsWith("kept ")).map((l) => l.slice(5)),
        done: lines.includes("done"),
        errors,
      });
    });
  });
}

test.each(seedsOf({ here: 1, ci: 12, full: 40 }))(
  "killed at any moment, the bot loses no message that it kept, answers in order and posts nothing twice (seed %i)",
  async (seed) => {
    const next = random(seed);
    const home = mkdtempSync(join(tmpdir(), "crash-"));
    const posted = join(home, "posted");
    const told = [...Object.keys(WORDS), CLICK].flatMap((each, i) =>
      THREADS.map((thread) => ({
        id: `${i}-${thread}`,
        thread,
        incoming: typeof each === "string" ? { type: "said", text: each, ...filesOf(each) } : each,
        ...(thread.startsWith("new:") ? { opening: "asks" } : {}),
      })),
    );
    const args = [join(home, "data"), posted, JSON.stringify(told)];
    const kept = new Set<string>();
    let life: Life = { kept: [], done: false, errors: "" };
    for (let each = 0; each < LIVES && !life.done; each += 1) {
      life = await live(args, each === LIVES - 1 ? undefined : Math.floor(next() * 900));
      for (const id of life.kept) kept.add(id);
    }
    const about = life.errors;
    expect(life.done, about).toBe(true);
    expect(kept.size, about).toBe(told.length);
    const lines = readFileSync(posted, "utf8").trim().split("\n");
    const keys = lines.map((line) => line.split(" ")[0]!);
    expect(new Set(keys).size, about).toBe(keys.length);
    expect(new Set(lines.map((line) => line.split(" ")[1])), about).toEqual(new Set(TYPES));
    const runs = new Set(lines.map((line) => line.split(":")[0]!));
    expect(runs.size, about).toBe(THREADS.length);
    for (const run of runs) {
      const here = lines.filter((line) => line.startsWith(`${run}:`));
      // Each thing that goes out has its place: all of them are there, once, in their order, whatever their type.
      const steps = here.map((line) => Number(line.split(" ")[0]!.split(":")[2]));
      expect(steps, about).toEqual(steps.map((_, i) => i));
      for (const [text, start] of Object.entries(WORDS))
        expect(here.filter((line) => line.includes(start)).length, `${about}: ${text}`).toBeGreaterThan(0);
    }
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
  },
);

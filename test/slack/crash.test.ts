import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const CHILD = fileURLToPath(new URL("crash-child.mjs", import.meta.url));
const ROUNDS = process.env.ML_ARCHITECT_FULL ? 40 : process.env.CI === "true" ? 3 : 1;
const LIVES = process.env.ML_ARCHITECT_FULL ? 8 : 4;
const THREADS = ["1.0", "2.0", "3.0"];
const WORDS = [
  "help",
  "Fine-tune Llama 3.1 8B on 50k tickets",
  "actually 100k examples",
  "what if two 4090s",
  "purple",
];

/** Numbers from a seed, so that a round that failed can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

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

test("killed at any moment, the bot loses no message that it kept, answers in order and posts nothing twice", async () => {
  for (let round = 0; round < ROUNDS; round += 1) {
    const seed = Number(process.env.ML_ARCHITECT_SEED ?? Math.floor(Math.random() * 2 ** 31)) + round;
    const next = random(seed);
    const home = mkdtempSync(join(tmpdir(), "crash-"));
    const posted = join(home, "posted");
    const told = WORDS.flatMap((text, i) => THREADS.map((thread) => ({ id: `${i}-${thread}`, thread, text })));
    const args = [join(home, "data"), posted, JSON.stringify(told)];
    const kept = new Set<string>();
    let life: Life = { kept: [], done: false, errors: "" };
    for (let each = 0; each < LIVES && !life.done; each += 1) {
      life = await live(args, each === LIVES - 1 ? undefined : Math.floor(next() * 900));
      for (const id of life.kept) kept.add(id);
    }
    const about = `seed ${seed}: ${life.errors}`;
    expect(life.done, about).toBe(true);
    expect(kept.size, about).toBe(told.length);
    const lines = readFileSync(posted, "utf8").trim().split("\n");
    const keys = lines.map((line) => line.split(" ")[0]!);
    expect(new Set(keys).size, about).toBe(keys.length);
    for (const thread of THREADS) {
      const here = lines.filter((line) => line.split(" ")[1] === thread);
      const steps = here.map((line) => Number(line.split(" ")[0]!.split(":")[2]));
      expect(steps, about).toEqual(steps.map((_, i) => i));
      // Help; plan and questions; change and questions; what-if; what was not understood.
      for (const [i, start] of ["What you can say", "Understood", "Understood", "Understood", "Nothing in"].entries())
        expect(here.filter((line) => line.includes(start)).length, `${about}: ${WORDS[i]}`).toBeGreaterThan(0);
    }
    rmSync(home, { recursive: true, force: true });
  }
}, 600_000);

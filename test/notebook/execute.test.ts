import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "../cli/run.ts";
import { PYTHON, python } from "./python.ts";

interface Cell {
  count: number;
  types: string[];
  text: string;
  mimes: string[];
}

test.skipIf(!PYTHON).each(["tslab", "deno"])(
  "nbclient and papermill execute a notebook of code and magics on %s, and what they save is valid",
  async (kernel) => {
    const folder = mkdtempSync(join(tmpdir(), "ml-architect execute ü "));
    try {
      await run(["notebook", "install", "--kernel", kernel, "--prefix", folder]);
      const program = python("execute.py", [], { JUPYTER_PATH: join(folder, "share", "jupyter"), NO_COLOR: "1" });
      program.say([
        `ml-architect-${kernel}`,
        folder,
        [
          "const rows = 50_000;",
          "%architect plan fine-tune llama 3.1 8b on {{rows}} tickets, $500 --as best",
          "console.log(best.status);",
          "%architect answer 1",
        ],
      ]);
      for (const _ of ["nbclient", "papermill"]) {
        const cells = await program.hear<Cell[]>();
        expect(cells.map(({ count }) => count)).toEqual([1, 2, 3, 4]);
        expect(cells[1]!.types).toEqual(["display_data"]);
        // The card took the place of the progress that stood there first.
        expect(cells[1]!.mimes).toContain("image/svg+xml");
        expect(cells[2]!.text).toBe("feasible\n");
        expect(cells[3]!.types).toEqual(["display_data"]);
      }
      await program.end();
    } finally {
      rmSync(folder, { recursive: true, force: true, maxRetries: 20 });
    }
  },
);

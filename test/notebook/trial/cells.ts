import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { readCell } from "../../../notebook/magic/cell.ts";
import type { Bundle, Magician, Stage } from "../../../notebook/proxy/magician.ts";
import { within } from "../kernel.ts";

/** A notebook without a kernel: its cells hold magics alone. */
export function cellsOf(magician: Magician) {
  /** What a cell shows in the end; every state of its displays is in `drawn`. */
  async function say(cell: string, rest: Partial<Stage> = {}) {
    const shown: Bundle[] = [];
    const drawn: string[] = [];
    const stage = {
      show(bundle: Bundle) {
        const at = shown.push(bundle) - 1;
        return {
          update(next: Bundle) {
            shown[at] = next;
            drawn.push(next["text/plain"]);
          },
        };
      },
      evaluate: async () => "",
      assign: async () => {},
      lastError: () => undefined,
      next: () => {},
      cell: { id: undefined, text: cell },
      kernel: "tslab, typescript",
      language: "typescript",
      signal: new AbortController().signal,
      ...rest,
    } satisfies Stage;
    for (const magic of readCell(cell).magics) await magician.answer(magic, stage);
    return { text: shown.map((bundle) => bundle["text/plain"]).join("\n"), drawn };
  }

  /** The failure of a cell, as the next cell finds it. */
  async function failing(cell: string, rest?: Partial<Stage>): Promise<string> {
    const error = (await say(cell, rest).then(
      () => undefined,
      (thrown: unknown) => thrown,
    )) as { message: string; hint: string };
    expect(error, cell).toBeDefined();
    return `${error.message} ${error.hint}`;
  }
  return { say, failing };
}

/** Processes that stand in this folder, and do not end: the system takes a moment to bury the dead. */
export async function running(folder: string): Promise<number[]> {
  for (const deadline = Date.now() + 30_000; within(folder).length > 0 && Date.now() < deadline; ) await sleep(100);
  return within(folder);
}

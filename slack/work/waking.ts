import type { Queue } from "./queue.ts";

/** A wake is a few milliseconds of the database. Beyond so many, one look at all that is unfinished says the same. */
const MOST_WAITING = 500;

/** Has threads worked on without anybody waiting for it: a delivery is let go of as soon as Slack is answered. */
export class Waking {
  readonly #queue: Pick<Queue, "wake" | "sweep">;
  readonly #failed: (error: unknown) => void;
  readonly #waiting = new Set<string>();
  #isSweepDue = false;
  #going: Promise<void> | undefined;

  constructor(queue: Pick<Queue, "wake" | "sweep">, failed: (error: unknown) => void) {
    this.#queue = queue;
    this.#failed = failed;
  }

  wake(run: string): void {
    if (this.#waiting.size < MOST_WAITING) this.#waiting.add(run);
    else this.#isSweepDue = true;
    this.#going ??= this.#go().finally(() => {
      this.#going = undefined;
    });
  }

  /** Until all that was said has been done. */
  async settled(): Promise<void> {
    while (this.#going) await this.#going;
  }

  async #go(): Promise<void> {
    while (this.#waiting.size > 0 || this.#isSweepDue) {
      const [run] = this.#waiting;
      if (run === undefined) {
        this.#isSweepDue = false;
        await this.#queue.sweep().catch(this.#failed);
      } else {
        // Taken out first: what is said from here on is another wake.
        this.#waiting.delete(run);
        await this.#queue.wake(run).catch(this.#failed);
      }
    }
  }
}

import { stripVTControlCharacters } from "node:util";
import { redactSecrets } from "../../src/index.ts";
import { textBundle } from "../answer/bundle.ts";
import type { Stage } from "../proxy/magician.ts";

/** What a program prints, shown as it prints it: one display that is brought up to date, a few times a second at most. */

const EVERY_MS = 250;
/** Also while nothing is printed: a download of gigabytes says nothing for minutes. */
const ALIVE_MS = 2000;
/** Lines that stay on the screen. */
const MOST_LINES = 24;
const LONGEST_LINE = 300;

export class Live {
  private readonly title: string;
  private readonly display: ReturnType<Stage["show"]>;
  private readonly lines: string[] = [];
  private readonly from = performance.now();
  private readonly alive: NodeJS.Timeout;
  private left = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(stage: Stage, title: string) {
    this.title = title;
    this.display = stage.show(textBundle(`_${title}…_`));
    this.alive = setInterval(this.progress, ALIVE_MS);
  }

  private readonly progress = (): void => this.draw(`_${this.title}… ${timeText(performance.now() - this.from)}_`);

  readonly line = (text: string): void => {
    const plain = stripVTControlCharacters(text);
    // A program's answer for other programs: what matters of it is said below.
    if (plain.startsWith("{") && plain.length > LONGEST_LINE) return;
    const short = plain.length > LONGEST_LINE ? `${plain.slice(0, LONGEST_LINE)}…` : plain;
    this.lines.push(redactSecrets(short).text);
    if (this.lines.length > MOST_LINES) {
      this.lines.shift();
      this.left += 1;
    }
    this.timer ??= setTimeout(this.progress, EVERY_MS);
  };

  /** The answer, with the end of what was printed under it. */
  end(markdown: string): void {
    clearInterval(this.alive);
    this.draw(markdown);
  }

  private draw(head: string): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.display.update(textBundle([head, ...this.printed()].join("\n\n")));
  }

  private printed(): string[] {
    if (this.lines.length === 0) return [];
    const above = this.left > 0 ? [`… ${this.left} lines above`] : [];
    // A program may print the fence itself.
    const longest = Math.max(2, ...this.lines.map((line) => /`*/.exec(line.trimStart())![0].length));
    const fence = "`".repeat(longest + 1);
    return [[`${fence}text`, ...above, ...this.lines, fence].join("\n")];
  }
}

function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

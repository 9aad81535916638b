import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../wire/message.ts";

/** A kernel that answered and prints nothing more within this prints no mark. */
const SILENT_MS = 1000;

/** Our own question to the kernel: the line that it prints after a mark is the answer. */
export class Question {
  error = "";
  private readonly mark: string;
  private found: string | undefined;
  private lastHeard = 0;
  private told: () => void = () => {};
  private readonly whole = new Promise<void>((resolve) => {
    this.told = resolve;
  });

  constructor(mark: string) {
    this.mark = mark;
  }

  /** Takes what is ours; gives back what the cell before had still to say. */
  heard(message: Message): Message[] {
    this.lastHeard = performance.now();
    const { content } = message;
    const type = message.header.msg_type;
    if (type === "error") this.error = `${content.ename}: ${content.evalue}`;
    if (type.includes("display_data")) return [message];
    if (type !== "stream") return [];
    const text = String(content.text ?? "");
    if (this.found !== undefined) {
      if (this.isWhole) return [message];
      this.take(this.found + text);
      return [];
    }
    const at = text.indexOf(this.mark);
    if (at >= 0) {
      this.take(text.slice(at + this.mark.length));
      return at > 0 ? [{ ...message, content: { ...content, text: text.slice(0, at) } }] : [];
    }
    if (content.name !== "stderr") return [message];
    this.error += text;
    return [];
  }

  /** The line after the mark; "" where the kernel prints none. */
  async answer(): Promise<string> {
    this.lastHeard = performance.now();
    while (!this.isWhole && performance.now() - this.lastHeard < SILENT_MS)
      await Promise.race([this.whole, sleep(SILENT_MS / 10)]);
    return (this.found ?? "").split("\n", 1)[0]!;
  }

  private get isWhole(): boolean {
    return this.found?.includes("\n") === true;
  }

  private take(found: string): void {
    this.found = found;
    if (this.isWhole) this.told();
  }
}

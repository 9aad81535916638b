import type { Message } from "../wire/message.ts";

/** Messages of one cell that runs underneath, until it is over: replied, idle, and quiet. */

export interface Outcome {
  /** The kernel's own reply; undefined where it never came. */
  reply?: Message;
}

/** A kernel that replied and lost its idle says nothing more. */
const LOST_IDLE_MS = 1000;

export class Run {
  readonly id: string;
  readonly over: Promise<Outcome>;
  private readonly quietMs: number;
  private resolve: (outcome: Outcome) => void = () => {};
  private reply: Message | undefined;
  private idle = false;
  private repliedAt = 0;
  private lastOutput = Number.NEGATIVE_INFINITY;
  private timer: NodeJS.Timeout | undefined;

  constructor(id: string, quietMs: number) {
    this.id = id;
    this.quietMs = quietMs;
    this.over = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  replied(reply: Message): void {
    this.reply = reply;
    this.repliedAt = performance.now();
    this.look();
  }

  /** Anything that the cell published. */
  published({ header, content }: Message): void {
    if (header.msg_type === "status") this.idle ||= content.execution_state === "idle";
    else this.lastOutput = performance.now();
    this.look();
  }

  /** Over without an answer: its kernel is gone. */
  abandon(): void {
    clearTimeout(this.timer);
    this.resolve({});
  }

  /** Output that flowed until now flows on; a cell that printed nothing lately is not kept waiting. */
  private look(): void {
    if (this.reply === undefined) return;
    clearTimeout(this.timer);
    const since = performance.now() - (this.idle ? this.lastOutput : Math.max(this.lastOutput, this.repliedAt));
    const wait = (this.idle ? this.quietMs : LOST_IDLE_MS) - since;
    if (wait <= 0) this.resolve({ reply: this.reply });
    else this.timer = setTimeout(() => this.look(), Math.ceil(wait));
  }
}

import type { Message } from "../wire/message.ts";

/** A kernel that replied and lost its idle says nothing more. */
const LOST_IDLE_MS = 1000;

/** One request that runs underneath, until it is over: replied and idle. */
export class Run {
  readonly id: string;
  /** The kernel's reply; undefined where its kernel is gone. */
  readonly over: Promise<Message | undefined>;
  /** It printed. */
  printed = false;
  private resolve: (reply: Message | undefined) => void = () => {};
  private reply: Message | undefined;
  private idle = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(id: string) {
    this.id = id;
    this.over = new Promise((resolve) => {
      this.resolve = resolve;
    });
  }

  replied(reply: Message): void {
    this.reply = reply;
    this.look();
  }

  /** Anything that it published. */
  published({ header, content }: Message): void {
    if (header.msg_type === "status") this.idle ||= content.execution_state === "idle";
    this.printed ||= header.msg_type === "stream";
    this.look();
  }

  /** Over without an answer. */
  abandon(): void {
    clearTimeout(this.timer);
    this.resolve(undefined);
  }

  private look(): void {
    if (this.reply === undefined) return;
    clearTimeout(this.timer);
    if (this.idle) this.resolve(this.reply);
    else this.timer = setTimeout(() => this.resolve(this.reply), LOST_IDLE_MS);
  }
}

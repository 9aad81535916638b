import { randomUUID } from "node:crypto";
import { readCell } from "../magic/cell.ts";
import { compose, type Message, type Packed, pack } from "../wire/message.ts";
import { Cells } from "./cells.ts";
import { Child } from "./child.ts";
import type { ConnectionInfo } from "./connection-file.ts";
import type { Dialect } from "./dialect.ts";
import { type Asker, Front } from "./front.ts";
import type { Magician } from "./magician.ts";

export interface ProxyOptions {
  info: ConnectionInfo;
  /** The kernel's command line; CHILD_FILE stands for its connection file. */
  command: readonly string[];
  dialect: Dialect;
  magician: Magician;
  /** The process is over: nobody is left to serve. */
  ended(code: number): void;
}

/** Requests that wait for answers from underneath; those that never come must not pile up. */
const MOST_ASKED = 10_000;

/**
 * Stands between Jupyter and a kernel: forwards what passes, frame by frame, and answers magics. Cells go underneath
 * one at a time, so that order, counters and errors are ours whatever the kernel does.
 */
export class KernelProxy {
  private readonly options: ProxyOptions;
  private readonly session = randomUUID();
  private readonly asked = new Map<string, Asker>();
  private front!: Front;
  private child!: Child;
  private cells!: Cells;
  private starting: Promise<void>;
  private stopping = false;

  constructor(options: ProxyOptions) {
    this.options = options;
    this.starting = this.start();
  }

  /** Resolves when the kernel underneath answers. */
  get ready(): Promise<void> {
    return this.starting;
  }

  private async start(): Promise<void> {
    const { info, dialect, magician } = this.options;
    this.front = await Front.open(info, this.session, (asker, packed) => void this.heard(asker, packed));
    this.front.publish("status", { execution_state: "starting" }, {});
    this.cells = new Cells({
      front: this.front,
      dialect,
      magician,
      session: this.session,
      send: (message) => this.child.send("shell", pack(message, info.key)),
      forward: (sealed) => this.child.send("shell", sealed),
      kernel: () => `${dialect.name}, ${this.child.language}`,
      language: () => this.child.language,
      interrupt: () => this.interruptChild(),
      respawn: () => this.respawn(),
    });
    this.child = await this.startChild();
  }

  private startChild(): Promise<Child> {
    const { command, info } = this.options;
    return Child.start(command, info.key, this.session, {
      reply: (channel, packed) => this.replied(channel, packed),
      iopub: (packed) => this.cells.published(packed),
      stdin: (packed) => this.asksForInput(packed),
      exited: (code) => void this.end(code === 0 ? 1 : code),
    });
  }

  private async respawn(): Promise<void> {
    await this.child.kill();
    this.starting = this.startChild().then((child) => {
      this.child = child;
    });
    await this.starting.catch(() => this.end(1));
  }

  /** Everything that Jupyter says. A control message is never kept waiting by a kernel that starts. */
  private async heard(asker: Asker, packed: Packed): Promise<void> {
    const type = packed.message.header.msg_type;
    if (type === "shutdown_request") return this.shutdown(asker, packed.message.content.restart === true);
    try {
      await this.starting;
    } catch {
      return;
    }
    if (type === "interrupt_request") {
      this.front.reply(asker, "interrupt_reply", { status: "ok" });
      this.cells.interrupt();
    } else if (asker.channel === "stdin") this.child.send("stdin", packed.sealed);
    else if (type === "execute_request" && asker.channel === "shell") this.cells.add(asker, packed);
    else if (!this.answered(asker, packed.message)) this.ask(asker, packed);
  }

  private ask(asker: Asker, { message, sealed }: Packed): void {
    this.asked.set(message.header.msg_id, asker);
    if (this.asked.size > MOST_ASKED) this.asked.delete(this.asked.keys().next().value!);
    const channel = asker.channel === "control" ? "control" : "shell";
    const { code } = message.content;
    const cell = typeof code === "string" ? readCell(code) : undefined;
    // The kernel sees a magic's place as spaces, so that its positions stay true.
    this.child.send(
      channel,
      cell && cell.magics.length > 0
        ? pack({ ...message, content: { ...message.content, code: cell.code } }, this.options.info.key)
        : sealed,
    );
  }

  /** What we answer ourselves: magics, and what the kernel cannot. */
  private answered(asker: Asker, { header, content }: Message): boolean {
    const code = String(content.code ?? "");
    const cursor = Number(content.cursor_pos ?? 0);
    const found = this.answerTo(header.msg_type, code, cursor);
    if (!found) return false;
    this.front.publish("status", { execution_state: "busy" }, asker.header);
    this.front.reply(asker, found.type, { status: "ok", ...found.content });
    this.front.publish("status", { execution_state: "idle" }, asker.header);
    return true;
  }

  private answerTo(
    type: string,
    code: string,
    cursor: number,
  ): { type: string; content: Record<string, unknown> } | undefined {
    const { magician, dialect } = this.options;
    switch (type) {
      case "complete_request": {
        const found = magician.complete(code, cursor, readCell(code));
        if (!found) return undefined;
        const { matches, start, end } = found;
        return {
          type: "complete_reply",
          content: { matches, cursor_start: start, cursor_end: end, metadata: {} },
        };
      }
      case "inspect_request": {
        const markdown = magician.inspect(code, cursor, readCell(code));
        if (markdown === undefined) return undefined;
        const data = markdown === "" ? {} : { "text/markdown": markdown, "text/plain": markdown };
        return { type: "inspect_reply", content: { found: markdown !== "", data, metadata: {} } };
      }
      case "is_complete_request": {
        const { magics, hasCode } = readCell(code);
        if (magics.length === 0 || hasCode) return undefined;
        // A console sends a cell magic when its person leaves a line empty.
        const open = magics[0]!.body !== undefined && !code.endsWith("\n");
        return {
          type: "is_complete_reply",
          content: open ? { status: "incomplete", indent: "" } : { status: "complete" },
        };
      }
      case "history_request":
        return dialect.keepsHistory ? undefined : { type: "history_reply", content: { history: [] } };
      default:
        return undefined;
    }
  }

  private replied(channel: "shell" | "control", packed: Packed): void {
    const id = packed.message.parent.msg_id ?? "";
    if (this.cells.replied(id, packed.message)) return;
    const asker = this.asked.get(id);
    if (!asker) return;
    this.asked.delete(id);
    const message = this.options.dialect.reply(packed.message);
    if (sameJson(message, packed.message)) this.front.forward(asker, channel, packed.sealed);
    else this.front.rewritten(asker, message);
  }

  private asksForInput({ message, sealed }: Packed): void {
    const asker = this.cells.askerOf(message.parent.msg_id ?? "") ?? this.asked.get(message.parent.msg_id ?? "");
    if (asker) this.front.forward(asker, "stdin", sealed);
  }

  private interruptChild(): void {
    if (this.options.dialect.interrupt === "signal") this.child.signal("SIGINT");
    else this.child.send("control", pack(compose(this.session, "interrupt_request", {}), this.options.info.key));
  }

  private async shutdown(asker: Asker, restart: boolean): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    await this.stopChild(restart);
    const content = { status: "ok", restart };
    this.front.publish("shutdown_reply", content, asker.header);
    this.front.reply(asker, "shutdown_reply", content);
    await this.close(0);
  }

  /** Somebody wants us gone: the kernel goes first. */
  async terminate(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    await this.stopChild(false);
    await this.close(0);
  }

  private async stopChild(restart: boolean): Promise<void> {
    // A kernel that never started needs no stopping.
    const child = this.child ?? (await this.starting.then(() => this.child).catch(() => undefined));
    await child?.stop(restart);
  }

  /** The kernel ended by itself: so do we, and Jupyter starts both again. */
  private async end(code: number): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    await this.close(code);
  }

  private async close(code: number): Promise<void> {
    await this.front?.close();
    this.options.ended(code);
  }
}

const sameJson = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { guardOf } from "../../src/adapters/guard.ts";
import { CHILD_FILE } from "../../src/adapters/kernels/placeholder.ts";
import { type Connected, connectDealer, connectSubscriber, type Dealer } from "../wire/connect.ts";
import { compose, type Packed, pack, unpack } from "../wire/message.ts";
import { writeInnerFile } from "./connection-file.ts";

export interface ChildEvents {
  reply(channel: "shell" | "control", packed: Packed): void;
  iopub(packed: Packed): void;
  stdin(packed: Packed): void;
  /** It ended without being asked to. */
  exited(code: number): void;
}

/** The first answer of a kernel that compiles TypeScript on a busy machine. */
const START_MS = 120_000;
const ASK_AGAIN_MS = 100;
/** Between asking to shut down, SIGTERM and SIGKILL. Jupyter kills us five seconds after it asked. */
const PATIENCE_MS = 1500;

/** The kernel underneath: its process, and our side of its five sockets. */
export class Child {
  readonly pid: number;
  /** From `kernel_info_reply`. */
  language = "";
  private readonly process: ChildProcess;
  private readonly guard: ChildProcess | undefined;
  private readonly key: string;
  private readonly session: string;
  private readonly removeFile: () => void;
  private readonly shell: Dealer;
  private readonly control: Dealer;
  private readonly stdin: Dealer;
  private readonly iopub: Connected;
  private readonly exit: Promise<void>;
  private leaving = false;
  private heardIopub = (): void => {};
  private heardInfo = (_language: string): void => {};

  static async start(command: readonly string[], key: string, session: string, events: ChildEvents): Promise<Child> {
    const file = await writeInnerFile(key);
    const [program, ...args] = command.map((word) => word.replaceAll(CHILD_FILE, file.path));
    const started = spawn(program!, args, { stdio: ["ignore", "inherit", "inherit"] });
    try {
      await new Promise<void>((resolve, reject) => {
        started.once("spawn", resolve);
        started.once("error", reject);
      });
    } catch (error) {
      file.remove();
      throw error;
    }
    const child = new Child(started, file, key, session, events);
    await child.ready();
    return child;
  }

  private constructor(
    started: ChildProcess,
    file: Awaited<ReturnType<typeof writeInnerFile>>,
    key: string,
    session: string,
    events: ChildEvents,
  ) {
    this.process = started;
    this.pid = started.pid!;
    this.key = key;
    this.session = session;
    this.removeFile = file.remove;
    this.guard = guardOf(this.pid);
    this.exit = new Promise((resolve) => {
      started.once("exit", (code) => {
        this.guard?.kill("SIGKILL");
        this.release();
        resolve();
        if (!this.leaving) events.exited(code ?? 1);
      });
    });
    const { info } = file;
    const at = (port: number) => ({ host: info.ip, port });
    // One identity on all three: a kernel asks for input from whom it got the cell.
    const identity = Buffer.from(randomUUID());
    const heard = (handle: (packed: Packed) => void) => (frames: Buffer[]) => {
      const packed = unpack(frames, key);
      if (packed) handle(packed);
    };
    const reply = (channel: "shell" | "control") =>
      heard((packed) => {
        const { parent, content } = packed.message;
        if (parent.msg_id?.startsWith(HELLO)) {
          const info = content.language_info as { name?: string } | undefined;
          this.heardInfo(info?.name ?? "");
        } else events.reply(channel, packed);
      });
    this.iopub = connectSubscriber(
      at(info.iopub_port),
      heard((packed) => {
        this.heardIopub();
        if (!packed.message.parent.msg_id?.startsWith(HELLO)) events.iopub(packed);
      }),
    );
    this.shell = connectDealer(at(info.shell_port), identity, reply("shell"));
    this.control = connectDealer(at(info.control_port), identity, reply("control"));
    this.stdin = connectDealer(at(info.stdin_port), identity, heard(events.stdin));
  }

  /** Asks until an answer came on both channels: before that, what a cell publishes could be lost. */
  private async ready(): Promise<void> {
    const iopub = new Promise<void>((resolve) => {
      this.heardIopub = resolve;
    });
    const info = new Promise<string>((resolve) => {
      this.heardInfo = resolve;
    });
    let waiting = true;
    const both = Promise.all([iopub, info]).then(([, language]) => {
      waiting = false;
      this.language = language;
      // It was read: nothing stays behind, however we end.
      this.removeFile();
    });
    await Promise.race([this.iopub.ready, this.exit]);
    for (const from = Date.now(); waiting; ) {
      if (this.process.exitCode !== null || this.process.signalCode !== null) return;
      if (Date.now() - from > START_MS) throw new Error(`the kernel gave no answer within ${START_MS / 1000} s`);
      const hello = compose(this.session, "kernel_info_request", {});
      hello.header.msg_id = `${HELLO}${randomUUID()}`;
      this.shell.send(pack(hello, this.key));
      await Promise.race([both, sleep(ASK_AGAIN_MS)]);
    }
  }

  send(channel: "shell" | "control" | "stdin", sealed: readonly Buffer[]): void {
    this[channel].send(sealed);
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }

  /** Asks, then insists. */
  async stop(restart: boolean): Promise<void> {
    this.leaving = true;
    this.control.send(pack(compose(this.session, "shutdown_request", { restart }), this.key));
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
      if (await this.gone(PATIENCE_MS)) return;
      this.signal(signal);
    }
    await this.exit;
  }

  /** At once, for a kernel that hears nothing any more. */
  async kill(): Promise<void> {
    this.leaving = true;
    this.signal("SIGKILL");
    await this.exit;
  }

  private gone(withinMs: number): Promise<boolean> {
    return Promise.race([this.exit.then(() => true), sleep(withinMs, false)]);
  }

  private release(): void {
    this.removeFile();
    for (const socket of [this.shell, this.control, this.stdin, this.iopub]) socket.close();
  }
}

/** Our own questions at the start: their answers are nobody else's. */
const HELLO = "ml-architect-hello-";

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { AdvisorError } from "../../src/index.ts";
import { readCell } from "../magic/cell.ts";
import { compose, type Message, type Packed } from "../wire/message.ts";
import type { Dialect } from "./dialect.ts";
import { type Failure, failureOf, INTERRUPTED, STATE_LOST, textOf } from "./failure.ts";
import type { Asker, Front } from "./front.ts";
import type { Bundle, Magician, Stage } from "./magician.ts";
import { Question } from "./question.ts";
import { Run } from "./run.ts";

/** Cells in the order they came: magics and code in one queue, with one counter. */

interface CellsOptions {
  front: Front;
  dialect: Dialect;
  magician: Magician;
  session: string;
  send(message: Message): void;
  forward(sealed: readonly Buffer[]): void;
  kernel(): string;
  language(): string;
  interrupt(): void;
  respawn(): Promise<void>;
}

interface Job {
  asker: Asker;
  packed: Packed;
}

type Result = { status: "ok"; content?: Record<string, unknown> } | { status: "error"; failure: Failure };

/** What of stderr is kept for the failure that it tells. */
const MOST_KEPT = 16_384;
/** A cell that calls nothing prints nothing: it is not asked whether it has. */
const CALLS = /[(`]/;
/** Our own questions to the kernel that may still print late. */
const MOST_HIDDEN = 200;

export class Cells {
  private readonly options: CellsOptions;
  private readonly queue: Job[] = [];
  private count = 0;
  /** Of the cell that runs. */
  private shownCount = 0;
  /** What its reply asks the front end to put below it. */
  private next: string | undefined;
  private working = false;
  private asker: Asker | undefined;
  private run: Run | undefined;
  private failure: Failure | undefined;
  private stderr = "";
  private printed = false;
  private aborting: AbortController | undefined;
  private interrupted = false;
  private notBefore = 0;
  private lastError: { code: string; text: string } | undefined;
  private readonly hidden = new Map<string, Question>();

  constructor(options: CellsOptions) {
    this.options = options;
  }

  add(asker: Asker, packed: Packed): void {
    this.queue.push({ asker, packed });
    void this.work();
  }

  /** Who waits for this cell. */
  askerOf(id: string): Asker | undefined {
    return this.asker?.header.msg_id === id ? this.asker : undefined;
  }

  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    for (let job = this.queue.shift(); job; job = this.queue.shift()) await this.execute(job);
    this.working = false;
  }

  private async execute({ asker, packed }: Job): Promise<void> {
    const { front } = this.options;
    const { content } = packed.message;
    const code = String(content.code ?? "");
    const silent = content.silent === true;
    if (!silent && content.store_history !== false) this.count += 1;
    this.asker = asker;
    this.shownCount = this.count;
    this.interrupted = false;
    this.next = undefined;
    front.publish("status", { execution_state: "busy" }, asker.header);
    if (!silent) front.publish("execute_input", { code, execution_count: this.shownCount }, asker.header);
    const { cellId } = packed.message.metadata;
    const cell = { id: typeof cellId === "string" ? cellId : undefined, text: code };
    const result = await this.resultOf(packed, cell).catch((error: unknown) => this.failed(failureOf(error)));
    const common = { execution_count: this.shownCount, user_expressions: {}, payload: [] };
    if (result.status === "ok")
      front.reply(asker, "execute_reply", {
        ...common,
        ...result.content,
        ...(silent ? {} : this.payloadAfter(code, result.content?.payload)),
        status: "ok",
        execution_count: this.shownCount,
      });
    else {
      this.lastError = { code, text: textOf(result.failure, this.stderr) };
      front.reply(asker, "execute_reply", { ...common, ...result.failure, status: "error" });
      if (content.stop_on_error !== false) this.abortQueue();
    }
    front.publish("status", { execution_state: "idle" }, asker.header);
  }

  /** The cell that follows this one, unless the kernel itself puts one there: front ends take one. */
  private payloadAfter(code: string, theirs: unknown): { payload?: unknown[] } {
    const { magician, language } = this.options;
    const text = this.next ?? magician.after(code, language());
    const payload = Array.isArray(theirs) ? theirs : [];
    if (text === undefined || payload.some(({ source }) => source === "set_next_input")) return {};
    return { payload: [...payload, { source: "set_next_input", text, replace: false }] };
  }

  /** Magics from the top, then what is left for the kernel. */
  private async resultOf(packed: Packed, asked: Stage["cell"]): Promise<Result> {
    const cell = readCell(asked.text);
    for (const magic of cell.magics) {
      this.aborting = new AbortController();
      try {
        await this.options.magician.answer(magic, this.stage(asked, this.aborting.signal));
        this.aborting.signal.throwIfAborted();
      } catch (error) {
        return this.failed(failureOf(error));
      } finally {
        this.aborting = undefined;
      }
    }
    if (cell.magics.length === 0) return this.runBelow(packed.message, () => this.options.forward(packed.sealed));
    if (!cell.hasCode) return { status: "ok" };
    const message = { ...packed.message, content: { ...packed.message.content, code: cell.code } };
    return this.runBelow(message, () => this.options.send(message));
  }

  private failed(failure: Failure): Result {
    this.options.front.publish("error", { ...failure }, this.asker!.header);
    return { status: "error", failure };
  }

  private async runBelow(message: Message, send: () => void): Promise<Result> {
    const { dialect } = this.options;
    await this.waitUntilTaken();
    this.failure = undefined;
    this.stderr = "";
    const reply = await this.over(message.header.msg_id, send);
    if (reply === undefined) return this.failed(STATE_LOST);
    if (dialect.printsLate && (this.printed || CALLS.test(String(message.content.code)))) await this.drain();
    const { content } = dialect.reply(reply);
    if (content.status === "ok") return { status: "ok", content };
    this.notBefore = performance.now() + dialect.holdAfterErrorMs;
    if (this.interrupted && !this.failure) return this.failed(INTERRUPTED);
    if (typeof content.ename === "string") {
      const { ename, evalue, traceback } = content as unknown as Failure;
      const failure = { ename, evalue, traceback };
      return this.failure ? { status: "error", failure } : this.failed(failure);
    }
    return this.failure ? { status: "error", failure: this.failure } : this.failed(dialect.failureFrom(this.stderr));
  }

  /** The kernel's reply to one request; undefined where it was lost with its kernel. */
  private async over(id: string, send: () => void): Promise<Message | undefined> {
    const run = new Run(id);
    this.run = run;
    send();
    const reply = await run.over;
    this.run = undefined;
    this.printed = run.printed;
    return reply;
  }

  private async waitUntilTaken(): Promise<void> {
    const wait = this.notBefore - performance.now();
    if (wait > 0) await sleep(wait);
  }

  /** True where the reply was a cell's. */
  replied(id: string, message: Message): boolean {
    if (this.run?.id !== id) return this.hidden.has(id);
    this.run.replied(message);
    return true;
  }

  /** Everything that the kernel publishes. */
  published({ message, sealed }: Packed): void {
    const { front } = this.options;
    const type = message.header.msg_type;
    const id = message.parent.msg_id ?? "";
    const current = this.run?.id === id;
    const question = this.hidden.get(id);
    if (question) for (const late of question.heard(message)) this.publishLate(late);
    // Busy, idle and input of cells are ours to say; of other requests the kernel's.
    else if (!current) front.publishSealed(type, sealed);
    else if (type === "execute_result")
      front.publishMessage({ ...message, content: { ...message.content, execution_count: this.shownCount } });
    else if (type !== "status" && type !== "execute_input") {
      if (type === "error") this.failure = message.content as unknown as Failure;
      if (type === "stream" && message.content.name === "stderr")
        this.stderr = (this.stderr + String(message.content.text)).slice(-MOST_KEPT);
      front.publishSealed(type, sealed);
    }
    if (current) this.run?.published(message);
  }

  /** Printed by the cell before, or by nobody any more. */
  private publishLate(message: Message): void {
    this.options.front.publishMessage({ ...message, parent: this.asker?.header ?? {} });
  }

  private stage(cell: Stage["cell"], signal: AbortSignal): Stage {
    const { front } = this.options;
    const parent = this.asker!.header;
    return {
      show(bundle) {
        const transient = { display_id: randomUUID() };
        front.publish("display_data", displayed(bundle, transient), parent);
        return { update: (next) => front.publish("update_display_data", displayed(next, transient), parent) };
      },
      evaluate: (expression) => this.evaluate(expression),
      assign: (name, value) => this.assign(name, value),
      lastError: () => this.lastError,
      next: (text) => {
        this.next = text;
      },
      cell,
      kernel: this.options.kernel(),
      language: this.options.language(),
      signal,
    };
  }

  private async evaluate(expression: string): Promise<string> {
    const found = await this.askKernel(`{{${expression}}}`, (mark) =>
      this.options.dialect.evaluate(expression, mark, this.options.language()),
    );
    const { value } = JSON.parse(found || "{}") as { value?: unknown };
    if (value === undefined)
      throw new AdvisorError(
        "invalid-input",
        `{{${expression}}} has no value`,
        "Name something that can be written as text or JSON.",
      );
    return typeof value === "string" ? value : JSON.stringify(value);
  }

  private async assign(name: string, value: unknown): Promise<void> {
    const { dialect, language } = this.options;
    await this.askKernel(`--as ${name}`, (mark) => {
      const assignment = dialect.assign(name, JSON.stringify(value), language());
      const question = dialect.evaluate("0", mark, language());
      return assignment && question && `${assignment}\n${question}`;
    });
  }

  /** Waits until everything that the cell printed has come: after it comes our mark. */
  private async drain(): Promise<void> {
    const { dialect, language } = this.options;
    // Interrupted, it says nothing about the cell, which is over.
    await this.askKernel("output", (mark) => dialect.evaluate("0", mark, language())).catch(() => {});
  }

  private async askKernel(what: string, codeFor: (mark: string) => string | undefined): Promise<string> {
    const { dialect, session, language } = this.options;
    const mark = `ml-architect-${randomUUID()}:`;
    const code = codeFor(mark);
    if (code === undefined)
      throw new AdvisorError(
        "not-available",
        `${what}: it is not known how to say this in ${language()}`,
        "Leave it out in this kernel.",
      );
    await this.waitUntilTaken();
    const content = { code, silent: true, store_history: false, user_expressions: {}, allow_stdin: false };
    const message = compose(session, "execute_request", { ...content, stop_on_error: false });
    const { msg_id: id } = message.header;
    const question = new Question(mark);
    this.hidden.set(id, question);
    if (this.hidden.size > MOST_HIDDEN) this.hidden.delete(this.hidden.keys().next().value!);
    const reply = await this.over(id, () => this.options.send(message));
    const done = reply && dialect.reply(reply).content;
    if (done?.status === "ok") return question.answer();
    this.notBefore = performance.now() + dialect.holdAfterErrorMs;
    const said = done?.ename ? `${done.ename}: ${done.evalue}` : question.error || "the kernel was started again";
    throw new AdvisorError("invalid-input", `${what} failed: ${said.trim()}`, "Run the cell that defines it first.");
  }

  /** The person interrupts: the magic or the cell that runs; what waits is aborted as after any error. */
  interrupt(): void {
    this.aborting?.abort(new AdvisorError("not-available", "Interrupted", "Run the cell again when you want."));
    const { run } = this;
    if (!run) return;
    this.interrupted = true;
    this.options.interrupt();
    const { stuckMs } = this.options.dialect;
    if (stuckMs === undefined) return;
    setTimeout(() => {
      if (this.run !== run) return;
      // The queue waits in `over` until the new kernel is there.
      void this.options.respawn().then(() => run.abandon());
    }, stuckMs);
  }

  private abortQueue(): void {
    const { front } = this.options;
    for (const { asker } of this.queue.splice(0)) {
      front.publish("status", { execution_state: "busy" }, asker.header);
      front.reply(asker, "execute_reply", { status: "aborted", execution_count: this.count });
      front.publish("status", { execution_state: "idle" }, asker.header);
    }
  }
}

const displayed = (data: Bundle, transient: { display_id: string }): Record<string, unknown> => ({
  data,
  metadata: {},
  transient,
});

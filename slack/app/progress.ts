import type { AnyChunk, TaskUpdateChunk } from "@slack/types";
import { WebAPIPlatformError, type WebClient } from "@slack/web-api";
import { shortened } from "../blocks/cut.ts";
import { escaped } from "../blocks/escape.ts";
import { LIMITS } from "../blocks/limits.ts";
import { sections } from "../blocks/text.ts";
import type { Where } from "../incoming.ts";

export type Task = Pick<TaskUpdateChunk, "id" | "title" | "status"> & { details?: string };

/** Where the Slack of a workspace has no streams, or not for this one. */
const NO_STREAMS = [
  "unknown_method",
  "feature_not_enabled",
  "channel_type_not_supported",
  "user_not_in_channel",
  "missing_recipient_user_id",
  "missing_recipient_team_id",
];
/** A stream that nobody fed for half a minute has ended; what is left is an ordinary message. */
const ENDED = ["message_not_in_streaming_state", "streaming_mode_mismatch"];
/** Well within that half minute, and within the rate of appends. */
const HEARTBEAT_MS = 10_000;
/** `chat.update` is tier 3, fifty a minute: a message that shows progress is not redrawn faster. */
const REDRAW_MS = 1_500;

export interface ProgressSetting {
  client: WebClient;
  where: Where;
  /** Whom it is shown to: streams in channels are for somebody. */
  person: string;
  title: string;
  /** The message that a process before this one began and did not end. */
  begun?: string | undefined;
  heartbeatMs?: number;
}

/**
 * One message that shows steps as they happen: a stream where Slack has them, else a message that is redrawn. It is a
 * picture of the work and no part of it: what fails here is forgotten.
 */
export class Progress {
  readonly #setting: ProgressSetting;
  readonly #tasks = new Map<string, Task>();
  readonly #heartbeat: NodeJS.Timeout;
  #way: "new" | "stream" | "message" | "none";
  #ts: string | undefined;
  #last: Promise<void> = Promise.resolve();
  #drawnMs = 0;

  constructor(setting: ProgressSetting) {
    this.#setting = setting;
    this.#ts = setting.begun;
    this.#way = setting.begun === undefined ? "new" : "stream";
    this.#heartbeat = setInterval(() => this.#beat(), setting.heartbeatMs ?? HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  /** The message's `ts`, once it is there. */
  async ts(): Promise<string | undefined> {
    await this.#last;
    return this.#ts;
  }

  show(...tasks: Task[]): void {
    for (const task of tasks) this.#tasks.set(task.id, task);
    this.#then(() => this.#draw(tasks, false));
  }

  /** Nothing comes after this. */
  async end(...tasks: Task[]): Promise<void> {
    clearInterval(this.#heartbeat);
    for (const task of tasks) this.#tasks.set(task.id, task);
    this.#then(() => this.#draw(tasks, true));
    await this.#last;
  }

  #then(run: () => Promise<void>): void {
    this.#last = this.#last.then(run).catch(() => {
      this.#way = "none";
    });
  }

  #beat(): void {
    const running = [...this.#tasks.values()].find(({ status }) => status === "in_progress");
    // Only what says something counts as an append: the task as it is, without adding to its details.
    if (running && this.#way === "stream") this.#then(() => this.#draw([{ ...running, details: undefined }], false));
  }

  async #draw(tasks: readonly Task[], isLast: boolean): Promise<void> {
    if (this.#way === "new") await this.#begin();
    else if (this.#way === "stream") await this.#append(tasks, isLast);
    if (this.#way === "message") await this.#redraw(isLast);
  }

  async #begin(): Promise<void> {
    const { client, where, person, title } = this.#setting;
    const chunks: AnyChunk[] = [{ type: "plan_update", title }, ...[...this.#tasks.values()].map(chunk)];
    try {
      const { ts } = await client.chat.startStream({
        channel: where.channel,
        thread_ts: where.thread,
        recipient_user_id: person,
        recipient_team_id: where.team,
        task_display_mode: "plan",
        chunks,
      });
      this.#ts = ts;
      this.#way = "stream";
    } catch (error) {
      if (!isOne(error, NO_STREAMS)) throw error;
      this.#way = "message";
    }
  }

  async #append(tasks: readonly Task[], isLast: boolean): Promise<void> {
    const { client, where } = this.#setting;
    const at = { channel: where.channel, ts: this.#ts! };
    const chunks = tasks.map(chunk);
    try {
      if (isLast) await client.chat.stopStream({ ...at, ...(chunks.length > 0 ? { chunks } : {}) });
      else if (chunks.length > 0) await client.chat.appendStream({ ...at, chunks });
    } catch (error) {
      if (!isOne(error, ENDED)) throw error;
      this.#way = "message";
    }
  }

  async #redraw(isLast: boolean): Promise<void> {
    const { client, where, title } = this.#setting;
    if (!isLast && Date.now() - this.#drawnMs < REDRAW_MS) return;
    const lines = [`**${title}**`, ...[...this.#tasks.values()].map(line)];
    const content = { text: escaped(title), blocks: sections(lines, []) };
    if (this.#ts === undefined) {
      const { ts } = await client.chat.postMessage({ channel: where.channel, thread_ts: where.thread, ...content });
      this.#ts = ts;
    } else await client.chat.update({ channel: where.channel, ts: this.#ts, ...content });
    this.#drawnMs = Date.now();
  }
}

const isOne = (error: unknown, names: readonly string[]): boolean =>
  error instanceof WebAPIPlatformError && names.includes(error.data.error);

function chunk({ id, title, status, details }: Task): TaskUpdateChunk {
  const short = (text: string): string => shortened(escaped(text), LIMITS.stepCharacters);
  return { type: "task_update", id, status, title: short(title), ...(details ? { details: short(details) } : {}) };
}

const MARKS: Record<Task["status"], string> = { pending: "○", in_progress: "◔", complete: "✓", error: "✗" };
const line = ({ title, status, details }: Task): string => `${MARKS[status]} ${title}${details ? `: ${details}` : ""}`;

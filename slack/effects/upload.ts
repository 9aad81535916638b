import type { WebClient } from "@slack/web-api";
import { AdvisorError } from "../../src/index.ts";
import type { Where } from "../incoming.ts";
import { LaterError } from "../work/later.ts";
import { findReply, refusalOf } from "../work/posting.ts";
import type { Found } from "../work/worker.ts";

export interface Upload {
  /** Names run and revision: the same upload is found again by it. */
  name: string;
  title: string;
  bytes: Uint8Array;
}

/** Puts files into a thread, as one message: all of them, or none. */
export async function upload(client: WebClient, { channel, thread }: Where, files: readonly Upload[]): Promise<void> {
  try {
    await client.filesUploadV2({
      channel_id: channel,
      thread_ts: thread,
      file_uploads: files.map(({ name, title, bytes }) => ({ file: Buffer.from(bytes), filename: name, title })),
    });
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.type === "later") throw new LaterError(refusal.seconds, "Slack asks to wait");
    throw new AdvisorError(
      "not-available",
      `Slack did not take the file: ${refusal.why}`,
      "Whoever runs this bot checks that it may put files into this channel (scope files:write).",
    );
  }
}

/** Whether an upload of this name is in the thread. */
export const findUpload = (client: WebClient, where: Where, name: string): Promise<Found> =>
  findReply(client, where, ({ files = [] }) => files.some((file) => file.name === name));

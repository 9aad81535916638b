import type { WebClient } from "@slack/web-api";
import { AdvisorError } from "../../src/index.ts";
import type { Where } from "../incoming.ts";
import { LaterError } from "../work/later.ts";
import { ended } from "../work/posting.ts";

export interface Upload {
  /** Names run and revision: the same upload is found again by it. */
  name: string;
  title: string;
  /** What a picture says to who does not see it. */
  alt?: string;
  bytes: Uint8Array;
}

/** Puts files into a thread, as one message: all of them, or none. */
export async function upload(client: WebClient, { channel, thread }: Where, files: readonly Upload[]): Promise<void> {
  const sent = await ended(() =>
    client.filesUploadV2({
      channel_id: channel,
      thread_ts: thread,
      file_uploads: files.map(({ name, title, alt, bytes }) => ({
        file: Buffer.from(bytes),
        filename: name,
        title,
        ...(alt === undefined ? {} : { alt_text: alt }),
      })),
    }),
  );
  if (sent.type === "later") throw new LaterError(sent.seconds, "Slack asks to wait");
  if (sent.type === "refused")
    throw new AdvisorError(
      "not-available",
      `Slack did not take the file: ${sent.why}`,
      "Whoever runs this bot checks that it may put files into this channel (scope files:write).",
    );
}

import { AdvisorError } from "../../src/index.ts";
import { parsePlan } from "../../src/parse.ts";
import { type Dropped, type Incoming, said } from "../incoming.ts";
import type { Outgoing } from "../store/outbox.ts";
import type { Sent } from "../work/worker.ts";

export interface DroppedSetting {
  botToken: string;
  /** Another Slack than slack.com, which keeps its files itself. */
  slackApiUrl?: string;
}

/** A configuration or the end of a log; more is not read by people either. */
const MOST_BYTES = 256 * 1024;
const TIMEOUT_MS = 10_000;

/** Reads files that somebody dropped into a thread; what is in them is heard with the words beside them. */
export async function readDropped(
  { files, words, overheard }: Extract<Outgoing, { type: "files" }>,
  setting: DroppedSetting,
): Promise<Sent> {
  const texts = [words];
  const notices: string[] = [];
  for (const file of files) {
    const found = await contentOf(file, setting);
    if (typeof found === "object") {
      notices.push(`${file.name} was not read: ${found.why}`);
      continue;
    }
    const plan = file.name.endsWith(".json") ? planIn(found) : undefined;
    // A plan made elsewhere is the whole talk: what was said beside it is said after it.
    if (plan) return { type: "sent", answer: null, heard: { type: "opened", plan } };
    texts.push(found);
  }
  const heard: Extract<Incoming, { type: "said" }> = said(texts.filter((text) => text.trim() !== "").join("\n\n"));
  const all = [...notices, ...(heard.notices ?? [])];
  return {
    type: "sent",
    answer: null,
    heard: { ...heard, ...(all.length > 0 ? { notices: all } : {}), ...(overheard ? { overheard } : {}) },
  };
}

async function contentOf(
  { url, size }: Dropped,
  { botToken, slackApiUrl }: DroppedSetting,
): Promise<string | { why: string }> {
  if (size > MOST_BYTES) return { why: `it is larger than ${MOST_BYTES / 1024} KiB. Paste the part that matters.` };
  const address = new URL(url, slackApiUrl ?? "https://files.slack.com");
  // The token goes to Slack and to nobody else.
  const isSlack = address.protocol === "https:" && /(?:^|\.)slack(?:-gov)?\.com$/.test(address.hostname);
  if (!isSlack && address.origin !== (slackApiUrl && new URL(slackApiUrl).origin))
    return { why: "it is not kept by Slack." };
  const response = await fetch(address, {
    headers: { authorization: `Bearer ${botToken}` },
    // Who may not read it is led to a page to sign in.
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status >= 500) throw new Error(`Slack answered ${response.status} for a file`);
  if (!response.ok) return { why: "I may not read files here (the scope files:read). Paste what matters." };
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > MOST_BYTES || bytes.includes(0)) return { why: "it is no text." };
  return new TextDecoder().decode(bytes);
}

function planIn(text: string) {
  try {
    return parsePlan(JSON.parse(text));
  } catch (error) {
    // Any other JSON is a configuration.
    if (error instanceof AdvisorError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Lines that one person sees, at the address that Slack gave with a command or a click: five within half an hour. */
export interface Notes {
  remember(run: string, address: string): void;
  tell(run: string, text: string): Promise<void>;
}

const KEPT_MS = 25 * 60_000;
const MOST_KEPT = 1_000;
const TIMEOUT_MS = 5_000;

/** Addresses are as good as tokens: they stay in memory, and a note that is lost with the process is only a note. */
export function notesOf(failed: (error: unknown) => void): Notes {
  const kept = new Map<string, { address: string; untilMs: number }>();
  return {
    remember(run, address) {
      // The oldest goes first: a map remembers its order.
      if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
      kept.set(run, { address, untilMs: Date.now() + KEPT_MS });
    },
    async tell(run, text) {
      const known = kept.get(run);
      if (!known || known.untilMs < Date.now()) return;
      await whisper(known.address, text).catch(failed);
    },
  };
}

/** A line for one person. */
export async function whisper(address: string, text: string, blocks?: readonly unknown[]): Promise<void> {
  const response = await fetch(address, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      response_type: "ephemeral",
      replace_original: false,
      text,
      ...(blocks ? { blocks } : {}),
    }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  // The address is left out: who has it can write in our name.
  if (!response.ok) throw new Error(`Slack refused a note with ${response.status}`);
}

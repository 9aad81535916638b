import type { Doing, Done, Preview, Seen, SeenMessage, Update } from "../protocol.ts";

/** What this person sees, kept up to date by the server. */
export class Workspace {
  seen: Seen | undefined;
  isConnected = false;
  readonly #messages = new Map<string, SeenMessage>();
  readonly #onChange: () => void;
  #source: EventSource | undefined;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Sees with the eyes of this person from here on; the server picks one where none is named. */
  connect(as: string): void {
    this.#source?.close();
    this.#messages.clear();
    this.#source = new EventSource(`/feed?as=${encodeURIComponent(as)}`);
    this.#source.onmessage = ({ data }) => {
      const { seen, changed } = JSON.parse(data as string) as Update;
      for (const message of changed) this.#messages.set(message.ts, message);
      this.seen = seen;
      this.isConnected = true;
      this.#onChange();
    };
    this.#source.onerror = () => {
      this.isConnected = false;
      this.#onChange();
    };
  }

  messages(roomId: string): SeenMessage[] {
    const order = this.seen?.rooms.find((r) => r.id === roomId)?.order ?? [];
    return order.flatMap((ts) => this.#messages.get(ts) ?? []);
  }
}

export async function send(as: string, doing: Doing): Promise<Done> {
  const body = JSON.stringify({ as, doing });
  const response = await fetch("/do", { method: "POST", headers: { "content-type": "application/json" }, body }).catch(
    () => undefined,
  );
  if (response === undefined) return { failed: "The playground has stopped: start it again." };
  return response.ok ? ((await response.json()) as Done) : { failed: await response.text() };
}

export async function preview(file: string, inside?: string): Promise<Preview> {
  const query = inside === undefined ? "" : `?inside=${encodeURIComponent(inside)}`;
  const response = await fetch(`/file/${file}/preview${query}`).catch(() => undefined);
  return response?.ok ? ((await response.json()) as Preview) : { kind: "none" };
}

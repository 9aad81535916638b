import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Acknowledgement, Envelope, Transport } from "./delivery.ts";
import type { Settings } from "./settings.ts";

/** A ticket from `apps.connections.open` opens one socket, within this time. */
const TICKET_MS = 30_000;
/** What Slack leaves between "warning" and closing a socket it wants to renew. */
const WARNING_MS = 10_000;

/** Socket Mode: any number of sockets, each envelope goes to one of them and waits for its acknowledgement. */
export class Sockets implements Transport {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #open: WebSocket[] = [];
  readonly #tickets = new Map<string, number>();
  readonly #waiting = new Map<string, (payload: unknown) => void>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #settings: Settings;
  readonly #appId: string;
  #turn = 0;

  constructor(settings: Settings, appId: string) {
    this.#settings = settings;
    this.#appId = appId;
  }

  get openCount(): number {
    return this.#open.length;
  }

  newTicket(): string {
    const ticket = randomUUID();
    this.#tickets.set(ticket, Date.now() + TICKET_MS);
    return ticket;
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? "/", "ws://local").searchParams.get("ticket") ?? "";
    const untilMs = this.#tickets.get(ticket) ?? 0;
    this.#tickets.delete(ticket);
    if (Date.now() > untilMs) {
      socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n");
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (ws) => this.#welcome(ws));
  }

  send(envelope: Envelope): Promise<Acknowledgement> {
    const ws = this.#open[this.#turn++ % Math.max(1, this.#open.length)];
    if (ws === undefined) return Promise.resolve({ kind: "failed", reason: "unreachable" });
    const id = randomUUID();
    return new Promise((resolve) => {
      const done = (outcome: Acknowledgement): void => {
        this.#cancel(timer);
        this.#waiting.delete(id);
        resolve(outcome);
      };
      const timer = this.#after(this.#settings.acknowledgeMs, () => done({ kind: "failed", reason: "timeout" }));
      this.#waiting.set(id, (payload) => done({ kind: "acknowledged", payload }));
      ws.send(
        JSON.stringify({
          envelope_id: id,
          type: envelope.type,
          payload: envelope.payload,
          accepts_response_payload: envelope.type !== "events_api",
          ...(envelope.type === "events_api"
            ? { retry_attempt: envelope.retry?.attempt ?? 0, retry_reason: envelope.retry?.reason ?? "" }
            : {}),
        }),
      );
    });
  }

  /** The network goes away: one socket dies without a closing handshake. */
  drop(): void {
    this.#open[0]?.terminate();
  }

  /** Slack renews its end: it warns, asks for a new connection and closes this one. */
  refresh(): void {
    for (const ws of [...this.#open]) {
      disconnect(ws, "warning");
      disconnect(ws, "refresh_requested");
      this.#after(WARNING_MS, () => ws.close());
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const ws of [...this.#open]) ws.terminate();
    this.#server.close();
  }

  #welcome(ws: WebSocket): void {
    if (this.#open.length >= this.#settings.socketsAtMost) {
      disconnect(ws, "too_many_websockets");
      ws.close();
      return;
    }
    this.#open.push(ws);
    const ping = setInterval(() => ws.ping(), this.#settings.pingMs);
    ws.on("close", () => {
      clearInterval(ping);
      this.#open.splice(this.#open.indexOf(ws), 1);
    });
    ws.on("error", () => ws.terminate());
    ws.on("message", (data) => this.#acknowledge(String(data)));
    ws.send(
      JSON.stringify({
        type: "hello",
        num_connections: this.#open.length,
        debug_info: { host: "applink-local", approximate_connection_time: 18_060 },
        connection_info: { app_id: this.#appId },
      }),
    );
  }

  #acknowledge(text: string): void {
    const { envelope_id, payload } = JSON.parse(text) as { envelope_id?: string; payload?: unknown };
    this.#waiting.get(envelope_id ?? "")?.(payload);
  }

  #after(ms: number, run: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  #cancel(timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#timers.delete(timer);
  }
}

function disconnect(ws: WebSocket, reason: string): void {
  ws.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "applink-local" } }));
}

import { randomUUID } from "node:crypto";
import { createDecoder, readVarString, readVarUint } from "lib0/decoding";
import { createEncoder, type Encoder, toUint8Array, writeVarString, writeVarUint } from "lib0/encoding";
import { WebSocket } from "ws";
import { readSyncMessage, writeSyncStep1, writeUpdate } from "y-protocols/sync";
import * as Y from "yjs";
import { deadline } from "../../src/adapters/deadline.ts";
import { AdvisorError } from "../../src/index.ts";
import { markOf, type PlannedCell } from "./cell.ts";
import type { Anchor } from "./contents.ts";
import { MARK, markIn } from "./nbformat.ts";
import { placing, type Standing, type Step } from "./placing.ts";
import type { SharedDocument } from "./shared.ts";

/** Into the one document that everybody who has the notebook open edits (jupyter-collaboration): as one more person. */

const SYNC = 0;
const RAW = 2;
const SYNC_STEP_2 = 1;
const PATIENCE_MS = 20_000;
/** Our only request to save. */
const SAVE_ID = 1;

export async function placeInDocument(
  document: SharedDocument,
  planned: readonly PlannedCell[],
  anchor: Anchor,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): Promise<Step[]> {
  const room = await Room.enter(document, signal);
  try {
    const cells = room.document.getArray<Y.Map<unknown>>("cells");
    const steps = placing(cells.map(standingOf), planned, anchorIn(cells, anchor));
    if (dryRun) return steps;
    room.document.transact(() => {
      for (const { cell, does, at } of steps) {
        if (does === "insert") cells.insert(at, [newCell(cell)]);
        if (does === "update") update(cells.get(at), cell);
      }
    });
    // Answered in turn: what we sent before is in the document of all when this is.
    await room.sync();
    await room.save();
    return steps;
  } finally {
    room.leave();
  }
}

const textOf = (cell: Y.Map<unknown>): string => String(cell.get("source") ?? "");

function standingOf(cell: Y.Map<unknown>): Standing {
  const metadata = cell.get("metadata");
  const mark = metadata instanceof Y.Map ? { [MARK]: metadata.get(MARK) } : (metadata as Record<string, unknown>);
  return { id: cell.get("id") as string, source: textOf(cell), mark: markIn(mark) };
}

function anchorIn(cells: Y.Array<Y.Map<unknown>>, { id, text }: Anchor): number {
  return cells.toArray().findIndex((cell) => (id === undefined ? textOf(cell) === text : cell.get("id") === id));
}

/** The document's own shape of a cell (jupyter_ydoc, version 2). */
function newCell(planned: PlannedCell): Y.Map<unknown> {
  return new Y.Map<unknown>([
    ["id", randomUUID()],
    ["cell_type", planned.kind],
    ["source", new Y.Text(planned.source)],
    ["metadata", new Y.Map([[MARK, markOf(planned)]])],
    ...(planned.kind === "code"
      ? ([
          ["execution_count", null],
          ["execution_state", "idle"],
          ["outputs", new Y.Array()],
        ] as [string, unknown][])
      : []),
  ]);
}

function update(cell: Y.Map<unknown>, planned: PlannedCell): void {
  const source = cell.get("source") as Y.Text;
  if (source.toString() !== planned.source) {
    source.delete(0, source.length);
    source.insert(0, planned.source);
    if (planned.kind === "code") {
      // What it printed was another text's.
      const outputs = cell.get("outputs");
      if (outputs instanceof Y.Array) outputs.delete(0, outputs.length);
      cell.set("execution_count", null);
    }
  }
  (cell.get("metadata") as Y.Map<unknown>).set(MARK, markOf(planned));
}

/** A connection to the shared document, in step with it. */
class Room {
  readonly document = new Y.Doc();
  private readonly socket: WebSocket;
  private readonly failed: Promise<never>;
  private synced: () => void = () => {};
  private saved: (status: string) => void = () => {};

  static async enter({ server, room, session }: SharedDocument, signal: AbortSignal): Promise<Room> {
    // Its colons stay as they are: the server compares the address as it was written.
    const url = server.at(`api/collaboration/room/${room}?sessionId=${encodeURIComponent(session)}`);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const entered = new Room(url, server.headers(), signal);
    await entered.open();
    await entered.sync();
    return entered;
  }

  private constructor(url: URL, headers: Record<string, string>, signal: AbortSignal) {
    this.socket = new WebSocket(url, { headers, followRedirects: false, handshakeTimeout: PATIENCE_MS });
    this.socket.binaryType = "nodebuffer";
    this.failed = new Promise((_, reject) => {
      const fail = (why: string, cause?: unknown): void =>
        reject(
          new AdvisorError(
            "outside-failed",
            `The shared document broke off: ${why}`,
            "Look at what stands in the notebook, then run this again: nothing is doubled.",
            cause,
          ),
        );
      this.socket.once("error", (error) => fail(error.message, error));
      this.socket.once("close", (_code, reason) => fail(reason.toString() || "it was closed"));
      deadline(PATIENCE_MS, signal).addEventListener("abort", () =>
        signal.aborted ? reject(signal.reason) : fail(`no answer within ${PATIENCE_MS / 1000} s`),
      );
    });
    this.failed.catch(() => {});
    this.socket.on("message", (data: Buffer) => this.heard(data));
    this.document.on("update", (update: Uint8Array, origin: unknown) => {
      if (origin !== this) this.send((encoder) => writeUpdate(encoder, update));
    });
  }

  private async open(): Promise<void> {
    const opened = new Promise<void>((resolve) => this.socket.once("open", () => resolve()));
    await Promise.race([opened, this.failed]);
  }

  /** Asks for everything that is not here yet, and waits for it. */
  async sync(): Promise<void> {
    const synced = new Promise<void>((resolve) => {
      this.synced = resolve;
    });
    this.send((encoder) => writeSyncStep1(encoder, this.document));
    await Promise.race([synced, this.failed]);
  }

  private heard(data: Buffer): void {
    const decoder = createDecoder(data);
    const kind = readVarUint(decoder);
    if (kind === SYNC) {
      const answer = createEncoder();
      writeVarUint(answer, SYNC);
      const step = readSyncMessage(decoder, answer, this.document, this);
      const bytes = toUint8Array(answer);
      if (bytes.length > 1) this.socket.send(bytes);
      if (step === SYNC_STEP_2) this.synced();
    } else if (kind === RAW) {
      const { type, responseTo, status } = JSON.parse(readVarString(decoder)) as Record<string, unknown>;
      if (type === "save" && responseTo === SAVE_ID) this.saved(String(status));
    }
  }

  private send(write: (encoder: Encoder) => void): void {
    const encoder = createEncoder();
    writeVarUint(encoder, SYNC);
    write(encoder);
    this.socket.send(toUint8Array(encoder));
  }

  /** Into the file; "skipped" says that it is being saved already. */
  async save(): Promise<void> {
    const saved = new Promise<string>((resolve) => {
      this.saved = resolve;
    });
    const encoder = createEncoder();
    writeVarUint(encoder, RAW);
    writeVarString(encoder, "save");
    writeVarUint(encoder, SAVE_ID);
    this.socket.send(toUint8Array(encoder));
    const status = await Promise.race([saved, this.failed]);
    if (status === "failed")
      throw new AdvisorError(
        "outside-failed",
        "The cells are in the notebook, but the server could not save it",
        "Save it yourself (Ctrl+S), and look at the server's log.",
      );
  }

  leave(): void {
    this.socket.close();
    this.document.destroy();
  }
}

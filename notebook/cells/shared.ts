import type { Found } from "./find.ts";
import type { Server } from "./server.ts";

/** A document that everybody who has the notebook open edits at once. */
export interface SharedDocument {
  server: Server;
  path: string;
  room: string;
  session: string;
}

/** Where jupyter-collaboration serves the notebook; it knows a file only since somebody opened it as a shared one. */
export async function sharedDocument(
  { server, path }: Found,
  signal: AbortSignal,
): Promise<SharedDocument | undefined> {
  const named = path.split("/").map(encodeURIComponent).join("/");
  const wanted = { format: "json", type: "notebook" };
  const { status, body } = await server.ask("PUT", `api/collaboration/session/${named}`, wanted, signal);
  if (status !== 200) return undefined;
  const { format, type, fileId, sessionId } = body as Record<"format" | "type" | "fileId" | "sessionId", string>;
  return { server, path, room: `${format}:${type}:${fileId}`, session: sessionId };
}

import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Server, serverOf } from "./server.ts";

/** Which notebook this kernel belongs to, on which server. */
export interface Found {
  server: Server;
  /** As the server names it, below its root. */
  path: string;
  /** Windows that have it open. */
  connections: number;
}

interface Session {
  path?: string;
  type?: string;
  notebook?: { path?: string };
  kernel?: { id?: string; connections?: number };
}

/** Jupyter puts its servers' files beside the kernels' connection files, whose names hold the kernels' ids. */
export async function findNotebook(
  connectionFile: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<Found | { reason: string }> {
  const id = /^kernel-(.+)\.json$/.exec(basename(connectionFile))?.[1];
  if (id === undefined) return { reason: "this kernel was not started by a Jupyter server" };
  const reasons: string[] = [];
  for (const server of serversIn(dirname(connectionFile), env)) {
    if (!(server instanceof Server)) {
      reasons.push(server.reason);
      continue;
    }
    const { status, body } = await server.ask("GET", "api/sessions", undefined, signal).catch((error: Error) => {
      signal?.throwIfAborted();
      reasons.push(error.message);
      return { status: 0, body: undefined };
    });
    if (status !== 200) {
      if (status > 0) reasons.push(refusal(server, status));
      continue;
    }
    const session = (Array.isArray(body) ? (body as Session[]) : []).find(({ kernel }) => kernel?.id === id);
    const named = session?.path ?? session?.notebook?.path;
    if (named === undefined) continue;
    // Before jupyter-collaboration 4, shared documents stood in a drive of their own.
    return { server, path: named.replace(/^RTC:/, ""), connections: session?.kernel?.connections ?? 0 };
  }
  return { reason: reasons.filter(Boolean).join("; ") || "no running Jupyter server knows this kernel" };
}

function* serversIn(folder: string, env: NodeJS.ProcessEnv): Generator<Server | { reason: string }> {
  let names: string[] = [];
  try {
    names = readdirSync(folder).filter((name) => /^(?:jpserver|nbserver)-\d+\.json$/.test(name));
  } catch {
    // No folder, no server.
  }
  for (const name of names.sort()) {
    try {
      yield serverOf(JSON.parse(readFileSync(join(folder, name), "utf8")), env);
    } catch {
      yield { reason: `"${name}" cannot be read` };
    }
  }
}

function refusal({ url, token, hasPassword }: Server, status: number): string {
  if (status >= 300 && status < 400 && token !== undefined)
    return `the server at ${url.origin} sends us elsewhere; its token is not sent on`;
  if (token === undefined)
    return `the server at ${url.origin} ${hasPassword ? "asks for a password and has no token" : "gave us no token"}; start it with one: --IdentityProvider.token=…`;
  return `the server at ${url.origin} refuses its own token (${status})`;
}

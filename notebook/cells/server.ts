import { type IncomingMessage, request } from "node:http";
import { request as requestTls } from "node:https";
import { hostname, networkInterfaces } from "node:os";
import { deadline } from "../../src/adapters/deadline.ts";
import { isRunning } from "../../src/adapters/guard.ts";
import { AdvisorError } from "../../src/index.ts";

/** A Jupyter server of this machine, asked with its own token. */

export interface Answer {
  status: number;
  body: unknown;
}

const PATIENCE_MS = 10_000;
/** A notebook with pictures in it; more than that is not held in memory twice. */
const LARGEST_ANSWER_BYTES = 256 * 2 ** 20;

export class Server {
  readonly url: URL;
  readonly token: string | undefined;
  /** It asks people for a password. */
  readonly hasPassword: boolean;
  /** The folder that its paths begin at; where it tells none, its address stands for it. */
  readonly root: string;

  constructor(url: URL, token: string | undefined, hasPassword: boolean, root = url.href) {
    this.url = url;
    this.token = token;
    this.hasPassword = hasPassword;
    this.root = root;
  }

  /** By `node:http`, which follows no redirect and knows no proxy: the token goes to this server and nowhere else. */
  async ask(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
    const url = this.at(path);
    const send = url.protocol === "https:" ? requestTls : request;
    const text = body === undefined ? undefined : JSON.stringify(body);
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const sent = send(url, {
          method,
          headers: {
            ...this.headers(),
            accept: "application/json",
            ...(text === undefined ? {} : { "content-type": "application/json" }),
          },
          signal: deadline(PATIENCE_MS, signal),
        });
        sent.once("response", resolve).once("error", reject);
        sent.end(text);
      });
      return { status: response.statusCode ?? 0, body: await jsonOf(response) };
    } catch (cause) {
      signal?.throwIfAborted();
      throw new AdvisorError(
        "outside-failed",
        `The Jupyter server at ${this.url.origin} does not answer: ${(cause as Error).message}`,
        "Check that it runs; --insert next does without it.",
        cause,
      );
    }
  }

  /** An address below the server's own; a path never leads to another host. */
  at(path: string): URL {
    const url = new URL(this.url);
    const [route = "", query = ""] = path.split("?", 2);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/${route.replace(/^\/+/, "")}`;
    url.search = query;
    return url;
  }

  headers(): Record<string, string> {
    return this.token === undefined ? {} : { authorization: `token ${this.token}` };
  }
}

async function jsonOf(response: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > LARGEST_ANSWER_BYTES) throw new Error("it answers with more than 256 MiB");
    parts.push(part);
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    // A page for people, such as the one that asks for a password.
    return undefined;
  }
}

/** What a running server writes about itself into the runtime folder. */
interface ServerFile {
  url?: string;
  pid?: number;
  token?: string;
  password?: boolean;
  base_url?: string;
  sock?: string;
  root_dir?: string;
}

/** The server that a file speaks of, or why it is none that we may ask. */
export function serverOf(file: ServerFile, env: NodeJS.ProcessEnv): Server | { reason: string } {
  if (!isRunning(file.pid)) return { reason: "" };
  if (file.sock) return { reason: "the server listens on a UNIX socket" };
  let url: URL;
  try {
    url = new URL(file.url ?? "");
  } catch {
    return { reason: "the server's file names no address" };
  }
  if (!/^https?:$/.test(url.protocol) || !isOfThisMachine(url.hostname))
    return { reason: `the server's address ${url.origin} is not this machine's` };
  if (["0.0.0.0", "[::]"].includes(url.hostname)) url.hostname = "127.0.0.1";
  // JupyterHub starts servers without a token of their own and gives them one of the Hub's.
  const hub = env.JUPYTERHUB_SERVICE_PREFIX === file.base_url ? env.JUPYTERHUB_API_TOKEN : undefined;
  return new Server(url, file.token || hub || undefined, file.password === true, file.root_dir);
}

function isOfThisMachine(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, "").toLowerCase();
  if (bare === "localhost" || bare === "0.0.0.0" || bare === "::" || bare === "::1" || /^127\./.test(bare)) return true;
  if (bare === hostname().toLowerCase()) return true;
  return Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === bare));
}

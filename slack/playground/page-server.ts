import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { bodyOf } from "../local/bodies.ts";
import type { LocalSlack } from "../local/local-slack.ts";
import type { Person } from "../local/person.ts";
import type { Manifest } from "../manifest.ts";
import { assetOf } from "./assets.ts";
import { doing, perform } from "./doing.ts";
import { Feed } from "./feed.ts";
import { documentFor, POLICY, sideBySide } from "./html.ts";
import { previewInside, previewOf } from "./preview.ts";
import type { Done } from "./protocol.ts";

const asked = z.strictObject({ as: z.string(), doing });

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}
const text = (status: number, body: string): Answer => ({ status, type: "text/plain; charset=utf-8", body });
const json = (body: unknown): Answer => ({ status: 200, type: "application/json", body: JSON.stringify(body) });
const html = (body: string): Answer => ({ status: 200, type: "text/html; charset=utf-8", body });

/** The page that shows the local Slack. It listens on 127.0.0.1 only and answers to that name only. */
export class PageServer {
  readonly #server: Server;
  readonly #slack: LocalSlack;
  readonly #manifest: Manifest;
  readonly #people: readonly Person[];
  readonly #feeds = new Set<Feed>();

  private constructor(server: Server, slack: LocalSlack, manifest: Manifest, people: readonly Person[]) {
    this.#server = server;
    this.#slack = slack;
    this.#manifest = manifest;
    this.#people = people;
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  /** Takes the port, or a free one where that is taken. */
  static async start(
    slack: LocalSlack,
    manifest: Manifest,
    people: readonly Person[],
    port: number,
  ): Promise<PageServer> {
    const server = createServer();
    await listen(server, port).catch(() => listen(server, 0));
    return new PageServer(server, slack, manifest, people);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!this.#isOurs(request)) return send(response, text(403, "unknown host"));
    const url = new URL(request.url ?? "/", this.url);
    try {
      if (request.method === "GET" && url.pathname === "/feed") return this.#feed(url, response);
      send(response, await this.#answer(request, url));
    } catch (error) {
      // Shown to the person who drives the page, who is the one to mend it.
      send(response, text(500, String(error)));
    }
  }

  async #answer(request: IncomingMessage, { pathname, searchParams }: URL): Promise<Answer> {
    if (request.method === "POST" && pathname === "/do") return this.#do(request);
    if (request.method !== "GET") return text(405, "only GET");
    const [, room = "", id = "", part = ""] = pathname.split("/");
    if (room === "") return html(documentFor());
    if (room === "both") {
      const [first = ""] = this.#slack.world.channels.keys();
      return html(
        sideBySide(
          this.#people.map((p) => p.user.id),
          first,
        ),
      );
    }
    if (room === "file") return this.#file(id, part, searchParams);
    const asset = assetOf(pathname);
    const body = asset && (await readFile(asset.path).catch(() => undefined));
    return body === undefined ? text(404, "not here") : { status: 200, type: asset!.type, body };
  }

  /** A page elsewhere can reach in through a browser here: neither another name for this address nor another origin. */
  #isOurs({ headers, method }: IncomingMessage): boolean {
    const { host, origin } = new URL(this.url);
    const names = [host, host.replace("127.0.0.1", "localhost")];
    if (!names.includes(headers.host ?? "")) return false;
    return method === "GET" || [origin, origin.replace("127.0.0.1", "localhost")].includes(headers.origin ?? "");
  }

  #feed(url: URL, response: ServerResponse): void {
    const person = this.#person(url.searchParams.get("as"));
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    const feed = new Feed(person, this.#slack, this.#manifest, response);
    this.#feeds.add(feed);
    response.on("close", () => this.#feeds.delete(feed));
  }

  async #do(request: IncomingMessage): Promise<Answer> {
    if (request.headers["content-type"] !== "application/json") return text(415, "only JSON");
    const read = asked.safeParse(JSON.parse((await bodyOf(request)).toString("utf8")));
    if (!read.success) return json({ failed: read.error.issues.map((i) => i.message).join("; ") } satisfies Done);
    const person = this.#person(read.data.as);
    const outcome = await perform(read.data.doing, person, this.#slack).catch(
      (error: Error) => ({ ok: false, failed: error.message }) as const,
    );
    for (const feed of this.#feeds) feed.touch();
    return json((outcome.ok ? {} : { failed: outcome.failed }) satisfies Done);
  }

  /** The person who is named, or the first. */
  #person(id: string | null): Person {
    return this.#people.find((p) => p.user.id === id) ?? this.#people[0]!;
  }

  #file(id: string, part: string, query: URLSearchParams): Answer {
    const file = this.#slack.world.files.get(id);
    if (file?.bytes === undefined) return text(404, "no such file");
    const { name, bytes } = file;
    if (part === "preview") {
      const inside = query.get("inside");
      return json(inside === null ? previewOf(name, bytes) : previewInside(bytes, inside));
    }
    // A file is shown as a picture or saved, never opened as a page of this origin.
    const isPicture = part === "picture" && previewOf(name, bytes).kind === "picture";
    return { status: 200, type: isPicture ? pictureType(name) : "application/octet-stream", body: bytes };
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function pictureType(name: string): string {
  const ending = name.split(".").at(-1)!.toLowerCase();
  return `image/${ending === "jpg" ? "jpeg" : ending}`;
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response
    .writeHead(status, {
      "content-type": type,
      "content-security-policy": POLICY,
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cache-control": "no-store",
      ...(type === "application/octet-stream" ? { "content-disposition": "attachment" } : {}),
    })
    .end(body);
}

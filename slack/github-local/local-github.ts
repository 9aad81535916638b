import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { Faults } from "../local/faults.ts";
import { Access, authorize, type Permissions } from "./access.ts";
import { cloneAnswer } from "./clone.ts";
import { LocalRepository, type RepositoryOptions } from "./local-repository.ts";
import { Refusal } from "./refusal.ts";
import { answer, installationToken, ROUTES, repositoryJson } from "./rest.ts";

/** Errors by name: the connection is cut before, or after, the call took effect; the hour's limit is used up. */
const CUT = "cut";
const CUT_AFTERWARDS = "cut afterwards";
const USED_UP = "limit used up";
const LARGEST_BODY_BYTES = 40 * 2 ** 20;
const HOUR_LIMIT = 5_000;
const HALF_AN_HOUR_SECONDS = 1_800;

interface Answered {
  readonly status: number;
  readonly type: string;
  readonly bytes: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One answered call. */
export interface Call {
  readonly name: string;
  readonly status: number;
}

const json = (status: number, value: unknown, headers?: Answered["headers"]): Answered => ({
  status,
  type: "application/json; charset=utf-8",
  bytes: Buffer.from(JSON.stringify(value)),
  ...(headers ? { headers } : {}),
});

/**
 * A strict GitHub on this machine: REST for pull requests and reading, over real bare repositories that `git clone`
 * takes. It listens on 127.0.0.1 only.
 */
export class LocalGithub {
  readonly access = new Access();
  /** Failures on demand, by octokit's names of the calls. */
  readonly faults = new Faults();
  readonly calls: Call[] = [];
  readonly #repositories = new Map<string, LocalRepository>();
  /** Old names of what was renamed. */
  readonly #moved = new Map<string, LocalRepository>();
  readonly #server: Server;
  readonly #folder: string;

  private constructor(server: Server, folder: string) {
    this.#server = server;
    this.#folder = folder;
    server.on("request", (request, response) => void this.#serve(request, response));
  }

  /** `folder` holds the bare repositories. */
  static async start({ folder, port = 0 }: { folder: string; port?: number }): Promise<LocalGithub> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return new LocalGithub(server, folder);
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** For octokit's `baseUrl`. */
  get apiUrl(): string {
    return `${this.origin}/api/v3`;
  }

  /** The names of all answered calls, oldest first. */
  get called(): string[] {
    return this.calls.map(({ name }) => name);
  }

  async addRepository(fullName: string, options: RepositoryOptions = {}): Promise<LocalRepository> {
    const repository = await LocalRepository.create(this.#repositories.size + 1, this.#folder, fullName, options);
    this.#repositories.set(fullName.toLowerCase(), repository);
    return repository;
  }

  repository(fullName: string): LocalRepository | undefined {
    return this.#repositories.get(fullName.toLowerCase());
  }

  /** A fine-grained token, as its owner would copy it. */
  token(
    repositories: readonly string[],
    permissions: Permissions = { contents: "write", pull_requests: "write" },
  ): string {
    return this.access.personalToken(repositories, permissions);
  }

  /** Its owner renames or transfers it; the old name leads to the new one. */
  move(fullName: string, to: string): void {
    const repository = this.#repositories.get(fullName.toLowerCase())!;
    this.#repositories.delete(fullName.toLowerCase());
    this.#moved.set(fullName.toLowerCase(), repository);
    repository.fullName = to;
    this.#repositories.set(to.toLowerCase(), repository);
  }

  /** Its owner deletes it. */
  remove(fullName: string): void {
    this.#repositories.delete(fullName.toLowerCase());
  }

  /** Where git clones it from. */
  cloneUrl(fullName: string): string {
    return `${this.origin}/${fullName}.git`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answered = await this.#answer(request);
      if (answered === undefined) return void request.socket.destroy();
      const { status, type, bytes, headers } = answered;
      response.writeHead(status, { "content-type": type, ...headers }).end(bytes);
    } catch (error) {
      // A fault of this server, never of the caller: say so rather than look like GitHub.
      response.writeHead(599).end(`local GitHub: ${error instanceof Error ? error.stack : error}`);
    }
  }

  async #answer(request: IncomingMessage): Promise<Answered | undefined> {
    const url = new URL(request.url ?? "/", this.origin);
    // Another name for this address is a page elsewhere that reaches in through a browser here.
    const { host } = new URL(this.origin);
    if (![host, host.replace("127.0.0.1", "localhost")].includes(request.headers.host ?? ""))
      return json(403, { message: "unknown host" });
    const body = await bodyOf(request);
    const path = url.pathname;
    try {
      if (path.startsWith("/api/v3/")) return await this.#rest(request, path.slice("/api/v3".length), url, body);
      return await this.#site(request, path, url, body);
    } catch (error) {
      if (error instanceof Refusal) return refused(error);
      throw error;
    }
  }

  async #rest(request: IncomingMessage, path: string, url: URL, body: Buffer): Promise<Answered | undefined> {
    const { method = "GET" } = request;
    const [, owner = "", name = "", behind = ""] = /^\/repos\/([^/]+)\/([^/]+)(.*)$/.exec(path) ?? [];
    const route = ROUTES.find((each) => each.method === method && name !== "" && each.path.test(behind));
    const isToken = method === "POST" && path === "/app/installations/1/access_tokens";
    const called = route?.name ?? (isToken ? "apps.createInstallationAccessToken" : `${method} ${path}`);
    const fault = this.faults.of(called);
    const tell = (answered: Answered): Answered => {
      this.calls.push({ name: called, status: answered.status });
      return answered;
    };
    if (fault?.kind === "slow") await pause(fault.delayMs);
    if (fault?.kind === "error" && fault.error === CUT) return undefined;
    if (fault?.kind === "rate-limited") return tell(secondaryLimit(fault.retryAfterSeconds));
    if (fault?.kind === "error" && fault.error === USED_UP) return tell(usedUp());
    if (fault?.kind === "status" && !fault.afterwards) return tell(json(fault.status, { message: "Server Error" }));
    const answered = await this.#asked(request, { path, owner, name, behind, url, body, route, isToken }).catch(
      (error) => {
        if (error instanceof Refusal) return refused(error);
        throw error;
      },
    );
    tell(answered);
    if (fault?.kind === "status") return json(fault.status, { message: "Server Error" });
    return fault?.kind === "error" && fault.error === CUT_AFTERWARDS ? undefined : answered;
  }

  async #asked(
    request: IncomingMessage,
    asked: {
      path: string;
      owner: string;
      name: string;
      behind: string;
      url: URL;
      body: Buffer;
      route: (typeof ROUTES)[number] | undefined;
      isToken: boolean;
    },
  ): Promise<Answered> {
    const { path, owner, name, behind, url, body, route } = asked;
    if (!request.headers["user-agent"])
      throw new Refusal(
        403,
        "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
      );
    const { access, origin } = this;
    const caller = access.caller(request.headers.authorization);
    const value = body.length > 0 ? parsed(body) : undefined;
    if (asked.isToken) {
      // The installation's owner: all repositories here are one's.
      const installedOwner = [...this.#repositories.values()].find((each) =>
        access.isInstalledOn(each.fullName),
      )?.owner;
      return json(201, installationToken(access, caller, installedOwner ?? "", value));
    }
    const byId = /^\/repositories\/(\d+)$/.exec(path)?.[1];
    if (byId !== undefined) {
      const repository = [...this.#repositories.values()].find(({ id }) => id === Number(byId));
      if (!repository) throw new Refusal(404, "Not Found");
      authorize(caller, repository, "metadata", "read");
      return json(200, repositoryJson(repository, origin));
    }
    const fullName = `${owner}/${name}`.toLowerCase();
    const moved = this.#moved.get(fullName);
    if (moved && route?.name === "repos.get")
      return json(301, { message: "Moved Permanently" }, { location: `${this.apiUrl}/repositories/${moved.id}` });
    const repository = this.#repositories.get(fullName) ?? moved;
    if (!route || !repository) throw new Refusal(404, "Not Found");
    const rest = route.path.exec(behind)?.[1] ?? "";
    const found = await answer(route, {
      repository,
      caller,
      access,
      rest,
      query: url.searchParams,
      body: value,
      origin,
    });
    return json(route.status, found);
  }

  /** What is no interface: clones, and a plain page of a pull request. */
  async #site(request: IncomingMessage, path: string, url: URL, body: Buffer): Promise<Answered> {
    const [, cloned, service = ""] = /^\/([^/]+\/[^/]+)\.git(\/.*)$/.exec(path) ?? [];
    const [, shown, number] = /^\/([^/]+\/[^/]+)\/pull\/(\d+)$/.exec(path) ?? [];
    const repository = this.#repositories.get((cloned ?? shown ?? "").toLowerCase());
    if (!repository) throw new Refusal(404, "Not Found");
    if (cloned !== undefined) {
      const caller = this.access.caller(request.headers.authorization);
      // git sends its token only once it is asked for one.
      if (caller.type === "nobody" && repository.isPrivate) throw new Refusal(401, "Requires authentication");
      authorize(caller, repository, "contents", "read");
      const found = await cloneAnswer(repository.git, request.method ?? "GET", service, url.searchParams, body);
      if (!found) throw new Refusal(403, "Only clones are answered here");
      return { status: 200, type: found.type, bytes: found.bytes };
    }
    const pull = repository.pulls[Number(number) - 1];
    if (!pull) throw new Refusal(404, "Not Found");
    const { title, body: text, head, base, state, isDraft } = pull;
    const page = `${repository.fullName} #${pull.number} (${isDraft ? "draft, " : ""}${state})\n${title}\n${head} → ${base}\n\ngit clone --branch ${head} ${this.cloneUrl(repository.fullName)}\n\n${text}\n`;
    return { status: 200, type: "text/plain; charset=utf-8", bytes: Buffer.from(page) };
  }
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal(400, "Problems parsing JSON");
  }
}

const refused = ({ status, message, errors }: Refusal): Answered =>
  json(
    status,
    { message, ...(errors.length > 0 ? { errors } : {}), status: String(status) },
    status === 401 ? { "www-authenticate": 'Basic realm="GitHub"' } : undefined,
  );

const secondaryLimit = (seconds: number): Answered =>
  json(
    403,
    { message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." },
    { "retry-after": String(seconds) },
  );

/** The hour's own limit says when it ends and not how long to wait. */
const usedUp = (): Answered =>
  json(
    403,
    { message: "API rate limit exceeded" },
    {
      "x-ratelimit-limit": String(HOUR_LIMIT),
      "x-ratelimit-remaining": "0",
      "x-ratelimit-reset": String(Math.ceil(Date.now() / 1000) + HALF_AN_HOUR_SECONDS),
    },
  );

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > LARGEST_BODY_BYTES) throw new Refusal(413, "Payload too large");
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  return request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body;
}

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Manifest } from "../manifest.ts";
import { bodyOf, fieldsOf, uploadOf } from "./bodies.ts";
import { Delivery, type Transport } from "./delivery.ts";
import { tellApp } from "./events.ts";
import { Expiring } from "./expiring.ts";
import { Faults } from "./faults.ts";
import { Person } from "./person.ts";
import { respond } from "./response-urls.ts";
import { type Settings, SLACK_SETTINGS } from "./settings.ts";
import { SignedPosts } from "./signed-posts.ts";
import type { ResponseTarget, Site } from "./site.ts";
import { Sockets } from "./sockets.ts";
import { Views } from "./views.ts";
import { type Answer, type Call, type Tokens, WebApi } from "./web-api.ts";
import { type Channel, type ChannelKind, type SlackFile, type User, World } from "./world.ts";

export interface LocalSlackOptions {
  readonly manifest: Manifest;
  readonly settings?: Partial<Settings>;
  /** 0, the default, takes a free port. */
  readonly port?: number;
}

/**
 * A strict Slack on this machine: Web API, Socket Mode and signed posts for the app, and people for whoever drives it.
 * It listens on 127.0.0.1 only.
 */
export class LocalSlack {
  readonly world = new World();
  readonly faults = new Faults();
  readonly tokens: Tokens;
  readonly signingSecret: string;
  readonly sockets: Sockets;
  readonly #server: Server;
  readonly #settings: Settings;
  readonly #site: Site;
  readonly #api: WebApi;
  #transport: Transport;

  private constructor(server: Server, { manifest, settings }: LocalSlackOptions) {
    const { world, faults } = this;
    this.#server = server;
    this.#settings = { ...SLACK_SETTINGS, ...settings };
    this.tokens = { bot: `xoxb-local-${world.newSecret()}`, app: `xapp-local-${world.newSecret()}` };
    this.signingSecret = world.newSecret();
    this.sockets = new Sockets(this.#settings, world.appId);
    this.#transport = this.sockets;
    const { bot, bot_optional } = manifest.oauth_config.scopes;
    const scopes = new Set(this.#settings.optionalScopes ? [...bot, ...bot_optional] : bot);
    const parts = { world, settings: this.#settings, manifest, scopes };
    this.#site = {
      ...parts,
      views: new Views(world),
      triggers: new Expiring<string>(this.#settings.triggerMs, 1),
      responses: new Expiring<ResponseTarget>(this.#settings.responseUrlMs, this.#settings.responseUrlUses),
      uploads: new Map(),
      delivery: new Delivery({ ...parts, faults, transport: () => this.#transport }),
      sockets: this.sockets,
      origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    };
    this.#api = new WebApi(this.#site, this.tokens, faults);
    world.onChange(tellApp(world, this.#site.delivery));
    server.on("request", (request, response) => void this.#serve(request, response));
    server.on("upgrade", (request, socket, head) => {
      if (this.#isOurName(request)) this.sockets.upgrade(request, socket, head);
      else socket.destroy();
    });
  }

  static async start(options: LocalSlackOptions): Promise<LocalSlack> {
    // Longer than an app in this process keeps the event loop busy: a connection closed under it looks like a dead Slack.
    const server = createServer({ keepAliveTimeout: 60_000 });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(options.port ?? 0, "127.0.0.1", resolve);
    });
    return new LocalSlack(server, options);
  }

  /** For the client library's `slackApiUrl`. */
  get apiUrl(): string {
    return `${this.#site.origin}/api/`;
  }

  /** Every answered call of the Web API, oldest first. */
  get calls(): readonly Call[] {
    return this.#api.calls;
  }

  /** Events that were never acknowledged, though sent as often as Slack sends. */
  get lostEvents(): readonly Readonly<Record<string, unknown>>[] {
    return this.#site.delivery.lost;
  }

  person(name: string, teamId?: string): Person {
    return new Person(this.world.addUser(name, teamId), this.#site);
  }

  /** A channel with these people in it, and the app unless `withoutApp`. */
  channel(
    name: string,
    people: readonly Person[],
    {
      kind = "public",
      isExternal = false,
      withoutApp = false,
    }: { kind?: Exclude<ChannelKind, "im">; isExternal?: boolean; withoutApp?: boolean } = {},
  ): Channel {
    const members: User[] = people.map((p) => p.user);
    return this.world.addChannel(name, kind, withoutApp ? members : [...members, this.world.bot], isExternal);
  }

  /** HTTP mode from here on: Slack checks the address first, as it does when it is saved. */
  async deliverTo(requestUrl: string): Promise<void> {
    const posts = new SignedPosts(requestUrl, this.signingSecret, this.#settings);
    if (!(await posts.verifies())) throw new Error(`${requestUrl} did not answer the challenge`);
    this.#transport = posts;
  }

  /** An administrator removes the app: it is told, and its tokens end. */
  uninstall(): void {
    const { world, delivery } = this.#site;
    const tokens = { oauth: [], bot: [world.bot.id] };
    delivery.event("tokens_revoked", { type: "tokens_revoked", tokens, event_ts: world.newTs() });
    delivery.event("app_uninstalled", { type: "app_uninstalled", event_ts: world.newTs() });
    this.#api.isRevoked = true;
  }

  /** Waits for something to become visible; what it returns is the first value that is not undefined or false. */
  async until<T>(what: string, look: () => T | undefined | false, withinMs = 60_000): Promise<T> {
    const first = look();
    if (first !== undefined && first !== false) return first;
    return new Promise((resolve, reject) => {
      const end = (run: () => void): void => {
        clearTimeout(timer);
        stop();
        run();
      };
      const timer = setTimeout(() => end(() => reject(new Error(`not within ${withinMs} ms: ${what}`))), withinMs);
      const stop = this.world.onChange(() => {
        const seen = look();
        if (seen !== undefined && seen !== false) end(() => resolve(seen));
      });
    });
  }

  async close(): Promise<void> {
    this.#site.delivery.close();
    this.sockets.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(response, await this.#answer(request));
    } catch (error) {
      // A fault of this server, never of the app: say so rather than look like Slack.
      send(response, {
        status: 599,
        headers: {},
        body: `local Slack: ${error instanceof Error ? error.stack : error}`,
      });
    }
  }

  async #answer(request: IncomingMessage): Promise<Answer & { readonly bytes?: Buffer }> {
    // Another name for this address is a page elsewhere that reaches in through a browser here.
    if (!this.#isOurName(request)) return plain(403, "unknown host");
    const [, room = "", key = "", name = ""] = new URL(request.url ?? "/", this.#site.origin).pathname.split("/");
    const authorization = request.headers.authorization ?? "";
    if (room === "files-pri" && request.method === "GET") {
      const file = this.world.files.get(key);
      if (!this.#api.mayReadFiles(authorization)) return plain(403, "files:read is needed");
      return file?.bytes === undefined ? plain(404, "no such file") : { ...plain(200, ""), bytes: file.bytes };
    }
    if (request.method !== "POST") return plain(404, "");
    const body = await bodyOf(request);
    if (room === "api") return this.#api.answer(key, await fieldsOf(request, body), authorization);
    if (room === "response") return respond(this.#site, key, await fieldsOf(request, body));
    if (room === "upload") return this.#store(name, await uploadOf(request, body));
    return plain(404, "");
  }

  #isOurName(request: IncomingMessage): boolean {
    const { host } = new URL(this.#site.origin);
    return [host, host.replace("127.0.0.1", "localhost")].includes(request.headers.host ?? "");
  }

  /** Takes the bytes of an announced upload, once, if they are as many as announced. */
  #store(ticket: string, bytes: Buffer): Answer {
    const file: SlackFile | undefined = this.world.files.get(this.#site.uploads.get(ticket) ?? "");
    if (file === undefined || file.bytes !== undefined) return plain(404, "no such upload");
    if (bytes.length !== file.size) return plain(400, `announced ${file.size} bytes, got ${bytes.length}`);
    file.bytes = bytes;
    return plain(200, `OK - ${bytes.length}`);
  }
}

function plain(status: number, body: string): Answer {
  return { status, headers: { "content-type": "text/plain" }, body };
}

function send(response: ServerResponse, { status, headers, body, bytes }: Answer & { readonly bytes?: Buffer }): void {
  response.writeHead(status, headers).end(bytes ?? body);
}

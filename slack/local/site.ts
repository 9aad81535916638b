import type { Manifest } from "../manifest.ts";
import type { Delivery } from "./delivery.ts";
import type { Expiring } from "./expiring.ts";
import type { Settings } from "./settings.ts";
import type { Sockets } from "./sockets.ts";
import type { Views } from "./views.ts";
import type { Message, World } from "./world.ts";

/** Where a `response_url` leads, and which message it may replace. */
export interface ResponseTarget {
  readonly channelId: string;
  readonly userId: string;
  readonly threadTs?: string | undefined;
  readonly message?: Message | undefined;
}

/** Everything that the methods, the addresses and the people of one local workspace share. */
export interface Site {
  readonly world: World;
  readonly settings: Settings;
  readonly manifest: Manifest;
  readonly scopes: ReadonlySet<string>;
  readonly views: Views;
  readonly triggers: Expiring<string>;
  readonly responses: Expiring<ResponseTarget>;
  readonly uploads: Map<string, string>;
  readonly delivery: Delivery;
  readonly sockets: Sockets;
  /** `http://127.0.0.1:port`. */
  readonly origin: string;
}

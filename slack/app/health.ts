import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Metrics } from "./metrics.ts";

export interface HealthSetting {
  host: string;
  /** 0 takes a free one. */
  port: number;
  metrics: Metrics;
  /** What keeps us from working; undefined where nothing does. */
  unready(): Promise<string | undefined>;
}

export interface Health {
  port: number;
  close(): Promise<void>;
}

/** For whoever watches over the process, on a port of its own: Slack's public one shows none of it. */
export async function openHealth({ host, port, metrics, unready }: HealthSetting): Promise<Health> {
  const pages: Readonly<Record<string, () => Promise<{ status: number; type: string; body: string }>>> = {
    // That this is answered at all says that the process lives.
    "/healthz": async () => ({ status: 200, type: "text/plain", body: "ok\n" }),
    "/readyz": async () => {
      const why = await unready().catch(() => "the database does not answer");
      return { status: why === undefined ? 200 : 503, type: "text/plain", body: `${why ?? "ok"}\n` };
    },
    "/metrics": async () => ({ status: 200, type: metrics.contentType, body: await metrics.text() }),
  };
  const server = createServer(async (request, response) => {
    const page = request.method === "GET" ? pages[new URL(request.url ?? "/", "http://local").pathname] : undefined;
    if (!page) return void response.writeHead(404).end();
    try {
      const { status, type, body } = await page();
      response.writeHead(status, { "content-type": type }).end(body);
    } catch {
      response.writeHead(500).end();
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

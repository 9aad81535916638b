import { randomInt, randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AdvisorError } from "../../src/index.ts";

const PORTS = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;
type Port = (typeof PORTS)[number];

/** What Jupyter writes for a kernel: where to listen, and the key that signs messages. */
export interface ConnectionInfo extends Record<Port, number> {
  ip: string;
  transport: string;
  key: string;
  signature_scheme: string;
}

export function readConnectionFile(path: string): ConnectionInfo {
  const refuse = (why: string, cause?: unknown): AdvisorError =>
    new AdvisorError(
      "invalid-input",
      `Cannot use the connection file "${path}": ${why}`,
      "Jupyter starts this program and names the file; by hand there is no need to.",
      cause,
    );
  let info: Partial<ConnectionInfo>;
  try {
    info = JSON.parse(readFileSync(path, "utf8")) as Partial<ConnectionInfo>;
  } catch (cause) {
    throw refuse("it cannot be read as JSON", cause);
  }
  if (info.transport !== "tcp") throw refuse(`the transport is "${info.transport}", expected "tcp"`);
  if (info.signature_scheme !== "hmac-sha256")
    throw refuse(`the signature scheme is "${info.signature_scheme}", expected "hmac-sha256"`);
  for (const port of PORTS) if (!Number.isInteger(info[port])) throw refuse(`${port} is missing`);
  return { ...info, ip: info.ip ?? "127.0.0.1", key: info.key ?? "" } as ConnectionInfo;
}

export interface InnerFile {
  path: string;
  info: ConnectionInfo;
  /** Deletes the file and its folder. */
  remove(): void;
}

/** The file for the kernel underneath: free ports on this machine alone, the same key, readable by nobody else. */
export async function writeInnerFile(key: string): Promise<InnerFile> {
  const ports = await freePorts(PORTS.length);
  const info: ConnectionInfo = {
    transport: "tcp",
    ip: "127.0.0.1",
    key,
    signature_scheme: "hmac-sha256",
    ...(Object.fromEntries(PORTS.map((name, at) => [name, ports[at]!])) as Record<Port, number>),
  };
  const folder = mkdtempSync(join(tmpdir(), "ml-architect-kernel-"));
  const path = join(folder, `kernel-${randomUUID()}.json`);
  writeFileSync(path, JSON.stringify({ ...info, kernel_name: "" }), { mode: 0o600 });
  return { path, info, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/**
 * From below those that systems hand out to whoever asks for any (32768 and up on Linux, 49152 elsewhere): between our
 * letting go of one and the kernel's taking it, nobody is given it by chance.
 */
const [FIRST_PORT, END_PORT] = [20_000, 32_000];

/** Free at the same time, so that no two are equal. */
async function freePorts(count: number): Promise<number[]> {
  const held = new Map<number, Server>();
  while (held.size < count) {
    const port = randomInt(FIRST_PORT, END_PORT);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve, reject) => {
      server
        .once("error", (error: NodeJS.ErrnoException) => (error.code === "EADDRINUSE" ? resolve(false) : reject(error)))
        .listen(port, "127.0.0.1", () => resolve(true));
    });
    if (isFree) held.set(port, server);
  }
  await Promise.all([...held.values()].map((server) => new Promise((resolve) => server.close(resolve))));
  return [...held.keys()];
}

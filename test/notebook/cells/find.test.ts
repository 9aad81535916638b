import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PlannedCell } from "../../../notebook/cells/cell.ts";
import { placeInFile } from "../../../notebook/cells/contents.ts";
import { type Found, findNotebook } from "../../../notebook/cells/find.ts";

const KERNEL = "11111111-2222-3333-4444-555555555555";
const CELL: PlannedCell = { id: "config", kind: "code", source: "x", step: 0, planHash: "a".repeat(64) };
const ALIVE = process.pid;

let runtime: string;
let opened: Server[];
beforeEach(() => {
  runtime = join(mkdtempSync(join(tmpdir(), "ml-architect find ü ")), "runtime");
  mkdirSync(runtime);
  opened = [];
});
afterEach(async () => {
  for (const server of opened) await new Promise((resolve) => server.close(resolve));
  rmSync(join(runtime, ".."), { recursive: true, force: true });
});

/** A server of our own, where the real one cannot be made to misbehave. */
async function listen(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  opened.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}
const json = (response: ServerResponse, value: unknown): void => void response.end(JSON.stringify(value));
const sessions = [{ path: "a.ipynb", type: "notebook", kernel: { id: KERNEL, connections: 2 } }];
const known = (name: string, file: object): void =>
  writeFileSync(join(runtime, name), JSON.stringify({ pid: ALIVE, password: false, base_url: "/", ...file }));
const find = (env: NodeJS.ProcessEnv = {}) => findNotebook(join(runtime, `kernel-${KERNEL}.json`), env);
const reason = async (env?: NodeJS.ProcessEnv): Promise<string> => ((await find(env)) as { reason: string }).reason;

test("the notebook is the one whose session has the kernel of our connection file; the server gets its own token", async () => {
  const seen: (string | undefined)[] = [];
  const url = await listen((request, response) => {
    seen.push(request.headers.authorization);
    json(response, sessions);
  });
  known("jpserver-1.json", { url, token: "t0k3n" });
  expect(await find()).toMatchObject({ path: "a.ipynb", connections: 2 });
  expect(seen).toEqual(["token t0k3n"]);
});

test("a classic server's file is read too, and the drive of shared documents is no part of the path", async () => {
  const url = await listen((_, response) =>
    json(response, [{ notebook: { path: "RTC:folder/a.ipynb" }, kernel: { id: KERNEL } }]),
  );
  known("nbserver-1.json", { url, token: "t" });
  expect(await find()).toMatchObject({ path: "folder/a.ipynb", connections: 0 });
});

test("a server that has ended is not asked, and a torn file stops nobody", async () => {
  let asked = 0;
  const url = await listen((_, response) => {
    asked += 1;
    json(response, sessions);
  });
  known("jpserver-1.json", { url, token: "t", pid: 2 ** 30 });
  writeFileSync(join(runtime, "jpserver-2.json"), '{"url":');
  expect(await reason()).toContain('"jpserver-2.json" cannot be read');
  expect(asked).toBe(0);
  known("jpserver-3.json", { url, token: "t" });
  expect(await find()).toMatchObject({ path: "a.ipynb" });
});

test("a token is never sent on: not along a redirect, not to another host", async () => {
  let stolen = 0;
  const elsewhere = await listen((_, response) => {
    stolen += 1;
    json(response, sessions);
  });
  const url = await listen((_, response) => response.writeHead(302, { location: `${elsewhere}api/sessions` }).end());
  known("jpserver-1.json", { url, token: "secret-token" });
  expect(await reason()).toContain("its token is not sent on");
  expect(stolen).toBe(0);
  known("jpserver-1.json", { url: "http://example.com:8888/", token: "secret-token" });
  expect(await reason()).toContain("http://example.com:8888 is not this machine's");
  expect(await reason()).not.toContain("secret");
});

test("under JupyterHub the Hub's token is used, and only for the server that is ours", async () => {
  const seen: (string | undefined)[] = [];
  const url = await listen((request, response) => {
    seen.push(request.headers.authorization);
    json(response, sessions);
  });
  known("jpserver-1.json", { url: `${url}user/ada/`, token: "", base_url: "/user/ada/" });
  const hub = { JUPYTERHUB_API_TOKEN: "hub", JUPYTERHUB_SERVICE_PREFIX: "/user/ada/" };
  expect(await find(hub)).toMatchObject({ path: "a.ipynb" });
  await find({ ...hub, JUPYTERHUB_SERVICE_PREFIX: "/user/bob/" });
  expect(seen).toEqual(["token hub", undefined]);
});

test.each([
  [{ token: "", password: true }, "asks for a password and has no token; start it with one: --IdentityProvider.token="],
  [{ token: "", password: false }, "gave us no token"],
  [{ token: "old", password: true }, "refuses its own token (403)"],
])("a server that will not let us in is told: %j", async (file, told) => {
  const url = await listen((_, response) => response.writeHead(403).end("<html>Log in</html>"));
  known("jpserver-1.json", { url, ...file });
  expect(await reason()).toContain(told);
});

test("a kernel that no server knows, or that none started, is told", async () => {
  expect(await reason()).toBe("no running Jupyter server knows this kernel");
  expect(await findNotebook("/nowhere/connection.json", {})).toEqual({
    reason: "this kernel was not started by a Jupyter server",
  });
});

test("a notebook that somebody saves between our reading and our writing is refused, and not written", async () => {
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [{ id: "a", source: "me", metadata: {} }] };
  for (const changed of ["hash", "last_modified"]) {
    let reads = 0;
    const methods: string[] = [];
    const url = await listen((request, response) => {
      methods.push(request.method!);
      if (request.url!.startsWith("/api/sessions")) return json(response, sessions);
      reads += 1;
      json(response, { content: notebook, last_modified: "1", hash: "1", ...(reads > 1 ? { [changed]: "2" } : {}) });
    });
    known("jpserver-1.json", { url, token: "t" });
    const found = (await find()) as Found;
    const written = placeInFile(
      found,
      [CELL],
      { id: "a", text: "me" },
      { dryRun: false, signal: AbortSignal.timeout(9e3) },
    );
    await expect(written).rejects.toThrow('"a.ipynb" was saved by somebody else meanwhile: nothing was written');
    expect(methods).not.toContain("PUT");
  }
});

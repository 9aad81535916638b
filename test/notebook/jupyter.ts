import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import { cleanEnvironment } from "../../scripts/python-environment.mjs";
import { run } from "../cli/run.ts";
import { PYTHON } from "./python.ts";

/** A real Jupyter server in a folder of its own, with our kernels installed. */
export interface Jupyter {
  /** Where its notebooks lie. */
  folder: string;
  url: string;
  token: string;
  runtime: string;
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: Json }>;
  log(): string;
  end(): Promise<void>;
}

/** What an interface answers; a test that expects another shape fails where it reads it. */
// biome-ignore lint/suspicious/noExplicitAny: answers of a server that is not ours
type Json = any;

export interface SavedCell {
  id: string;
  source: string;
  metadata: Record<string, unknown>;
  outputs: unknown[];
}

export interface JupyterOptions {
  kernels?: string[];
  collaboration?: boolean;
  args?: string[];
  /** Shared with another server. */
  runtime?: string;
  env?: Record<string, string>;
}

/** What jupyter-collaboration brings to the server and to the page, to be left out where it is not meant. */
const SERVER_EXTENSIONS = ["jupyter_server_ydoc", "jupyter_server_fileid"];
const PAGE_EXTENSIONS = ["@jupyter/collaboration-extension", "@jupyter/docprovider-extension"];

export async function startJupyter(options: JupyterOptions = {}): Promise<Jupyter> {
  const base = mkdtempSync(join(tmpdir(), "ml-architect jupyter ü "));
  const folder = join(base, "notebooks");
  const config = join(base, "config");
  const runtime = options.runtime ?? join(base, "runtime");
  for (const each of [folder, join(config, "labconfig"), runtime]) mkdirSync(each, { recursive: true });
  for (const kernel of options.kernels ?? ["deno"]) {
    const installed = await run(["notebook", "install", "--kernel", kernel, "--prefix", base]);
    if (installed.code !== 0) throw new Error(installed.stderr);
  }
  const disabled = <T>(names: string[], value: T) => Object.fromEntries(names.map((name) => [name, value]));
  writeFileSync(
    join(config, "jupyter_server_config.json"),
    JSON.stringify({
      ServerApp: { jpserver_extensions: options.collaboration ? {} : disabled(SERVER_EXTENSIONS, false) },
    }),
  );
  writeFileSync(
    join(config, "labconfig", "page_config.json"),
    JSON.stringify({ disabledExtensions: options.collaboration ? {} : disabled(PAGE_EXTENSIONS, true) }),
  );
  // Every cell stays in the page, also those out of sight.
  setting(join(base, "settings"), "notebook-extension", "tracker", { windowingMode: "none" });
  setting(join(base, "settings"), "apputils-extension", "notification", { fetchNews: "false", checkForUpdates: false });
  const before = new Set(serverFiles(runtime));
  const server = spawn(
    PYTHON!,
    [
      "-m",
      "jupyterlab",
      "--no-browser",
      "--allow-root",
      "--port=0",
      "--ServerApp.port_retries=0",
      // Tests read what stands in cells from the page's own model.
      "--LabApp.expose_app_in_browser=True",
      "--JupyterNotebookApp.expose_app_in_browser=True",
      ...(options.args ?? []),
    ],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: cleanEnvironment({
        JUPYTER_PATH: join(base, "share", "jupyter"),
        JUPYTER_DATA_DIR: join(base, "data"),
        JUPYTER_RUNTIME_DIR: runtime,
        JUPYTER_CONFIG_DIR: config,
        JUPYTERLAB_SETTINGS_DIR: join(base, "settings"),
        JUPYTERLAB_WORKSPACES_DIR: join(base, "workspaces"),
        XDG_CONFIG_HOME: join(base, "no-configuration"),
        NO_COLOR: "1",
        ...options.env,
      }),
    },
  );
  let said = "";
  for (const stream of [server.stdout, server.stderr]) stream.on("data", (data) => (said += data));
  const end = async (): Promise<void> => {
    await stopped(server);
    rmSync(base, { recursive: true, force: true, maxRetries: 20 });
  };
  try {
    const info = await written(server, runtime, before, () => said);
    const ask: Jupyter["ask"] = async (method, path, body) => {
      const response = await fetch(new URL(path, info.url), {
        method,
        headers: { authorization: `token ${info.token}`, "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text };
    };
    return { folder, url: info.url, token: info.token, runtime, ask, log: () => said, end };
  } catch (error) {
    await end();
    throw error;
  }
}

function setting(folder: string, extension: string, name: string, value: object): void {
  const at = join(folder, "@jupyterlab", extension);
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, `${name}.jupyterlab-settings`), JSON.stringify(value));
}

const serverFiles = (runtime: string): string[] =>
  readdirSync(runtime).filter((name) => /^jpserver-\d+\.json$/.test(name));

/** What a starting server says of itself; undefined where its file, which Jupyter writes in place, is not whole yet. */
export function saidOfItself<T>(file: string): T | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as T;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

async function written(server: ChildProcess, runtime: string, before: Set<string>, said: () => string) {
  for (const deadline = Date.now() + 180_000; Date.now() < deadline; ) {
    if (server.exitCode !== null) throw new Error(`Jupyter ended: ${said()}`);
    const name = serverFiles(runtime).find((each) => !before.has(each));
    const info = name && saidOfItself<{ url: string; token: string }>(join(runtime, name));
    if (info) {
      const there = await fetch(new URL("api", info.url)).then(
        (response) => response.ok,
        () => false,
      );
      if (there) return info;
    }
    await sleep(100);
  }
  throw new Error(`Jupyter did not start: ${said()}`);
}

async function stopped(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  const kill = setTimeout(() => server.kill("SIGKILL"), 60_000);
  await ended;
  clearTimeout(kill);
}

export interface Code {
  id: string;
  text: string;
}

/** A notebook of nbformat 4.5 with these code cells. */
export const notebookOf = (cells: readonly Code[], kernel = "ml-architect-deno") => ({
  cells: cells.map(({ id, text }) => ({
    id,
    cell_type: "code",
    source: text,
    metadata: {},
    outputs: [],
    execution_count: null,
  })),
  metadata: { kernelspec: { name: kernel, display_name: kernel, language: "typescript" } },
  nbformat: 4,
  nbformat_minor: 5,
});

interface Executed {
  status: string;
  evalue?: string;
  payload: { source: string; text: string; replace: boolean }[];
  displays: Record<string, Json>[];
}

/** A kernel of a notebook, spoken to through the server as a page does. */
export interface Session {
  id: string;
  kernelId: string;
  execute(cell: Code): Promise<Executed>;
  /** As a window that is closed. */
  close(): Promise<void>;
}

export async function openSession(jupyter: Jupyter, path: string, kernel = "ml-architect-deno"): Promise<Session> {
  const { status, body } = await jupyter.ask("POST", "api/sessions", {
    path,
    name: path,
    type: "notebook",
    kernel: { name: kernel },
  });
  if (status !== 201) throw new Error(JSON.stringify(body));
  const kernelId: string = body.kernel.id;
  const url = new URL(`api/kernels/${kernelId}/channels`, jupyter.url);
  url.protocol = "ws:";
  const socket = new WebSocket(url, { headers: { authorization: `token ${jupyter.token}` } });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const heard: Json[] = [];
  socket.on("message", (data) => heard.push(JSON.parse(String(data))));
  return {
    id: body.id,
    kernelId,
    async execute({ id, text }) {
      const msgId = randomUUID();
      const header = {
        msg_id: msgId,
        msg_type: "execute_request",
        username: "",
        session: "s",
        version: "5.3",
        date: "",
      };
      const content = { code: text, silent: false, store_history: true, user_expressions: {}, allow_stdin: false };
      const metadata = { cellId: id };
      socket.send(JSON.stringify({ header, parent_header: {}, metadata, content, channel: "shell", buffers: [] }));
      for (const deadline = Date.now() + 240_000; Date.now() < deadline; ) {
        const mine = heard.filter((m) => m.parent_header?.msg_id === msgId);
        const reply = mine.find((m) => m.msg_type === "execute_reply" || m.header?.msg_type === "execute_reply");
        const idle = mine.some((m) => m.content?.execution_state === "idle");
        if (reply && idle)
          return {
            status: reply.content.status,
            evalue: reply.content.evalue,
            payload: reply.content.payload ?? [],
            displays: mine
              .filter((m) => /display_data$/.test(m.header.msg_type))
              .map((m) => m.content.data as Record<string, Json>),
          };
        await sleep(50);
      }
      throw new Error(`no answer to ${text}`);
    },
    async close() {
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.close();
      await closed;
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
        const { body: session } = await jupyter.ask("GET", `api/sessions/${body.id}`);
        if (!session.kernel?.connections) return;
        await sleep(100);
      }
      throw new Error("the server still counts a window that was closed");
    },
  };
}

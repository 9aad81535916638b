import { request } from "node:http";
import { zipSync } from "fflate";
import { expect, onTestFinished, test } from "vitest";
import { type Playground, startPlayground } from "../../../slack/playground/playground.ts";
import { previewInside, previewOf } from "../../../slack/playground/preview.ts";
import type { Update } from "../../../slack/playground/protocol.ts";
import { MANIFEST } from "../local/apps.ts";

async function start(): Promise<Playground> {
  const playground = await startPlayground(MANIFEST);
  onTestFinished(() => playground.close());
  return playground;
}

/** What a browser would not let one write: any Host, any Origin. */
function raw(url: string, path: string, headers: Record<string, string>, body?: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const method = body === undefined ? "GET" : "POST";
    request({ hostname, port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on("error", reject)
      .end(body);
  });
}

const doing = (as: string, what: object): string => JSON.stringify({ as, doing: what });

async function does({ url, people }: Playground, what: object, at = 0): Promise<{ failed?: string }> {
  const { origin } = new URL(url);
  const response = await fetch(`${url}do`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: doing(people[at]!.user.id, what),
  });
  return (await response.json()) as { failed?: string };
}

/** The first thing that a page is told. */
async function firstUpdate({ url, people }: Playground, at: number): Promise<Update> {
  const stop = new AbortController();
  const response = await fetch(`${url}feed?as=${people[at]!.user.id}`, { signal: stop.signal });
  let text = "";
  for await (const bytes of response.body!) {
    text += Buffer.from(bytes).toString();
    if (text.includes("\n\n")) break;
  }
  stop.abort();
  return JSON.parse(text.slice("data: ".length)) as Update;
}

test("another name for this address, or a page of another origin, gets nothing and does nothing", async () => {
  const playground = await start();
  const { url, people, slack } = playground;
  const { host, origin } = new URL(url);
  const room = [...slack.world.channels.keys()][0]!;
  const say = doing(people[0]!.user.id, { type: "say", room, text: "hello" });
  const json = { "content-type": "application/json" };
  expect(await raw(url, "/", { host: "evil.example" })).toBe(403);
  expect(await raw(url, "/feed", { host: "evil.example" })).toBe(403);
  expect(await raw(url, "/do", { host, ...json, origin: "https://evil.example" }, say)).toBe(403);
  expect(await raw(url, "/do", { host, ...json }, say)).toBe(403);
  expect(await raw(url, "/do", { host, origin, "content-type": "text/plain" }, say)).toBe(415);
  expect(slack.world.channels.get(room)!.messages).toEqual([]);
  expect(await raw(url, "/do", { host, origin, ...json }, say)).toBe(200);
  expect(slack.world.channels.get(room)!.messages.map((m) => m.text)).toEqual(["hello"]);
});

test("every answer carries the policy, and the page's files are the only ones that are served", async () => {
  const { url } = await start();
  const response = await fetch(url);
  const policy = response.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("require-trusted-types-for 'script'");
  expect(policy).not.toContain("unsafe");
  expect(await response.text()).not.toMatch(/ style=| onclick=/);
  for (const path of [
    "page/main.js",
    "page/blocks/block.js",
    "public/page.css",
    "library/lit-html/directives/repeat.js",
  ])
    expect((await fetch(url + path)).status, path).toBe(200);
  const { host } = new URL(url);
  for (const path of [
    "/page/../main.js",
    "/page/%2e%2e/main.js",
    "/public/../../package.json",
    "/library/ws/index.js",
    "/library/lit-html/../../package.js",
    "/package.json",
    "//etc/passwd.js",
  ])
    expect(await raw(url, path, { host }), path).toBe(404);
});

test("a file is shown as a picture or saved, never opened as a page", async () => {
  const playground = await start();
  const [ada] = playground.people as [Playground["people"][number]];
  const [room] = [...playground.slack.world.channels.values()] as [never];
  const page = Buffer.from("<script>alert(1)</script>");
  const [html, png] = ada.say(room, "", {
    files: [
      { name: "report.html", bytes: page },
      { name: "memory.png", bytes: page },
    ],
  }).files;
  const get = (id: string, part: string): Promise<Response> => fetch(`${playground.url}file/${id}${part}`);
  const saved = await get(html!.id, "");
  expect(saved.headers.get("content-type")).toBe("application/octet-stream");
  expect(saved.headers.get("content-disposition")).toBe("attachment");
  expect(saved.headers.get("x-content-type-options")).toBe("nosniff");
  expect((await get(html!.id, "/picture")).headers.get("content-type")).toBe("application/octet-stream");
  expect((await get(png!.id, "/picture")).headers.get("content-type")).toBe("image/png");
});

test("a person is told of the rooms that they may see, and an ephemeral message is for one", async () => {
  const playground = await start();
  const { slack, people } = playground;
  const [room] = [...slack.world.channels.values()];
  const { world } = slack;
  world.post(room!, {
    user: world.bot.id,
    team: world.team.id,
    isFromApp: true,
    text: "psst",
    visibleTo: people[0]!.user.id,
  });
  const [ada, alan] = [await firstUpdate(playground, 0), await firstUpdate(playground, 2)];
  expect(ada.seen.rooms.map((r) => r.name)).toContain("secret-model");
  expect(alan.seen.rooms.map((r) => r.name)).not.toContain("secret-model");
  expect(ada.changed.map((m) => m.text)).toEqual(["psst"]);
  expect(alan.changed).toEqual([]);
});

test("typed words are escaped and names become mentions; what Slack would refuse is said", async () => {
  const playground = await start();
  const { slack } = playground;
  const [room] = [...slack.world.channels.values()];
  expect(
    await does(playground, { type: "say", room: room!.id, text: "@Grace <!here> & more, a@grace.example" }),
  ).toEqual({});
  expect(room!.messages.at(-1)!.text).toBe(
    `<@${playground.people[1]!.user.id}> &lt;!here&gt; &amp; more, a@grace.example`,
  );
  const { failed } = await does(playground, { type: "say", room: room!.id, text: "/no-such-command x" });
  expect(failed).toBe("/no-such-command is not a valid command");
  const secret = [...slack.world.channels.values()].find((c) => c.kind === "private")!;
  expect((await does(playground, { type: "say", room: secret.id, text: "hi" }, 2)).failed).toContain("alan is not in");
  expect((await does(playground, { type: "say" })).failed).toMatch(/expected string/);
  expect((await does(playground, { type: "stop", room: room!.id, ts: "1.2" })).failed).toBe("that message is gone");
});

test("a file dropped into a thread arrives whole", async () => {
  const playground = await start();
  const { slack } = playground;
  const [room] = [...slack.world.channels.values()];
  const bytes = Buffer.from([0, 1, 254, 255]);
  const files = [{ name: "config.yaml", base64: bytes.toString("base64") }];
  expect(await does(playground, { type: "say", room: room!.id, text: "", files })).toEqual({});
  expect(room!.messages.at(-1)!.files[0]!.bytes).toEqual(bytes);
});

test("an archive is listed and a file of it read; a notebook shows its cells; broken ones show nothing", () => {
  const readme = new TextEncoder().encode("# Support LLM\n");
  const zip = zipSync({
    "README.md": readme,
    "src/train.py": new Uint8Array(3),
    "weights.bin": new Uint8Array(400_000),
  });
  expect(previewOf("project.zip", zip)).toEqual({
    kind: "archive",
    files: [
      { path: "README.md", size: 14 },
      { path: "src/train.py", size: 3 },
      { path: "weights.bin", size: 400_000 },
    ],
  });
  expect(previewInside(zip, "README.md")).toEqual({ kind: "text", text: "# Support LLM\n" });
  expect(previewInside(zip, "weights.bin")).toEqual({ kind: "none" });
  const notebook = JSON.stringify({ cells: [{ cell_type: "code", source: ["import torch\n", "torch.cuda"] }] });
  expect(previewOf("plan.ipynb", Buffer.from(notebook))).toEqual({
    kind: "notebook",
    cells: [{ type: "code", source: "import torch\ntorch.cuda" }],
  });
  for (const name of ["broken.zip", "broken.ipynb", "weights.bin"])
    expect(previewOf(name, Buffer.from("nonsense"))).toEqual({ kind: "none" });
});

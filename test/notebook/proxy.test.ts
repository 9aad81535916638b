import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readConnectionFile, writeInnerFile } from "../../notebook/proxy/connection-file.ts";
import { DIALECTS } from "../../notebook/proxy/dialect.ts";
import { Question } from "../../notebook/proxy/question.ts";
import { Run } from "../../notebook/proxy/run.ts";
import { compose, type Message } from "../../notebook/wire/message.ts";

const stream = (text: string, name = "stdout"): Message => compose("s", "stream", { name, text });
const status = (state: string): Message => compose("s", "status", { execution_state: state });
const reply = compose("s", "execute_reply", { status: "ok" });

describe("when a cell is over", () => {
  test.each([
    ["reply, then idle", ["reply", "idle"]],
    ["idle, then reply, as Deno does", ["idle", "reply"]],
  ])("%s", async (_, order) => {
    const run = new Run("1");
    run.published(status("busy"));
    run.published(stream("x"));
    for (const step of order) step === "reply" ? run.replied(reply) : run.published(status("idle"));
    expect(await run.over).toBe(reply);
    expect(run.printed).toBe(true);
  });

  test("a kernel that loses its idle is taken as idle a second after its reply", async () => {
    const run = new Run("1");
    const from = performance.now();
    run.replied(reply);
    expect(await run.over).toBe(reply);
    expect(performance.now() - from).toBeGreaterThan(900);
  });

  test("a cell whose kernel is gone is over without a reply", async () => {
    const run = new Run("1");
    run.abandon();
    expect(await run.over).toBeUndefined();
  });
});

describe("a question to the kernel", () => {
  test("is answered by the line after its mark, however it is cut; what stood before belongs to the cell before", async () => {
    const question = new Question("mark:");
    expect(question.heard(stream("late print\n")).map(({ content }) => content.text)).toEqual(["late print\n"]);
    expect(question.heard(stream('tail mark:{"va')).map(({ content }) => content.text)).toEqual(["tail "]);
    expect(question.heard(stream('lue":1}\n'))).toEqual([]);
    expect(question.heard(stream("after\n")).length).toBe(1);
    expect(await question.answer()).toBe('{"value":1}');
  });

  test("keeps what stderr says as the reason that it failed, and lets displays through", () => {
    const question = new Question("mark:");
    expect(question.heard(stream("Cannot find name 'x'.\n", "stderr"))).toEqual([]);
    expect(question.error).toBe("Cannot find name 'x'.\n");
    expect(question.heard(compose("s", "display_data", {})).length).toBe(1);
  });

  test("is not waited for longer than a second of silence", async () => {
    expect(await new Question("mark:").answer()).toBe("");
  });
});

describe("what tslab says, as Jupyter says it", () => {
  const { failureFrom, reply: normalised } = DIALECTS.tslab;
  test.each([
    ['evalmachine.<anonymous>:3\nthrow new Error("boom");\n^\n\nError: boom\n    at x:3:7\n', "Error", "boom"],
    [
      "1:7 - Type 'string' is not assignable to type 'number'.\n",
      "TypeScriptError",
      "Type 'string' is not assignable to type 'number'.",
    ],
    ["RangeError: too: far\n    at y", "RangeError", "too: far"],
    ["", "Error", ""],
  ])("%j is %s: %s", (stderr, ename, evalue) => {
    expect(failureFrom(stderr)).toMatchObject({ ename, evalue });
  });

  test("abort is aborted, a reply without status is ok, and comm_info has its own type", () => {
    const of = (type: string, content: Record<string, unknown>) => normalised(compose("s", type, content));
    expect(of("execute_reply", { status: "abort" }).content.status).toBe("aborted");
    expect(of("kernel_info_reply", {}).content.status).toBe("ok");
    expect(of("complete_reply", { comms: {} }).header.msg_type).toBe("comm_info_reply");
    expect(of("complete_reply", { matches: [] }).header.msg_type).toBe("complete_reply");
  });
});

describe("connection files", () => {
  test.each([
    [{ transport: "ipc" }, 'the transport is "ipc", expected "tcp"'],
    [{ transport: "tcp", signature_scheme: "hmac-md5" }, 'the signature scheme is "hmac-md5"'],
    [{ transport: "tcp", signature_scheme: "hmac-sha256", shell_port: 1 }, "iopub_port is missing"],
  ])("%j is refused: %s", (info, message) => {
    const folder = mkdtempSync(join(tmpdir(), "ml-architect-connection-"));
    try {
      const path = join(folder, "kernel.json");
      writeFileSync(path, JSON.stringify(info));
      expect(() => readConnectionFile(path)).toThrow(message);
      writeFileSync(path, "{");
      expect(() => readConnectionFile(path)).toThrow("cannot be read as JSON");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("the inner one has the same key, five ports of its own on this machine, and is nobody else's to read", async () => {
    const file = await writeInnerFile("key");
    const info = readConnectionFile(file.path);
    expect(info).toMatchObject({ ip: "127.0.0.1", key: "key" });
    const ports = [info.shell_port, info.iopub_port, info.stdin_port, info.control_port, info.hb_port];
    expect(new Set(ports).size).toBe(5);
    if (process.platform !== "win32") expect(statSync(file.path).mode & 0o777).toBe(0o600);
    file.remove();
    expect(existsSync(file.path)).toBe(false);
  });
});

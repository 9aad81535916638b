import type { ModalView } from "@slack/types";
import { expect, test } from "vitest";
import { client, eventually, FORM, socketApp, startSlack } from "./apps.ts";

const errorOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "taken",
    (e: { data?: { error: string } }) => e.data?.error ?? String(e),
  );

test("a stream shows its plan, its tasks and its text, and ends with buttons", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const root = ada.say(ml, "fine-tune an 8B");
  const stream = client(slack).chatStream({
    channel: ml.id,
    thread_ts: root.ts,
    recipient_user_id: ada.user.id,
    recipient_team_id: slack.world.team.id,
    task_display_mode: "plan",
    buffer_size: 1,
  });
  const task = { type: "task_update" as const, id: "memory", title: "Estimate memory" };
  await stream.append({
    chunks: [
      { type: "plan_update", title: "Designing" },
      { ...task, status: "in_progress" },
    ],
  });
  const message = ada.seesThread(root)[1]!;
  expect(message.blocks).toMatchObject([
    { type: "plan", title: "Designing", tasks: [{ type: "task_card", task_id: "memory", status: "in_progress" }] },
  ]);
  expect(message.stream?.state).toBe("in_progress");
  await stream.append({ chunks: [{ ...task, status: "complete", output: "17 GiB" }] });
  await stream.append({ markdown_text: "**QLoRA** on " });
  await stream.append({ markdown_text: "one RTX 4090" });
  const button = { type: "button", action_id: "zip", text: { type: "plain_text", text: "Zip" } };
  await stream.stop({ blocks: [{ type: "actions", elements: [button] }] as never });
  expect(message.stream?.state).toBe("completed");
  expect(message.text).toBe("**QLoRA** on one RTX 4090");
  expect(message.blocks.map((b) => b.type)).toEqual(["plan", "markdown", "actions"]);
  expect(message.blocks[0]).toMatchObject({ tasks: [{ status: "complete", output: "17 GiB" }] });
});

test("in a channel a stream names its reader; in a direct message it need not", async () => {
  const slack = await startSlack();
  const web = client(slack);
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const [inChannel, inDirect] = [ada.say(ml, "x"), ada.say(ada.directMessage, "x")];
  const start = (channel: string, thread_ts: string) => errorOf(web.chat.startStream({ channel, thread_ts }));
  expect(await start(ml.id, inChannel.ts)).toBe("missing_recipient_user_id");
  expect(await start(ada.directMessage.id, inDirect.ts)).toBe("taken");
});

test("a stream that idles ends by itself: appending is refused, updating finishes the message", async () => {
  const streaming = async (settings: Parameters<typeof startSlack>[0]) => {
    const slack = await startSlack(settings);
    const web = client(slack);
    const ada = slack.person("ada");
    const dm = ada.directMessage;
    const root = ada.say(dm, "x");
    const { ts } = await web.chat.startStream({ channel: dm.id, thread_ts: root.ts, markdown_text: "thinking" });
    return {
      append: () => errorOf(web.chat.appendStream({ channel: dm.id, ts: ts!, markdown_text: "more" })),
      update: () => errorOf(web.chat.update({ channel: dm.id, ts: ts!, text: "the whole answer" })),
      shown: () => ada.seesThread(root)[1],
    };
  };
  expect(await (await streaming({ streamIdleMs: 60_000 })).update()).toBe("streaming_state_conflict");
  const idle = await streaming({ streamIdleMs: 1 });
  await new Promise((r) => setTimeout(r, 20));
  expect(await idle.append()).toBe("message_not_in_streaming_state");
  expect(await idle.update()).toBe("taken");
  expect(idle.shown()).toMatchObject({ text: "the whole answer", stream: { state: "expired" } });
});

test("a stream takes 12,000 characters in all, and nothing of a chunk that goes over", async () => {
  const slack = await startSlack();
  const web = client(slack);
  const ada = slack.person("ada");
  const channel = ada.directMessage.id;
  const root = ada.say(ada.directMessage, "x");
  const markdown_text = "x".repeat(12_000);
  const { ts } = await web.chat.startStream({ channel, thread_ts: root.ts, markdown_text });
  expect(await errorOf(web.chat.appendStream({ channel, ts: ts!, markdown_text: "y" }))).toBe("msg_too_long");
  expect(ada.seesThread(root)[1]!.text).toHaveLength(12_000);
});

test("a stream keeps the shape of its first call, and cannot be deleted while it runs", async () => {
  const slack = await startSlack();
  const web = client(slack);
  const ada = slack.person("ada");
  const channel = ada.directMessage.id;
  const { ts: thread_ts } = ada.say(ada.directMessage, "x");
  const text = await web.chat.startStream({ channel, thread_ts, markdown_text: "a" });
  const chunks = [{ type: "markdown_text" as const, text: "b" }];
  expect(await errorOf(web.chat.appendStream({ channel, ts: text.ts!, chunks }))).toBe("streaming_mode_mismatch");
  expect(await errorOf(web.chat.delete({ channel, ts: text.ts! }))).toBe("cant_delete_message");
  expect(await errorOf(web.chat.appendStream({ channel, ts: text.ts!, markdown_text: "b" }))).toBe("taken");
});

test("a stream that its reader stopped takes no more, and the app is told which", async () => {
  const slack = await startSlack();
  const web = client(slack);
  const ada = slack.person("ada");
  const dm = ada.directMessage;
  const root = ada.say(dm, "x");
  const told: string[][] = [];
  await socketApp(slack, (app) =>
    app.event("agent_session_stopped", async ({ event }) => void told.push(event.streaming_message_ts)),
  );
  const { ts } = await web.chat.startStream({ channel: dm.id, thread_ts: root.ts, markdown_text: "a" });
  ada.stop(root);
  expect(await errorOf(web.chat.appendStream({ channel: dm.id, ts: ts!, markdown_text: "b" }))).toBe("stopped_by_user");
  expect(await errorOf(web.chat.update({ channel: dm.id, ts: ts!, text: "Stopped" }))).toBe("taken");
  await eventually("the event", () => told.length === 1);
  expect(told).toEqual([[ts]]);
});

test("a file travels by its upload address into the thread, byte for byte", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const root = ada.say(ml, "zip please");
  const file = Buffer.from(Array.from({ length: 3000 }, (_, i) => i % 256));
  await client(slack).files.uploadV2({
    channel_id: ml.id,
    thread_ts: root.ts,
    initial_comment: "Here it is",
    file,
    filename: "project.zip",
    title: "The project",
  });
  const [, message] = ada.seesThread(root);
  expect(message).toMatchObject({ text: "Here it is", files: [{ name: "project.zip", title: "The project" }] });
  expect(message!.files[0]!.bytes!.equals(file)).toBe(true);
});

test("an upload of other bytes than announced, or none, is not shared", async () => {
  const slack = await startSlack();
  const web = client(slack);
  const ml = slack.channel("ml", [slack.person("ada")]);
  const { upload_url, file_id } = await web.files.getUploadURLExternal({ filename: "a.png", length: 5 });
  const complete = () => errorOf(web.files.completeUploadExternal({ files: [{ id: file_id! }], channel_id: ml.id }));
  expect((await fetch(upload_url!, { method: "POST", body: "too long" })).status).toBe(400);
  expect(await complete()).toBe("file_not_found");
  expect((await fetch(upload_url!, { method: "POST", body: "12345" })).status).toBe(200);
  expect(await complete()).toBe("taken");
});

test("a file that a person dropped is read with files:read and the token, by nobody else", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const urls: string[] = [];
  await socketApp(slack, (app) =>
    app.message(async ({ message }) => {
      for (const f of (message as { files?: { id: string }[] }).files ?? [])
        urls.push(`${slack.apiUrl.replace("/api/", "")}/files-pri/${f.id}/train.yaml`);
    }),
  );
  ada.say(ml, "my config", { files: [{ name: "train.yaml", bytes: Buffer.from("lr: 1e-4") }] });
  await eventually("the file", () => urls.length === 1);
  const read = (headers: Record<string, string>) => fetch(urls[0]!, { headers });
  expect(await (await read({ authorization: `Bearer ${slack.tokens.bot}` })).text()).toBe("lr: 1e-4");
  expect((await read({})).status).toBe(403);
});

test("a trigger opens one form, within its time", async () => {
  /** Opens the form with the trigger of a command, or with another. */
  const commanded = async (triggerMs: number) => {
    const slack = await startSlack({ triggerMs });
    const web = client(slack);
    const ada = slack.person("ada");
    let trigger = "";
    await socketApp(slack, (app) =>
      app.command("/ml-architect", async ({ ack, command }) => {
        trigger = command.trigger_id;
        await ack();
      }),
    );
    await ada.command(slack.channel("ml", [ada]), "/ml-architect");
    return (trigger_id = trigger) => errorOf(web.views.open({ trigger_id, view: FORM }));
  };
  const open = await commanded(60_000);
  expect(await open()).toBe("taken");
  expect(await open()).toBe("exchanged_trigger_id");
  expect(await open("made.up")).toBe("invalid_trigger_id");
  const late = await commanded(1);
  await new Promise((r) => setTimeout(r, 20));
  expect(await late()).toBe("expired_trigger_id");
});

test("a form is updated only on the version that was seen, and bad forms are refused", async () => {
  const slack = await startSlack();
  const web = client(slack);
  const ada = slack.person("ada");
  const view = { type: "home" as const, blocks: [] };
  const first = await web.views.publish({ user_id: ada.user.id, view });
  await web.views.publish({ user_id: ada.user.id, view, hash: first.view!.hash! });
  const stale = web.views.publish({ user_id: ada.user.id, view, hash: first.view!.hash! });
  expect(await errorOf(stale)).toBe("hash_conflict");
  const markdown = { type: "home" as const, blocks: [{ type: "markdown", text: "x" }] };
  expect(await errorOf(web.views.publish({ user_id: ada.user.id, view: markdown as never }))).toBe("invalid_arguments");
});

test("a session's status, a thread's status line and suggested prompts are kept where people see them", async () => {
  const slack = await startSlack();
  const web = client(slack);
  const ada = slack.person("ada");
  const dm = ada.directMessage;
  const root = ada.say(dm, "x");
  const thread = { channel_id: dm.id, thread_ts: root.ts };
  await web.agents.sessions.setStatus({ ...thread, status: "processing" });
  await web.assistant.threads.setStatus({ ...thread, status: "is designing…" });
  await web.assistant.threads.setSuggestedPrompts({
    channel_id: dm.id,
    prompts: [{ title: "Serve", message: "Serve a 7B" }],
  });
  const key = `${dm.id}/${root.ts}`;
  expect(slack.world.sessions.get(key)).toBe("processing");
  expect(slack.world.statuses.get(key)).toBe("is designing…");
  await web.chat.postMessage({ channel: dm.id, thread_ts: root.ts, text: "done" });
  expect(slack.world.statuses.has(key)).toBe(false);
  expect(await errorOf(web.agents.sessions.setStatus({ ...thread, status: "busy" }))).toBe("invalid_status");
});

test("forms stack three deep, a submission may push, replace or clear them, and closing is told where asked", async () => {
  const slack = await startSlack();
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const heard: string[] = [];
  const titled = (text: string): ModalView => ({ ...FORM, title: { type: "plain_text", text }, notify_on_close: true });
  const answers = [
    { response_action: "push", view: titled("two") },
    { response_action: "push", view: titled("three") },
    { response_action: "push", view: titled("four") },
    { response_action: "update", view: titled("three again") },
    { response_action: "clear" },
  ];
  await socketApp(slack, (app) => {
    app.command("/ml-architect", async ({ ack, client: web, command }) => {
      await ack();
      await web.views.open({ trigger_id: command.trigger_id, view: titled("one") });
    });
    app.view("design", async ({ ack }) => ack(answers.shift() as never));
    app.view({ callback_id: "design", type: "view_closed" }, async ({ ack, view }) => {
      heard.push(view.title.text);
      await ack();
    });
  });
  const title = () => (ada.modal?.fields.title as { text: string } | undefined)?.text;
  const submit = () => ada.submit({ budget_usd: "500" });
  await ada.command(ml, "/ml-architect");
  await slack.until("the form", () => ada.modal);
  await submit();
  await submit();
  expect(title()).toBe("three");
  expect(await submit()).toEqual({ ok: false, failed: expect.stringContaining("push_limit_reached") });
  await submit();
  expect(title()).toBe("three again");
  expect(await ada.dismiss()).toEqual({ ok: true });
  expect([heard, title()]).toEqual([["three again"], "two"]);
  await submit();
  expect(ada.modal).toBeUndefined();
});

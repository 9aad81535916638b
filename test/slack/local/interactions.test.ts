import type { App } from "@slack/bolt";
import { describe, expect, test } from "vitest";
import type { LocalSlack } from "../../../slack/local/local-slack.ts";
import { BUTTONS, eventually, FORM, httpApp, socketApp, startSlack } from "./apps.ts";

const TRANSPORTS: [string, (slack: LocalSlack, listen: (app: App) => void) => Promise<unknown>][] = [
  ["Socket Mode", socketApp],
  ["HTTP with signatures", httpApp],
];

describe.each(TRANSPORTS)("a Bolt app over %s", (_, connect) => {
  test("hears a message, answers in its thread, and a mention comes twice with one ts", async () => {
    const slack = await startSlack();
    const ada = slack.person("ada");
    const ml = slack.channel("ml", [ada]);
    const heard: string[] = [];
    await connect(slack, (app) => {
      app.message(async ({ message, say }) => {
        heard.push(`message ${message.ts}`);
        await say({ text: "On it", thread_ts: message.ts });
      });
      app.event("app_mention", async ({ event }) => void heard.push(`mention ${event.ts}`));
    });
    const asked = ada.say(ml, `<@${slack.world.bot.id}> fine-tune llama`);
    const answer = await slack.until("an answer in the thread", () => ada.seesThread(asked)[1]);
    expect(answer).toMatchObject({ text: "On it", threadTs: asked.ts, isFromApp: true });
    await eventually("both events", () => heard.length === 2);
    expect(heard.toSorted()).toEqual([`mention ${asked.ts}`, `message ${asked.ts}`]);
  });

  test("takes a slash command, acknowledges with words for one person, and responds later to all", async () => {
    const slack = await startSlack();
    const [ada, ben] = [slack.person("ada"), slack.person("ben")];
    const ml = slack.channel("ml", [ada, ben]);
    await connect(slack, (app) =>
      app.command("/ml-architect", async ({ command, ack, respond }) => {
        await ack("On it");
        await respond({ text: `plan for ${command.text}`, response_type: "in_channel" });
      }),
    );
    expect(await ada.command(ml, "/ml-architect", "8B on tickets")).toEqual({ ok: true });
    await slack.until("the plan", () => ben.sees(ml).find((m) => m.text === "plan for 8B on tickets"));
    expect(
      ada
        .sees(ml)
        .map((m) => m.text)
        .toSorted(),
    ).toEqual(["On it", "plan for 8B on tickets"]);
    expect(ben.sees(ml).map((m) => m.text)).toEqual(["plan for 8B on tickets"]);
  });

  test("gets clicks and choices with the message they were made on, and replaces that message", async () => {
    const slack = await startSlack();
    const ada = slack.person("ada");
    const ml = slack.channel("ml", [ada]);
    const clicks: unknown[] = [];
    await connect(slack, (app) => {
      app.message(async ({ say }) => void (await say({ text: "plan", blocks: BUTTONS })));
      app.action("zip", async ({ ack, body, respond, action }) => {
        await ack();
        clicks.push([body.user.id, (action as { value: string }).value]);
        await respond({ text: "Sent", replace_original: true });
      });
      app.action("assumption", async ({ ack, action }) => {
        await ack();
        clicks.push((action as { selected_option: { value: string } }).selected_option.value);
      });
    });
    ada.say(ml, "plan please");
    const plan = await slack.until("the plan", () => ada.sees(ml).find((m) => m.isFromApp));
    expect(await ada.click(plan, "assumption", "32k")).toEqual({ ok: true });
    expect(await ada.click(plan, "zip")).toEqual({ ok: true });
    await slack.until("the replaced message", () => plan.text === "Sent");
    expect(clicks).toEqual(["32k", [ada.user.id, "run-1"]]);
    await expect(ada.click(plan, "pull_request")).rejects.toThrow(/nothing here has the action "pull_request"/);
  });

  test("opens a form, refuses an entry with words at its field, takes the corrected one and closes", async () => {
    const slack = await startSlack();
    const ada = slack.person("ada");
    const ml = slack.channel("ml", [ada]);
    const taken: unknown[] = [];
    await connect(slack, (app) => {
      app.command("/ml-architect", async ({ ack, client, command }) => {
        await ack();
        await client.views.open({ trigger_id: command.trigger_id, view: FORM });
      });
      app.view("design", async ({ ack, view }) => {
        const { value } = view.state.values.budget!.budget_usd!;
        if (!Number(value)) return ack({ response_action: "errors", errors: { budget: "A number, please" } });
        taken.push(value, view.state.values.phase!.phase!.selected_option?.value);
        await ack();
      });
    });
    await ada.command(ml, "/ml-architect");
    const form = await slack.until("the form", () => ada.modal);
    expect(await ada.submit({})).toEqual({ ok: false, failed: '"budget_usd" is required' });
    expect(await ada.submit({ budget_usd: "much" })).toEqual({ ok: false, failed: "A number, please" });
    expect(form.errors).toEqual({ budget: "A number, please" });
    expect(await ada.submit({ budget_usd: "500", phase: "train" })).toEqual({ ok: true });
    expect(taken).toEqual(["500", "train"]);
    expect(ada.modal).toBeUndefined();
  });

  test("is told of Home, shortcut, edit, stop and uninstallation", async () => {
    const slack = await startSlack();
    const ada = slack.person("ada");
    const ml = slack.channel("ml", [ada]);
    const heard: string[] = [];
    await connect(slack, (app) => {
      app.event("app_home_opened", async ({ event, client }) => {
        heard.push(`home ${event.tab}`);
        await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [] } });
      });
      app.shortcut("design_from_message", async ({ ack, shortcut }) => {
        await ack();
        heard.push(`shortcut ${(shortcut as { message: { text: string } }).message.text}`);
      });
      app.event("message", async ({ event }) => void heard.push(event.subtype ?? "message"));
      app.event("agent_session_stopped", async () => void heard.push("stopped"));
      app.event("app_uninstalled", async () => void heard.push("uninstalled"));
    });
    const hears = (what: string): Promise<void> => eventually(what, () => heard.includes(what));
    ada.openHome();
    await slack.until("the Home tab", () => ada.home);
    const message = ada.say(ml, "fine-tune a 7B");
    await hears("message");
    expect(await ada.shortcut("design_from_message", message)).toEqual({ ok: true });
    await hears("shortcut fine-tune a 7B");
    ada.edit(message, "fine-tune an 8B");
    await hears("message_changed");
    ada.stop(message);
    await hears("stopped");
    slack.uninstall();
    await hears("uninstalled");
  });
});

test("a command that nobody takes tells the person so; nothing is sent twice", async () => {
  const slack = await startSlack({ acknowledgeMs: 300 });
  const ada = slack.person("ada");
  const ml = slack.channel("ml", [ada]);
  const unreachable = await ada.command(ml, "/ml-architect", "x");
  expect(unreachable).toEqual({ ok: false, failed: expect.stringContaining("dispatch_failed") });
  let calls = 0;
  await socketApp(slack, (app) =>
    app.command("/ml-architect", async () => {
      calls += 1;
    }),
  );
  const late = await ada.command(ml, "/ml-architect", "x");
  expect(late).toEqual({ ok: false, failed: expect.stringContaining("operation_timeout") });
  await eventually("the command", () => calls > 0);
  await new Promise((r) => setTimeout(r, 400));
  expect(calls).toBe(1);
});

import type { AnyBlock, KnownBlock, ModalView } from "@slack/types";
import { expect, onTestFinished, test } from "vitest";
import { messageBlock, modalBlock } from "../../../slack/blocks/block-schema.ts";
import { actionsElement, inputElement } from "../../../slack/blocks/element-schema.ts";
import type { LocalSlack } from "../../../slack/local/local-slack.ts";
import { type Playground, startPlayground } from "../../../slack/playground/playground.ts";
import { client, MANIFEST, socketApp } from "../local/apps.ts";
import { browserForFile, inBrowser, PHONE, picture, sticksOut } from "./browser.ts";

/** Words that would do something where a page took them for markup. */
const HOSTILE = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>&lt;b&gt;`;
const plain = (text: string) => ({ type: "plain_text" as const, text });
const mrkdwn = (text: string) => ({ type: "mrkdwn" as const, text });
const rich = (text: string) => ({
  type: "rich_text" as const,
  elements: [{ type: "rich_text_section" as const, elements: [{ type: "text" as const, text }] }],
});
const option = (value: string) => ({ text: plain(value), value });
const raw = (text: string) => ({ type: "raw_text" as const, text });
const image = { type: "image" as const, image_url: "https://pictures.example/a.png", alt_text: "a chart elsewhere" };
const button = (text: string, more: object = {}) => ({
  type: "button" as const,
  action_id: `press-${text}`,
  text: plain(text),
  value: "v",
  ...more,
});

/** At least one of each block that a message may have; each says its own type somewhere. */
const MESSAGES: readonly (readonly object[])[] = [
  [
    { type: "header", text: plain(`header ${HOSTILE}`) },
    { type: "section", text: mrkdwn(`*section* _${HOSTILE}_ \`code\` <https://a.example|a link> <@U0BOT>`) },
    { type: "section", fields: [mrkdwn("*One*\n1"), plain("Two")], accessory: button("Look", { style: "danger" }) },
    { type: "context", elements: [mrkdwn("context, small"), image] },
    { type: "divider" },
    {
      type: "actions",
      elements: [
        button("Ask first", {
          style: "primary",
          confirm: { title: plain("Really?"), text: plain("It costs $5."), confirm: plain("Yes"), deny: plain("No") },
        }),
        {
          type: "static_select",
          action_id: "choose",
          placeholder: plain("Which GPU"),
          options: ["L4", "H100"].map(option),
        },
        { type: "overflow", action_id: "more", options: ["Archive", "Share"].map(option) },
        { type: "radio_buttons", action_id: "radio", options: ["train", "serve"].map(option) },
        { type: "checkboxes", action_id: "check", options: ["eu", "spot"].map(option) },
      ],
    },
    {
      type: "context_actions",
      elements: [
        {
          type: "feedback_buttons",
          action_id: "feedback",
          positive_button: { text: plain("Good answer"), value: "good" },
          negative_button: { text: plain("Bad answer"), value: "bad" },
        },
        { type: "icon_button", action_id: "bin", icon: "trash", text: plain("Remove"), value: "x" },
      ],
    },
    { ...image, title: plain("A picture elsewhere") },
  ],
  [
    {
      type: "markdown",
      text: `# markdown\n\n**bold** \`${HOSTILE}\`\n\n${HOSTILE}\n\n- one\n- two\n\n| a | b |\n| - | - |\n| 1 | ${HOSTILE} |\n\n> said\n\n\`\`\`\nx = 1\n\`\`\`\n\n[bad](javascript:alert(1))`,
    },
    {
      type: "rich_text",
      elements: [
        ...rich(`rich_text ${HOSTILE}`).elements,
        {
          type: "rich_text_list",
          style: "ordered",
          elements: [{ type: "rich_text_section", elements: [{ type: "text", text: "first", style: { bold: true } }] }],
        },
        { type: "rich_text_preformatted", elements: [{ type: "text", text: "weights ████ 15.1 GiB" }] },
        { type: "rich_text_quote", elements: [{ type: "link", url: "https://a.example/", text: "quoted link" }] },
      ],
    },
    {
      type: "plan",
      title: "plan",
      tasks: [
        { type: "task_card", task_id: "1", title: "Reading", status: "complete", output: rich("8 fields") },
        { type: "task_card", task_id: "2", title: "Weighing", status: "in_progress", details: rich(HOSTILE) },
        { type: "task_card", task_id: "3", title: "Asking", status: "pending" },
      ],
    },
    { type: "task_card", task_id: "9", title: "task_card", status: "error", output: rich("no such model") },
    {
      type: "card",
      title: mrkdwn("*card*"),
      subtitle: mrkdwn("by itself"),
      body: mrkdwn(HOSTILE.slice(0, 90)),
      actions: [button("Open card")],
    },
    { type: "carousel", elements: ["a", "b", "c", "d"].map((t) => ({ type: "card", title: mrkdwn(`carousel ${t}`) })) },
    {
      type: "container",
      title: plain("container"),
      is_collapsible: true,
      default_collapsed: true,
      child_blocks: [{ type: "section", text: mrkdwn("inside the container") }],
    },
    {
      type: "video",
      video_url: "https://v.example/1",
      thumbnail_url: "https://v.example/1.png",
      alt_text: "a film",
      title: plain("video"),
    },
  ],
  [
    {
      type: "table",
      column_settings: [{ is_wrapped: true }, { align: "right" }],
      rows: [
        ["what", "GiB", "why"].map(raw),
        ...Array.from({ length: 60 }, (_, i) => [
          raw(`part ${i} ${i === 3 ? HOSTILE : ""}`),
          raw(String(i)),
          raw("a reason ".repeat(12)),
        ]),
      ],
    },
  ],
  [
    {
      type: "data_table",
      caption: "data_table of runs",
      row_header_column_index: 0,
      rows: [["run", "hours"].map(raw), [raw("A"), { type: "raw_number", value: 2.5, text: "2.5" }]],
    },
  ],
];

const INPUTS: readonly ({ type: string } & Record<string, unknown>)[] = [
  { type: "plain_text_input", initial_value: "as it was" },
  { type: "plain_text_input", multiline: true, max_length: 30 },
  { type: "number_input", is_decimal_allowed: true },
  { type: "email_text_input" },
  { type: "url_text_input" },
  { type: "file_input" },
  { type: "checkboxes", options: ["eu", "spot"].map(option) },
  { type: "radio_buttons", options: ["train", "serve"].map(option) },
  { type: "datepicker", initial_date: "2026-11-23" },
  { type: "timepicker" },
  { type: "datetimepicker" },
  { type: "static_select", options: ["L4", "H100"].map(option), initial_option: option("H100") },
  { type: "multi_static_select", options: ["L4", "H100", "B200"].map(option) },
  { type: "users_select" },
  { type: "multi_users_select" },
  { type: "conversations_select" },
  { type: "multi_conversations_select" },
  { type: "channels_select" },
  { type: "multi_channels_select" },
];
const FORM = {
  type: "modal",
  callback_id: "everything",
  title: plain("Every input"),
  submit: plain("Send"),
  blocks: [
    { type: "alert", level: "warning", text: plain(`alert ${HOSTILE}`) },
    ...INPUTS.map((element, i) => ({
      type: "input",
      block_id: `b${i}`,
      optional: true,
      label: plain(`${i} ${element.type}`),
      hint: plain(`hint ${i}`),
      element: { ...element, action_id: "value" },
    })),
  ],
} as unknown as ModalView;

const typesOf = (union: { options: readonly { shape: { type: { value: string } } }[] }): string[] =>
  union.options.map((o) => o.shape.type.value).sort();

test("these payloads hold every block and every element that Slack takes from us", () => {
  const shown = new Set(MESSAGES.flat().map((b) => (b as { type: string }).type));
  expect(typesOf(messageBlock).filter((type) => !shown.has(type))).toEqual([]);
  expect(typesOf(modalBlock).filter((type) => !shown.has(type))).toEqual(["alert", "input"]);
  const inputs = new Set(INPUTS.map((e) => e.type));
  expect(typesOf(inputElement).filter((type) => !inputs.has(type))).toEqual([]);
  expect(typesOf(actionsElement).filter((type) => !inputs.has(type))).toEqual(["button", "overflow"]);
});

inBrowser("blocks in a browser", { timeout: 600_000 }, () => {
  const open = browserForFile();

  async function start(): Promise<Playground & { room: string }> {
    const playground = await startPlayground(MANIFEST, { settings: { rateLimits: "off" } });
    onTestFinished(() => playground.close());
    return { ...playground, room: [...playground.slack.world.channels.keys()][0]! };
  }
  const post = (slack: LocalSlack, channel: string, blocks: readonly object[]) =>
    client(slack).chat.postMessage({ channel, text: "as text", blocks: blocks as (KnownBlock | AnyBlock)[] });

  test("every block is shown, nothing in it becomes markup, and the policy has nothing to refuse", async () => {
    const { slack, url, room } = await start();
    for (const blocks of MESSAGES) await post(slack, room, blocks);
    const { page, complaints } = await open(url, { height: 2600 });
    for (const type of new Set(MESSAGES.flat().map((b) => (b as { type: string }).type)))
      expect(await page.locator(`.block.${type}`).first().textContent(), type).not.toBe(type === "divider" ? " " : "");
    await expect.poll(() => page.getByText("<script>document.title='owned'</script>").count()).toBeGreaterThan(6);
    expect(await page.locator("#page :is(script, img[src='x'], b b b)").count()).toBe(0);
    expect(await page.title()).toBe("Slack playground");
    expect(await page.locator("a[href^='javascript']").count()).toBe(0);
    await expect.poll(() => page.getByText("<script>document.title='owned'</script><b>").count()).toBe(3);
    expect(await sticksOut(page)).toEqual([]);
    await picture(page, "blocks");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "blocks-dark");
    await page.setViewportSize({ width: PHONE.width!, height: 3000 });
    expect(await sticksOut(page)).toEqual([]);
    await picture(page, "blocks-phone");
    expect(complaints).toEqual([]);
  });

  test("a long table scrolls inside its box, with its head in sight, by the keyboard too", async () => {
    const { slack, url, room } = await start();
    await post(slack, room, MESSAGES[2]!);
    const { page } = await open(url, PHONE);
    await page.getByRole("link", { name: "ml-platform" }).click();
    const box = page.getByRole("group", { name: "Table" });
    const overflows = () => box.evaluate((e) => e.scrollHeight > e.clientHeight && e.scrollWidth > e.clientWidth);
    await expect.poll(overflows).toBe(true);
    await box.focus();
    await page.keyboard.press("End");
    await box.getByText("part 59").waitFor();
    await expect.poll(() => box.evaluate((e) => e.scrollTop)).toBeGreaterThan(500);
    const belowTop = async (): Promise<number> =>
      (await box.getByRole("columnheader").first().boundingBox())!.y - (await box.boundingBox())!.y;
    await expect.poll(async () => Math.abs(await belowTop())).toBeLessThan(3);
  });

  test("what is pressed and chosen reaches the app; a confirmation is asked first, and No presses nothing", async () => {
    const { slack, url, room } = await start();
    const pressed: string[] = [];
    await socketApp(slack, (app) => {
      app.action(/.*/, async ({ ack, action }) => {
        await ack();
        const a = action as unknown as Record<string, { value: string } & { value: string }[]>;
        const entry = a.selected_option?.value ?? a.selected_options?.map((o) => o.value).join("+") ?? a.value;
        pressed.push(`${a.action_id}=${entry}`);
      });
    });
    await post(slack, room, MESSAGES[0]!);
    const { page, complaints } = await open(url);
    await page.getByRole("button", { name: "Look" }).click();
    await page.getByRole("button", { name: "Ask first" }).click();
    const dialog = page.getByRole("dialog", { name: "Really?" });
    await dialog.getByRole("button", { name: "No", exact: true }).click();
    await page.getByRole("button", { name: "Ask first" }).click();
    await dialog.getByRole("button", { name: "Yes" }).click();
    await page.getByLabel("Which GPU").selectOption("H100");
    await page.getByLabel("More").click();
    await page.getByRole("button", { name: "Share" }).click();
    await page.getByLabel("serve").check();
    await page.getByLabel("spot").check();
    await page.getByRole("button", { name: "Bad answer" }).click();
    await expect
      // Each press goes its own way; none may be lost.
      .poll(() => pressed.toSorted())
      .toEqual(
        [
          "press-Look=v",
          "press-Ask first=v",
          "choose=H100",
          "more=Share",
          "radio=serve",
          "check=spot",
          "feedback=bad",
        ].sort(),
      );
    expect(complaints).toEqual([]);
  });

  test("a form with every input sends what was entered, keeps it when the app finds a fault, and shows the fault", async () => {
    const { slack, url } = await start();
    let values: Record<string, Record<string, Record<string, unknown>>> = {};
    let tries = 0;
    await socketApp(slack, (app) => {
      app.command("/ml-architect", async ({ ack, client: web, body }) => {
        await ack();
        await web.views.open({ trigger_id: body.trigger_id, view: FORM });
      });
      app.view("everything", async ({ ack, view }) => {
        values = view.state.values as unknown as typeof values;
        tries += 1;
        await (tries === 1 ? ack({ response_action: "errors", errors: { b2: "more than that" } }) : ack());
      });
    });
    const { page, complaints } = await open(url);
    await page.getByLabel("Message #ml-platform").fill("/ml-architect");
    await page.keyboard.press("Enter");
    const form = page.getByRole("dialog", { name: "Every input" });
    await form.getByLabel("1 plain_text_input").fill("two lines\nof text");
    await form.getByLabel("2 number_input").fill("2.5");
    await form.getByLabel("3 email_text_input").fill("ada@example.com");
    await form.getByLabel("spot").check();
    await form.getByLabel("serve").check();
    await form.getByLabel("12 multi_static_select").selectOption(["L4", "B200"]);
    await form.getByLabel("13 users_select").selectOption({ label: "grace" });
    await picture(page, "form-every-input");
    await form.getByRole("button", { name: "Send" }).click();
    await form.getByText("more than that").waitFor();
    expect(await form.getByLabel("2 number_input").inputValue()).toBe("2.5");
    await form.getByRole("button", { name: "Send" }).click();
    await form.waitFor({ state: "detached" });
    const of = (i: number) => values[`b${i}`]!.value!;
    expect(of(0).value).toBe("as it was");
    expect(of(1).value).toBe("two lines\nof text");
    expect(of(2).value).toBe("2.5");
    expect(of(4).value).toBe(null);
    expect(of(6).selected_options).toMatchObject([{ value: "spot" }]);
    expect(of(7).selected_option).toMatchObject({ value: "serve" });
    expect(of(8).selected_date).toBe("2026-11-23");
    expect(of(11).selected_option).toMatchObject({ value: "H100" });
    expect(of(12).selected_options).toMatchObject([{ value: "L4" }, { value: "B200" }]);
    expect(of(13).selected_user).toMatch(/^U/);
    expect(complaints).toEqual([]);
  });

  test("files open where they are: an archive, a notebook and a picture", async () => {
    const { slack, url, room, people } = await start();
    const { zipSync } = await import("fflate");
    const { planPictures } = await import("../../../slack/pictures/plan-pictures.ts");
    const { advise, catalog, readText } = await import("../../../src/index.ts");
    const today = "2026-11-22";
    const words = "fine-tune Llama 3.1 8B on 50k support tickets, $500";
    const plan = advise(readText(words, catalog, { today }), catalog, { today });
    const zip = zipSync({ "README.md": new TextEncoder().encode("# Support LLM"), "src/train.py": new Uint8Array(9) });
    const notebook = JSON.stringify({
      cells: [
        { cell_type: "markdown", source: "## Smoke test" },
        { cell_type: "code", source: "import torch" },
      ],
    });
    people[0]!.say(slack.world.channels.get(room)!, "files", {
      files: [
        { name: "support-llm.zip", bytes: Buffer.from(zip) },
        { name: "plan.ipynb", bytes: Buffer.from(notebook) },
        ...(await planPictures(plan)),
      ],
    });
    const { page, complaints } = await open(url);
    await page.getByRole("button", { name: "Open" }).first().click();
    const archive = page.getByRole("dialog", { name: "support-llm.zip" });
    await archive.getByRole("button", { name: "README.md" }).click();
    await archive.getByText("# Support LLM").waitFor();
    await picture(page, "archive");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Open" }).last().click();
    await page.getByRole("dialog", { name: "plan.ipynb" }).getByText("import torch").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Enlarge memory.png" }).click();
    const shown = page.getByRole("dialog", { name: "memory.png" }).getByRole("img");
    // It is there before its bytes are.
    await expect
      .poll(() => shown.evaluate((img) => (img as unknown as { naturalWidth: number }).naturalWidth))
      .toBeGreaterThan(1000);
    await page.keyboard.press("Escape");
    await picture(page, "pictures");
    await page.emulateMedia({ colorScheme: "dark" });
    await picture(page, "pictures-dark");
    expect(complaints).toEqual([]);
  });

  test("a stream grows before one's eyes, and Stop ends it", async () => {
    const { slack, url, room, people } = await start();
    const stopped: unknown[] = [];
    await socketApp(slack, (app) => {
      app.event("agent_session_stopped" as "app_mention", async ({ event }) => void stopped.push(event));
    });
    const web = client(slack);
    const root = await web.chat.postMessage({ channel: room, text: "a run" });
    const { page, complaints } = await open(url);
    const at = { channel: room, thread_ts: root.ts! };
    const stream = web.chatStream({
      ...at,
      recipient_user_id: people[0]!.user.id,
      recipient_team_id: slack.world.team.id,
      buffer_size: 1,
      task_display_mode: "plan",
    });
    const step = (status: "in_progress" | "complete") =>
      stream.append({ chunks: [{ type: "task_update", id: "1", title: "Weighing machines", status }] });
    await step("in_progress");
    await page.getByRole("link", { name: "1 reply" }).click();
    const thread = page.getByRole("complementary", { name: "Thread" });
    await thread.getByText("(working)").waitFor();
    await step("complete");
    await thread.getByText("(done)").waitFor();
    await stream.append({ chunks: [{ type: "markdown_text", text: "One **RTX" }] });
    await thread.getByText("One **RTX").waitFor();
    await stream.append({ chunks: [{ type: "markdown_text", text: " 4090** is enough" }] });
    await thread.locator("b", { hasText: "RTX 4090" }).waitFor();
    await thread.getByRole("button", { name: "Stop" }).click();
    await expect.poll(() => stopped.length).toBe(1);
    expect(complaints).toEqual([]);
  });
});

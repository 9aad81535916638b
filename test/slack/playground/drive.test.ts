import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { browserForFile, inBrowser, PHONE, picture, sticksOut } from "./browser.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

inBrowser("the playground, driven as a person would", { timeout: 600_000 }, () => {
  const open = browserForFile();
  let playground: ChildProcess;
  let url = "";
  const said: string[] = [];

  beforeAll(async () => {
    // As `npm run slack:playground` starts it, with the bot.
    playground = spawn(process.execPath, ["dist/slack/playground/main.js", "--port", "0"], { cwd: ROOT });
    playground.stderr!.on("data", (data) => said.push(String(data)));
    url = await new Promise((resolve, reject) => {
      playground.stdout!.on("data", (data) => {
        const found = /http:\/\/127\.0\.0\.1:\d+\//.exec(String(data));
        if (found) resolve(found[0]);
      });
      playground.once("exit", (code) => reject(new Error(`the playground ended with ${code}: ${said.join("")}`)));
    });
  });
  afterAll(async () => {
    if (playground.exitCode !== null) return;
    const ended = new Promise((resolve) => playground.once("exit", resolve));
    playground.kill("SIGTERM");
    await ended;
  });

  let designs = 0;
  /** The link to the replies of the message that a request became. */
  const repliesTo = (page: Page, request: string): Locator =>
    page
      .getByRole("article")
      .filter({ hasText: `asks: ${request}` })
      .getByRole("link", { name: /\d repl/ });

  /** A request that nobody typed before. */
  function unheard(): string {
    designs += 1;
    return `fine-tune llama 3.1 8b on ${50 + designs}k support tickets`;
  }

  /** Types a request, opens its thread and waits for the plan. */
  async function design(page: Page, room: string, request = unheard()): Promise<Locator> {
    await page.getByRole("link", { name: room }).click();
    const box = page.getByLabel(`Message #${room}`);
    await box.fill(`/ml-architect ${request}`);
    await box.press("Enter");
    await repliesTo(page, request).click();
    const thread = page.getByRole("complementary", { name: "Thread" });
    await thread.getByRole("heading", { name: "Feasible" }).waitFor();
    return thread;
  }

  test("a slash command becomes a thread with live steps, a plan and questions; a button answers one", async () => {
    const { page, complaints } = await open(url);
    const thread = await design(page, "ml-platform");
    await thread.getByText("Read what you said").waitFor();
    await thread.getByText("Question 1:").waitFor();
    await picture(page, "questions");
    await thread.getByRole("button", { name: /now and then/ }).click();
    await thread.getByRole("heading", { name: /Changed/ }).waitFor();
    await thread.getByLabel("Reply…").fill("what if two 4090s");
    await page.keyboard.press("Enter");
    await thread.getByRole("heading", { name: /What if/ }).waitFor();
    await picture(page, "what-if");
    await thread.getByRole("button", { name: "Keep it" }).click();
    await thread
      .getByRole("heading", { name: /Changed: what if|Changed/ })
      .last()
      .waitFor();
    expect(complaints).toEqual([]);
  });

  test("a slash command in a thread is refused as Slack refuses it, and the words are not lost", async () => {
    const { page } = await open(url);
    const thread = await design(page, "support-bots");
    await thread.getByLabel("Reply…").fill("/ml-architect status");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("not supported in threads").waitFor();
    expect(await thread.getByLabel("Reply…").inputValue()).toBe("/ml-architect status");
  });

  test("the form of the bare command is filled, corrected and sent; Escape closes it and gives the focus back", async () => {
    const { page, complaints } = await open(url, { colorScheme: "dark" });
    const box = page.getByLabel("Message #ml-platform");
    await box.fill("/ml-architect");
    await page.keyboard.press("Enter");
    const form = page.getByRole("dialog", { name: "Design an ML system" });
    await form.waitFor();
    expect(await form.evaluate((dialog) => dialog.contains(dialog.ownerDocument.activeElement))).toBe(true);
    await picture(page, "form-dark");
    await page.keyboard.press("Escape");
    await form.waitFor({ state: "detached" });
    expect(await box.evaluate((e) => e === e.ownerDocument.activeElement)).toBe(true);
    await box.fill("/ml-architect");
    await page.keyboard.press("Enter");
    await form.getByLabel("What do you want to train or serve?").fill("Serve Qwen2.5 32B to 20 people at once");
    await form.getByLabel("Which GPU do you have?").fill("two L40S");
    await form.getByLabel("Where may it run?").selectOption({ label: "Hardware that we own" });
    await form.getByRole("button", { name: "Plan it" }).click();
    await form.waitFor({ state: "detached" });
    await page.getByText(/asks: Serve Qwen2.5 32B to 20 people at once, two L40S, on our own hardware/).waitFor();
    expect(complaints).toEqual([]);
  });

  test("an assumption is changed in a modal whose field holds what was assumed", async () => {
    const { page } = await open(url);
    const thread = await design(page, "ml-platform");
    await thread.getByRole("button", { name: "Change" }).first().click();
    const dialog = page.getByRole("dialog", { name: "Change an assumption" });
    const field = dialog.getByLabel("sequenceLength is");
    await expect.poll(() => field.inputValue()).toBe("2048");
    await field.fill("4096");
    await dialog.getByRole("button", { name: "Plan again" }).click();
    await thread.getByRole("heading", { name: /Changed/ }).waitFor();
  });

  test("two people write in one thread from two windows, and each sees the other's words at once", async () => {
    const ada = (await open(url)).page;
    const grace = (await open(url)).page;
    await grace.getByLabel("You are").selectOption({ label: "grace" });
    const request = unheard();
    const thread = await design(ada, "support-bots", request);
    await grace.getByRole("link", { name: "support-bots" }).click();
    await repliesTo(grace, request).click();
    await grace.getByLabel("Reply…").fill("@ml-architect why this GPU");
    await grace.keyboard.press("Enter");
    const hers = thread.getByRole("article", { name: /^grace/ });
    await hers.getByText("why this GPU").waitFor();
    expect(await hers.locator(".mention").textContent()).toBe("@ml-architect");
    await picture(grace, "two-people");
  });

  test("the recommendation's charts come into its thread; the zip and the notebook open there", async () => {
    const { page, complaints } = await open(url);
    const thread = await design(page, "ml-platform");
    const memory = thread.getByRole("img", { name: "Memory of one device" });
    // The first picture waits for the drawing library to load.
    await memory.waitFor({ timeout: 180_000 });
    await thread.getByRole("img", { name: "Cost against time" }).waitFor();
    await picture(page, "charts");
    await thread.getByRole("button", { name: "Download zip" }).last().click();
    await page.getByRole("dialog").getByRole("button", { name: "Yes" }).click();
    await thread.locator(".file-kind", { hasText: "zip" }).waitFor();
    await thread.getByRole("button", { name: "Open", exact: true }).last().click();
    const archive = page.getByRole("dialog");
    await archive
      .getByRole("button", { name: /README\.md$/ })
      .first()
      .click();
    await archive.locator("pre").getByText(/# /).waitFor();
    await picture(page, "zip");
    expect(complaints).toEqual([]);
  });

  test("a pull request is opened in the repository that a person picks", async () => {
    const { page } = await open(url);
    const thread = await design(page, "support-bots");
    await thread.getByRole("button", { name: "Open pull request…" }).last().click();
    const dialog = page.getByRole("dialog", { name: "Open a pull request" });
    await dialog.getByLabel("Repository").selectOption({ label: "acme/models" });
    await picture(page, "pull-request");
    await dialog.getByRole("button", { name: "Open it" }).click();
    await thread.getByText(/Opened a draft pull request/).waitFor();
    await picture(page, "pull-request-opened");
  });

  test("a private channel is not in the list of who is not in it, and ephemeral answers are for one person", async () => {
    const { page } = await open(url);
    await page.getByLabel("Message #ml-platform").fill("/ml-architect help");
    await page.keyboard.press("Enter");
    await page.getByText("Only visible to you").last().waitFor();
    await page.getByText("What you can say").waitFor();
    await page.getByLabel("You are").selectOption({ label: "alan" });
    await page.getByText("secret-model").waitFor({ state: "detached" });
    expect(await page.getByText("What you can say").count()).toBe(0);
  });

  test("the Home tab opens the form, and the direct message starts from a suggestion", async () => {
    const { page } = await open(url);
    await page.getByRole("link", { name: "ml-architect" }).click();
    await page.getByRole("button", { name: "Home" }).click();
    await page.getByRole("button", { name: "New run" }).click();
    await page.getByRole("dialog", { name: "Design an ML system" }).getByRole("button", { name: "Cancel" }).click();
    await picture(page, "home");
    await page.getByRole("button", { name: "Messages" }).click();
    await page.getByRole("button", { name: /^Fine-tune a model/ }).click();
    await page
      .getByRole("article", { name: /^ada/ })
      .getByText("Fine-tune Llama 3.1 8B on 50k support tickets")
      .waitFor();
    await page
      .getByRole("link", { name: /\d repl/ })
      .first()
      .waitFor();
  });

  test("the message shortcut designs from somebody's words; the keyboard alone gets there", async () => {
    const { page } = await open(url);
    await page.getByRole("link", { name: "ml-platform" }).click();
    await page.getByLabel("Message #ml-platform").fill("we want to fine-tune Mistral 7B on 20k chats");
    await page.keyboard.press("Enter");
    const message = page.getByRole("article", { name: /^ada/ }).filter({ hasText: "Mistral 7B on 20k chats" });
    await message.getByLabel("Actions of this message").focus();
    await page.keyboard.press("Enter");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await message.getByRole("link", { name: /\d repl/ }).waitFor();
  });

  test("on a phone one thing is shown at a time, in light and dark, and nothing sticks out", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await open(url, { ...PHONE, colorScheme });
      expect(await page.getByRole("main").isVisible()).toBe(false);
      await picture(page, `phone-list-${colorScheme}`);
      await design(page, "ml-platform");
      expect(await page.getByRole("navigation").isVisible()).toBe(false);
      expect(await sticksOut(page)).toEqual([]);
      await picture(page, `phone-thread-${colorScheme}`);
      await page.getByRole("link", { name: "Close thread" }).click();
      expect(await sticksOut(page)).toEqual([]);
      await page.getByRole("link", { name: "All conversations" }).click();
      await page.getByRole("navigation").waitFor();
    }
  });
});

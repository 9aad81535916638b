import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { preparedBrowser } from "../../scripts/browser.mjs";
import { type Jupyter, notebookOf, type SavedCell, startJupyter } from "./jupyter.ts";
import { PYTHON } from "./python.ts";

const prepared = preparedBrowser();
/** Each with the other once; all pairs in `npm run test:full`. */
const PAIRS = (
  [
    { kernel: "tslab", collaboration: false },
    { kernel: "deno", collaboration: true },
    { kernel: "tslab", collaboration: true },
    { kernel: "deno", collaboration: false },
  ] as const
).slice(0, process.env.ML_ARCHITECT_FULL ? 4 : 2);

describe.skipIf(!PYTHON || !prepared).each(PAIRS)(
  "JupyterLab with $kernel, shared documents: $collaboration",
  { timeout: 240_000 },
  ({ kernel, collaboration }) => {
    let jupyter: Jupyter;
    let browser: Browser;
    let page: Page;
    beforeAll(async () => {
      jupyter = await startJupyter({ kernels: [kernel], collaboration });
      browser = await chromium.launch({ ...prepared, timeout: 30_000 });
    }, 120_000);
    afterEach(async ({ task }) => {
      if (task.result?.state !== "fail") return;
      console.log(jupyter.log().slice(-3000));
      if (!page.isClosed()) await picture("failed");
    });
    afterAll(async () => {
      await browser?.close();
      await jupyter?.end();
    }, 60_000);

    const cells = (): Locator => page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell");
    const holding = (text: string): Locator => cells().filter({ hasText: text });
    /** By what is typed in it, not by what it shows. */
    const typed = (text: string | RegExp): Locator =>
      cells().filter({ has: page.locator(".jp-InputArea", { hasText: text }) });
    /** The cell that asks for the configuration; what it wrote names it too. */
    const asks = (): Locator =>
      cells()
        .filter({ has: page.getByText(/^%architect config\s*$/) })
        .first();
    const picture = async (name: string): Promise<void> => {
      const folder = process.env.ML_ARCHITECT_SCREENSHOTS;
      if (folder) await page.screenshot({ path: join(folder, `lab-${kernel}-${collaboration}-${name}.png`) });
    };
    const open = async (count: number): Promise<void> => {
      page = await browser.newPage({ viewport: { width: 1280, height: 1100 }, reducedMotion: "reduce" });
      page.setDefaultTimeout(30_000);
      await page.goto(new URL(`lab/tree/plan.ipynb?token=${jupyter.token}&reset`, jupyter.url).href);
      await idle();
      // A shared document is filled after its page is there.
      await expect.poll(() => cells().count(), { timeout: 60_000 }).toBe(count);
      await page.waitForTimeout(1000);
      expect(await cells().count()).toBe(count);
    };
    const idle = (): Promise<void> =>
      page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor({ timeout: 90_000 });
    const run = async (cell: Locator): Promise<void> => {
      await cell.locator(".cm-content").click();
      await page.keyboard.press("Shift+Enter");
      // Its number is there when its reply is.
      await expect.poll(() => cell.locator(".jp-InputPrompt").textContent(), { timeout: 60_000 }).toMatch(/\[\d+\]/);
      await idle();
    };
    /** In the last, empty cell, as a person types. */
    const say = async (text: string): Promise<Locator> => {
      await cells().last().locator(".cm-content").click();
      await page.keyboard.insertText(text);
      await run(holding(text));
      return holding(text);
    };
    const saved = async () => (await jupyter.ask("GET", "api/contents/plan.ipynb")).body.content.cells as SavedCell[];
    const generated = (all: SavedCell[]): SavedCell[] =>
      all.filter((cell) => cell.metadata["ml-architect"] !== undefined || /^\/\/ ml-architect /.test(cell.source));

    test("a plan becomes cells that are edited, run, saved and opened again, and nothing is doubled", async () => {
      const empty = notebookOf([{ id: "first", text: "" }], `ml-architect-${kernel}`);
      writeFileSync(join(jupyter.folder, "plan.ipynb"), JSON.stringify(empty));
      await open(1);
      const plan = await say("%architect plan fine-tune Llama 3.1 8B on 50k support tickets, $500");
      await plan.locator(".vega-embed canvas, .vega-embed svg").first().waitFor();
      expect(
        await plan.locator(".jp-RenderedMarkdown h1, .jp-RenderedMarkdown h2, .jp-RenderedMarkdown strong").count(),
      ).toBeGreaterThan(0);
      await picture("plan");
      const answered = await say("%architect answer 1");
      expect(await answered.locator(".jp-RenderedMarkdown").first().textContent()).not.toBe("");

      await cells().last().locator(".cm-content").click();
      await page.keyboard.insertText("%architect config ");
      await run(asks());
      const project = typed("%architect project");
      await project.waitFor();
      // Where a page inserts for us, each cell that succeeds brings the next.
      await run(project);
      // The editor draws the lines that are seen, and scrolls to what was inserted.
      const config = (): Locator => typed(/%%architect config \S*base\.yaml|lora_targets|mask_prompt/);
      await config().waitFor();
      expect(await config().count()).toBe(1);
      await asks().evaluate((cell) => cell.scrollIntoView({ block: "center" }));
      await picture("inserted");

      // As a person: at the end of the inserted cell.
      await config().locator(".cm-content").click();
      await page.keyboard.press("Control+End");
      await page.keyboard.insertText("# mine\n");
      await run(config());
      expect(await config().locator('[data-mime-type="application/vnd.jupyter.error"]').count()).toBe(0);
      await page.keyboard.press("Control+s");
      await expect
        .poll(
          async () =>
            generated(await saved())
              .map((cell) => cell.source)
              .join(""),
          { timeout: 30_000 },
        )
        .toContain("# mine");
      const before = await saved();
      // In a shared document a mark is metadata; a text that a page inserts for us can carry none.
      const written = generated(before).find((cell) => cell.source.includes("# mine"));
      expect("ml-architect" in written!.metadata).toBe(collaboration);
      expect(written!.source.startsWith("%%architect")).toBe(collaboration);
      await page.close();

      await open(before.length);
      expect(await holding("# mine").count()).toBe(1);
      await holding("support tickets").locator(".vega-embed canvas, .vega-embed svg").first().waitFor();
      await picture("reopened");

      // A kernel that knows nothing of before.
      const [{ kernel: running }] = (await jupyter.ask("GET", "api/sessions")).body;
      await jupyter.ask("POST", `api/kernels/${running.id}/restart`);
      await idle();
      await run(typed("%architect plan"));
      await run(typed("%architect answer 1"));
      await run(asks());
      await idle();
      await page.keyboard.press("Control+s");
      await picture("again");
      expect(await config().count()).toBe(1);
      expect(await holding("# mine").count()).toBe(1);
      expect(generated(await saved())).toHaveLength(generated(before).length);
      await page.close();
    });
  },
);

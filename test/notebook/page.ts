import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { expect, vi } from "vitest";
import type { Jupyter, SavedCell } from "./jupyter.ts";

const PATIENCE = { timeout: 180_000 };

/** A notebook as a person has it before them, in JupyterLab or in Notebook 7. */
export class NotebookPage {
  readonly page: Page;
  private readonly jupyter: Jupyter;
  private readonly path: string;

  /** Waits until its `count` cells are drawn and its kernel is idle. */
  static async open(
    browser: Browser,
    jupyter: Jupyter,
    path: string,
    { count, app = "lab" }: { count: number; app?: "lab" | "notebook" },
  ): Promise<NotebookPage> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 1100 }, reducedMotion: "reduce" });
    page.setDefaultTimeout(180_000);
    const route = app === "lab" ? `lab/tree/${path}?reset&` : `notebooks/${path}?`;
    await page.goto(new URL(`${route}token=${jupyter.token}`, jupyter.url).href);
    const opened = new NotebookPage(page, jupyter, path);
    await opened.idle();
    // A shared document is filled after its page is there.
    await expect.poll(() => opened.cells().count(), PATIENCE).toBe(count);
    await page.waitForTimeout(1000);
    expect(await opened.cells().count()).toBe(count);
    return opened;
  }

  private constructor(page: Page, jupyter: Jupyter, path: string) {
    this.page = page;
    this.jupyter = jupyter;
    this.path = path;
  }

  cells(): Locator {
    return this.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-Cell");
  }

  /** What is typed in them: editors draw the lines that are seen alone. */
  sources(): Promise<string[]> {
    return this.page.evaluate(() => {
      type App = {
        shell: { currentWidget: { content: { widgets: { model: { sharedModel: { getSource(): string } } }[] } } };
      };
      const { shell } = (globalThis as unknown as { jupyterapp: App }).jupyterapp;
      return shell.currentWidget.content.widgets.map(({ model }) => model.sharedModel.getSource());
    });
  }

  async count(text: string): Promise<number> {
    return (await this.sources()).filter((source) => source.includes(text)).length;
  }

  /** The one cell that holds this; a whole line where nothing else is in the cell. */
  async cell(text: string): Promise<Locator> {
    return this.cells().nth(await this.indexOf(text));
  }

  private async indexOf(text: string): Promise<number> {
    const found = async (): Promise<number[]> => {
      const sources = await this.sources();
      const whole = sources.flatMap((source, at) => (source.trim() === text ? [at] : []));
      return whole.length > 0 ? whole : sources.flatMap((source, at) => (source.includes(text) ? [at] : []));
    };
    await expect.poll(async () => (await found()).length, { ...PATIENCE, message: text }).toBe(1);
    return (await found())[0]!;
  }

  idle(): Promise<void> {
    return this.page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]').waitFor(PATIENCE);
  }

  async run(text: string): Promise<Locator> {
    const cell = await this.cell(text);
    const prompt = cell.locator(".jp-InputPrompt");
    await this.forgetNumber(text);
    await expect.poll(() => prompt.textContent(), PATIENCE).not.toMatch(/\d/);
    await cell.locator(".cm-content").click();
    await this.page.keyboard.press("Shift+Enter");
    // Its number is there when its reply is.
    await expect.poll(() => prompt.textContent(), PATIENCE).toMatch(/\[\d+\]/);
    await this.idle();
    return cell;
  }

  /** The number of an earlier run, which one could not tell from that of the next. */
  private async forgetNumber(text: string): Promise<void> {
    const at = await this.indexOf(text);
    await this.page.evaluate((index) => {
      type App = { shell: { currentWidget: { content: { widgets: { model: { executionCount: number | null } }[] } } } };
      const { shell } = (globalThis as unknown as { jupyterapp: App }).jupyterapp;
      shell.currentWidget.content.widgets[index]!.model.executionCount = null;
    }, at);
  }

  /** In the last, empty cell, as a person types. */
  async say(text: string): Promise<Locator> {
    await this.cells().last().locator(".cm-content").click();
    await this.page.keyboard.insertText(text);
    return await this.run(text);
  }

  /** What a cell shows once it shows this, which must not be an error: an output is drawn after it came. */
  async shown(cell: Locator, says: RegExp): Promise<string> {
    const text = async (): Promise<string> =>
      (await cell.locator(".jp-OutputArea-output").allTextContents()).join("\n");
    await expect.poll(text, PATIENCE).toMatch(says);
    expect(await cell.locator('[data-mime-type="application/vnd.jupyter.error"]').allTextContents()).toEqual([]);
    return text();
  }

  /** A kernel that knows nothing of before. */
  async restartKernel(): Promise<void> {
    await this.page.evaluate(() => {
      type App = { shell: { currentWidget: { sessionContext: { restartKernel(): Promise<void> } } } };
      const { shell } = (globalThis as unknown as { jupyterapp: App }).jupyterapp;
      return shell.currentWidget.sessionContext.restartKernel();
    });
    await this.idle();
  }

  save(): Promise<void> {
    return this.page.keyboard.press("Control+s");
  }

  /** The file itself: a server that is asked while it saves takes the half-written file for a broken one. */
  async saved(): Promise<SavedCell[]> {
    const read = (): SavedCell[] | undefined => {
      try {
        return JSON.parse(readFileSync(join(this.jupyter.folder, this.path), "utf8")).cells;
      } catch {
        return undefined;
      }
    };
    const cells = await vi.waitUntil(read, PATIENCE);
    return cells.map((cell) => ({ ...cell, source: [cell.source].flat().join("") }));
  }

  /** Into the folder that ML_ARCHITECT_SCREENSHOTS names; nowhere without it. */
  async picture(name: string, at?: Locator): Promise<void> {
    const folder = process.env.ML_ARCHITECT_SCREENSHOTS;
    if (!folder) return;
    await at?.evaluate((cell) => cell.scrollIntoView({ block: "start" }));
    await this.page.screenshot({ path: join(folder, `${name}.png`) });
  }

  async close(): Promise<void> {
    if (!this.page.isClosed()) await this.page.close();
  }
}

/** Cells that we wrote, marked in their metadata or in a first line. */
export const generated = (all: readonly SavedCell[]): SavedCell[] =>
  all.filter((cell) => cell.metadata["ml-architect"] !== undefined || /^\/\/ ml-architect /.test(cell.source));

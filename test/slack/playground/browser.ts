import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { preparedBrowser } from "../../../scripts/browser.mjs";

const prepared = preparedBrowser();

/** Tests in a real browser. Left out where none was prepared, except in CI: there that is a failure. */
export const inBrowser = describe.skipIf(prepared === undefined && process.env.CI !== "true");

export interface Opened {
  page: Page;
  /** What the browser complained of: refused by the policy, thrown, not found. */
  complaints: string[];
}

/** One browser for a file; each page of it is a person's own window. */
export function browserForFile(): (url: string, look?: Look) => Promise<Opened> {
  let browser: Browser;
  beforeAll(async () => {
    expect(prepared, "no browser was prepared: npm run setup:full").toBeDefined();
    browser = await chromium.launch({ ...prepared, timeout: 180_000 });
  });
  afterAll(() => browser?.close());
  return async (url, { width = 1360, height = 860, colorScheme = "light" } = {}) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: "reduce" });
    page.setDefaultTimeout(180_000);
    const complaints: string[] = [];
    page.on("console", (m) => m.type() === "error" && complaints.push(m.text()));
    page.on("pageerror", (e) => complaints.push(e.message));
    await page.goto(url);
    return { page, complaints };
  };
}

export interface Look {
  width?: number;
  height?: number;
  colorScheme?: "light" | "dark";
}

export const PHONE: Look = { width: 390, height: 844 };

/** Whatever sticks out sideways: what is wide must scroll inside a box of its own. */
export const sticksOut = (page: Page): Promise<string[]> =>
  page.locator("#page").evaluate((root) => {
    const width = root.ownerDocument.documentElement.clientWidth;
    return [...root.querySelectorAll(":not(.wide *, pre *, .cards *)")]
      .filter((e) => e.getBoundingClientRect().right > width + 1)
      .map((e) => `${e.tagName}.${e.className}: ${e.textContent?.trim().slice(0, 40)}`);
  });

/** Pictures are kept where a person asks for them, to be looked at. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.ML_ARCHITECT_SCREENSHOTS;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png` });
}

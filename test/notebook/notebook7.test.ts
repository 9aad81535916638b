import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { preparedBrowser } from "../../scripts/browser.mjs";
import { type Jupyter, notebookOf, startJupyter } from "./jupyter.ts";
import { generated, NotebookPage } from "./page.ts";
import { PYTHON } from "./python.ts";

const prepared = preparedBrowser();
const PLAN = "%architect plan fine-tune Llama 3.1 8B on 50k support tickets, $500";

describe.skipIf(!PYTHON || !prepared)("Notebook 7 on the same server", { timeout: 600_000 }, () => {
  let jupyter: Jupyter;
  let browser: Browser;
  beforeAll(async () => {
    jupyter = await startJupyter({ kernels: ["deno"] });
    browser = await chromium.launch({ ...prepared, timeout: 180_000 });
  });
  afterAll(async () => {
    await browser?.close();
    await jupyter?.end();
  });

  test("shows the plan with its charts, and each cell that succeeds brings the next", async () => {
    const empty = notebookOf([{ id: "first", text: "" }]);
    writeFileSync(join(jupyter.folder, "plan.ipynb"), JSON.stringify(empty));
    const notebook = await NotebookPage.open(browser, jupyter, "plan.ipynb", { count: 1, app: "notebook" });
    try {
      const plan = await notebook.say(PLAN);
      await plan.locator(".vega-embed canvas, .vega-embed svg").first().waitFor();
      await notebook.say("%architect config");
      await notebook.run("%architect project");
      for (const name of ["base", "train"])
        await notebook.shown(
          await notebook.run(`%%architect config llama-3-1-8b/configs/${name}.yaml`),
          /says this already/,
        );
      await notebook.picture("notebook7-config", await notebook.cell("%architect config"));
      await notebook.save();
      await expect.poll(async () => generated(await notebook.saved()).length).toBe(4);
    } finally {
      await notebook.close();
    }
  });
});

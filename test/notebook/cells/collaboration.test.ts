import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Jupyter, notebookOf, openSession, type SavedCell, startJupyter } from "../jupyter.ts";
import { PYTHON } from "../python.ts";

const PLAN = { id: "ask", text: "%architect plan fine-tune llama 3.1 8b on 50k tickets, $500" };
const HERE = { id: "here", text: "%architect config" };

describe.skipIf(!PYTHON)("cells in a document that several people edit", { timeout: 600_000 }, () => {
  let jupyter: Jupyter;
  beforeAll(async () => {
    jupyter = await startJupyter({ collaboration: true });
  });
  afterAll(() => jupyter?.end());

  const read = async (path: string): Promise<SavedCell[]> =>
    (await jupyter.ask("GET", `api/contents/${encodeURIComponent(path)}?type=notebook`)).body.content.cells;

  test("come as one more person's, with their marks, once", async () => {
    const path = "shared ü.ipynb";
    writeFileSync(join(jupyter.folder, path), JSON.stringify(notebookOf([PLAN, HERE, { id: "last", text: "1" }])));
    // As a page that opens it.
    await jupyter.ask("PUT", `api/collaboration/session/${encodeURIComponent(path)}`, {
      format: "json",
      type: "notebook",
    });
    const session = await openSession(jupyter, path);
    await session.execute(PLAN);
    const first = await session.execute(HERE);
    expect(first.status, first.evalue + jupyter.log().slice(-5000)).toBe("ok");
    expect(first.displays.at(-1)!["text/markdown"]).toContain("`config-serve`: inserted");
    expect(first.payload).toEqual([]);
    const cells = await read(path);
    expect(cells.map(({ id }) => id).toSpliced(2, 6)).toEqual(["ask", "here", "last"]);
    expect(cells[5]!.metadata["ml-architect"]).toMatchObject({ cell: "config-train", step: 3 });
    expect((await session.execute(HERE)).displays.at(-1)!["text/markdown"]).toContain("stands already");
    await session.execute({ id: "x", text: "%architect set epochs=2" });
    expect((await session.execute(HERE)).displays.at(-1)!["text/markdown"]).toMatch(/`config-train`.*: updated/);
    const updated = await read(path);
    expect(updated).toHaveLength(9);
    expect(updated[5]!.source).toMatch(/epochs: 2\b/);
    await session.close();
  });
});

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Jupyter, notebookOf, openSession, type SavedCell, startJupyter } from "../jupyter.ts";
import { PYTHON } from "../python.ts";

const PLAN = { id: "ask", text: "%architect plan fine-tune llama 3.1 8b on 50k tickets, $500" };
const INTO_FILE = { id: "write", text: "%architect config --insert file" };
const HERE = { id: "here", text: "%architect config" };

describe.skipIf(!PYTHON)("cells written through a Jupyter server", { timeout: 600_000 }, () => {
  let jupyter: Jupyter;
  beforeAll(async () => {
    jupyter = await startJupyter();
  });
  afterAll(() => jupyter?.end());

  const write = (path: string, cells: readonly { id: string; text: string }[]): void =>
    writeFileSync(join(jupyter.folder, path), JSON.stringify(notebookOf(cells)));
  const read = async (path: string) => {
    const { body } = await jupyter.ask("GET", `api/contents/${encodeURIComponent(path)}?type=notebook`);
    return body.content.cells as SavedCell[];
  };

  test("go below the cell that asks, once, and an edited one stays", async () => {
    const path = "tickets ü #1.ipynb";
    write(path, [PLAN, INTO_FILE, { id: "last", text: "1" }]);
    const session = await openSession(jupyter, path);
    await session.execute(PLAN);
    const first = await session.execute(INTO_FILE);
    expect(first.status, first.evalue).toBe("ok");
    expect(first.displays.at(-1)!["text/markdown"]).toContain("`config-serve`: inserted");
    const cells = await read(path);
    expect(cells.map(({ id }) => id).toSpliced(2, 6)).toEqual(["ask", "write", "last"]);
    expect(cells[5]!.source).toContain("%%architect config llama-3-1-8b/configs/train.yaml\n");
    expect(cells[5]!.metadata["ml-architect"]).toMatchObject({ cell: "config-train", step: 3 });

    expect((await session.execute(INTO_FILE)).displays.at(-1)!["text/markdown"]).toContain("stands already");
    expect(await read(path)).toEqual(cells);

    await session.execute({ id: "x", text: "%architect set epochs=2" });
    expect((await session.execute(INTO_FILE)).displays.at(-1)!["text/markdown"]).toMatch(/`config-train`.*: updated/);
    const updated = await read(path);
    expect(updated).toHaveLength(9);
    expect(updated[5]!.source).toMatch(/epochs: 2\b/);

    updated[5]!.source += "# mine\n";
    await jupyter.ask("PUT", `api/contents/${encodeURIComponent(path)}`, {
      type: "notebook",
      content: { ...notebookOf([]), cells: updated },
    });
    await session.execute({ id: "x", text: "%architect set epochs=3" });
    expect((await session.execute(INTO_FILE)).displays.at(-1)!["text/markdown"]).toContain("kept, because you edited");
    expect((await read(path))[5]).toEqual(updated[5]);
    await session.close();
  });

  test("are refused where the person's window has changes that are not saved", async () => {
    write("unsaved.ipynb", [PLAN]);
    const session = await openSession(jupyter, "unsaved.ipynb");
    await session.execute(PLAN);
    const { status, evalue } = await session.execute(INTO_FILE);
    expect(status).toBe("error");
    expect(evalue).toContain("not saved: nothing was written. Save the notebook");
    expect(await read("unsaved.ipynb")).toHaveLength(1);
    await session.close();
  });

  test("with a window open, come by the reply, one cell that names its plan and step", async () => {
    write("open.ipynb", [PLAN, HERE]);
    const session = await openSession(jupyter, "open.ipynb");
    await session.execute(PLAN);
    const { payload, displays } = await session.execute(HERE);
    expect(payload).toHaveLength(1);
    expect(payload[0]).toMatchObject({ source: "set_next_input", replace: false });
    expect(payload[0]!.text).toMatch(
      /^\/\/ ml-architect cell=project step=1 plan=\w{12} hash=\w{12}\n%architect project llama-3-1-8b$/,
    );
    expect(displays.at(-1)!["application/vnd.ml-architect.cells+json"].cells).toHaveLength(6);
    expect(await read("open.ipynb")).toHaveLength(2);
    // Again: it stands below already.
    const again = await session.execute(HERE);
    expect(again.payload).toEqual([]);
    expect(again.displays.at(-1)!["text/markdown"]).toContain("given to this notebook before");
    // The cell itself runs.
    expect((await session.execute({ id: "new", text: payload[0]!.text })).status).toBe("ok");
    await session.close();
  });

  test("a dry run says what would be done and writes nothing", async () => {
    write("dry.ipynb", [PLAN, { id: "dry", text: "%architect config --insert file --dry-run" }]);
    const session = await openSession(jupyter, "dry.ipynb");
    await session.execute(PLAN);
    const { displays, payload } = await session.execute({
      id: "dry",
      text: "%architect config --insert file --dry-run",
    });
    expect(displays.at(-1)!["text/markdown"]).toContain("would be inserted");
    expect(payload).toEqual([]);
    expect(await read("dry.ipynb")).toHaveLength(2);
    await session.close();
  });

  test("two servers over one runtime folder: each kernel's notebook is found on its own", async () => {
    const other = await startJupyter({ runtime: jupyter.runtime });
    try {
      for (const server of [jupyter, other]) {
        writeFileSync(join(server.folder, "same.ipynb"), JSON.stringify(notebookOf([PLAN, INTO_FILE])));
        const session = await openSession(server, "same.ipynb");
        await session.execute(PLAN);
        expect((await session.execute(INTO_FILE)).status).toBe("ok");
        const { body } = await server.ask("GET", "api/contents/same.ipynb");
        expect(body.content.cells).toHaveLength(8);
        await session.close();
      }
    } finally {
      await other.end();
    }
  });
});

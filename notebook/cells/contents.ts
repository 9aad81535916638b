import { AdvisorError } from "../../src/index.ts";
import type { PlannedCell } from "./cell.ts";
import { placeInto } from "./file.ts";
import type { Found } from "./find.ts";
import { asNotebook, type Notebook, sourceOf } from "./nbformat.ts";
import type { Step } from "./placing.ts";
import type { Saved } from "./standings.ts";

/** The cell that asks: where it stands, and what it says. */
export interface Anchor {
  /** Undefined where the front end does not tell. */
  id: string | undefined;
  text: string;
}

interface Model {
  content: unknown;
  last_modified?: string;
  hash?: string;
}

/** Through the server's files: for a notebook that nobody has open, or where a person says so. */
export async function placeInFile(
  { server, path }: Found,
  planned: readonly PlannedCell[],
  anchor: Anchor,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): Promise<Step[]> {
  const route = routeOf(path);
  const read = async (content: 0 | 1): Promise<Model> => {
    const { status, body } = await server.ask(
      "GET",
      `${route}?type=notebook&content=${content}&hash=1`,
      undefined,
      signal,
    );
    if (status !== 200) throw failed(`read "${path}"`, status, body);
    return body as Model;
  };
  const before = await read(1);
  const notebook = asNotebook(before.content, path);
  const placed = placeInto(notebook, planned, anchorIn(notebook, anchor, path));
  if (dryRun || placed.steps.every(({ does }) => does === "keep" || does === "nothing")) return placed.steps;
  const now = await read(0);
  // The interface has no conditional write: this leaves a conflict no more than the moment between two requests.
  if (now.last_modified !== before.last_modified || now.hash !== before.hash)
    throw new AdvisorError(
      "outside-failed",
      `"${path}" was saved by somebody else meanwhile: nothing was written`,
      "Run this again.",
    );
  const model = { type: "notebook", format: "json", content: placed.notebook };
  const { status, body } = await server.ask("PUT", route, model, signal);
  if (status !== 200 && status !== 201) throw failed(`write "${path}"`, status, body);
  return placed.steps;
}

const routeOf = (path: string): string => `api/contents/${path.split("/").map(encodeURIComponent).join("/")}`;

/** The notebook as it was saved last; undefined where it cannot be read. */
export async function savedNotebook({ server, path }: Found, signal: AbortSignal): Promise<Saved | undefined> {
  const { body } = await server.ask("GET", `${routeOf(path)}?type=notebook`, undefined, signal);
  const { content, last_modified } = (body ?? {}) as { content?: Partial<Notebook>; last_modified?: string };
  const at = Date.parse(last_modified ?? "");
  return Number.isNaN(at) ? undefined : { at, cells: content?.cells ?? [] };
}

/** Refuses where the file is older than what the person sees: their unsaved work would be lost. */
function anchorIn({ cells }: Notebook, { id, text }: Anchor, path: string): number {
  const at = cells.findIndex((cell) => (id === undefined ? sourceOf(cell) === text : cell.id === id));
  if (at >= 0 && sourceOf(cells[at]!) === text) return at;
  throw new AdvisorError(
    "invalid-input",
    `"${path}" has changes that are not saved: nothing was written`,
    "Save the notebook (Ctrl+S), then run this cell again.",
  );
}

function failed(what: string, status: number, body: unknown): AdvisorError {
  const { message } = (body ?? {}) as { message?: unknown };
  return new AdvisorError(
    "outside-failed",
    `The Jupyter server would not let us ${what} (${status}${typeof message === "string" && message ? `: ${message}` : ""})`,
    status === 403 ? "It has no token for us; --insert next does without it." : "--insert next does without it.",
  );
}

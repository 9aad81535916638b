import { dirname, join } from "node:path";
import { AdvisorError } from "../../src/index.ts";
import { textBundle } from "../answer/bundle.ts";
import type { Insert } from "../magic/verbs.ts";
import type { Bundle } from "../proxy/magician.ts";
import { type PlannedCell, tagged } from "./cell.ts";
import { type Anchor, placeInFile, savedNotebook } from "./contents.ts";
import { editorFile, savedFile } from "./editor.ts";
import { type Found, findNotebook } from "./find.ts";
import { CELLS } from "./nbformat.ts";
import { type Step, toldOf } from "./placing.ts";
import { sharedDocument } from "./shared.ts";
import { Memory, type Standings } from "./standings.ts";
import { Stepper } from "./stepper.ts";

/** Cells into the notebook that asks for them, by the best way that is open. */

export interface Asked {
  where: Insert | undefined;
  dryRun: boolean;
  anchor: Anchor;
  /** Puts one code cell below the one that asks. */
  next(text: string): void;
  /** Of the kernel: its comments are the tag's. */
  language: string;
  signal: AbortSignal;
}

export class Inserter {
  private readonly stepper = new Stepper();
  private readonly memory: Memory;
  private readonly find: (signal: AbortSignal) => Promise<Found | { reason: string }>;

  constructor(connectionFile: string, env: NodeJS.ProcessEnv) {
    this.memory = new Memory(dirname(connectionFile));
    this.find = (signal) => findNotebook(connectionFile, env, signal);
  }

  async insert(planned: readonly PlannedCell[], asked: Asked): Promise<Bundle> {
    const { where, dryRun, anchor, signal } = asked;
    if (where === "none") return textBundle(`Not written: ${listed(planned)}`);
    if (where === "display") return shownCells(planned, "Nothing was inserted");
    const found = await this.find(signal);
    if (where === "next") return this.next(planned, asked, await this.standings(found, asked), "");
    if ("server" in found) {
      // A write to the file would overwrite what people type into a shared document.
      const document = await sharedDocument(found, signal);
      if (document) {
        const { placeInDocument } = await import("./collaboration.ts");
        return placed(await placeInDocument(document, planned, anchor, { dryRun, signal }), dryRun, "");
      }
      if (where === "file" || found.connections === 0) {
        const steps = await placeInFile(found, planned, anchor, { dryRun, signal });
        const wrote = !dryRun && steps.some(({ does }) => does === "insert" || does === "update");
        return placed(steps, dryRun, wrote && found.connections > 0 ? RELOAD : "");
      }
    } else if (where === "file")
      throw new AdvisorError(
        "not-available",
        `The notebook's file was not found: ${found.reason}`,
        "--insert next puts the cells below this one, one by one; --insert display shows them.",
      );
    return this.next(planned, asked, await this.standings(found, asked), "reason" in found ? found.reason : "");
  }

  private async standings(found: Found | { reason: string }, { anchor, signal }: Asked): Promise<Standings> {
    if (!("server" in found)) {
      const path = editorFile(anchor.id);
      return this.memory.of(path, path === undefined ? undefined : await savedFile(path));
    }
    const path = join(found.server.root, found.path);
    // Asked for a notebook that it is saving, a server may take the half-written file for a broken one and put the
    // one before it back (jupyter_server 2.21): it is asked only where its files are not this machine's.
    return this.memory.of(path, (await savedFile(path)) ?? (await savedNotebook(found, signal)));
  }

  private next(planned: readonly PlannedCell[], asked: Asked, standings: Standings, reason: string): Bundle {
    const comment = asked.language === "python" ? "#" : "//";
    if (asked.dryRun) return textBundle(`Would put below this cell, one after the other: ${listed(planned)}`);
    const first = this.stepper.begin(planned, standings, asked.where === "next");
    if (first) asked.next(tagged(first, comment));
    const how = first
      ? `\`${first.id}\` stands below this cell. Run it, and the next one follows.`
      : "These cells were given to this notebook before: they stand below. `--insert next` gives them again.";
    return shownCells(planned, reason ? `${how} (${reason})` : how);
  }

  /** A cell has succeeded: the one that follows it. */
  after(code: string, language: string): string | undefined {
    const next = this.stepper.after(code);
    return next && tagged(next, language === "python" ? "#" : "//");
  }
}

const RELOAD =
  "\n\nThe file was written. Your window shows the old one until you take it: File → Reload Notebook from Disk.";

const listed = (cells: readonly PlannedCell[]): string => cells.map(({ id }) => `\`${id}\``).join(", ");
const placed = (steps: readonly Step[], dryRun: boolean, more: string): Bundle =>
  textBundle(`**Cells of this notebook**\n\n${toldOf(steps, dryRun)}${more}`);

const shownCells = (cells: readonly PlannedCell[], how: string): Bundle => ({
  ...textBundle(
    `${how}\n\nCells: ${listed(cells)}. In a saved notebook, \`ml-architect notebook apply in.ipynb -o out.ipynb\` inserts them.`,
  ),
  [CELLS]: { version: 1, cells },
});

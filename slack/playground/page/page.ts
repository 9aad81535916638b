import type { Doing, Preview, Seen, SeenFile } from "../protocol.ts";
import { type Address, address } from "./address.ts";
import type { Confirm, Scene } from "./scene.ts";
import { preview, send, type Workspace } from "./server.ts";

/** A file that is open, and what was opened inside it. */
export interface OpenFile {
  readonly file: SeenFile;
  readonly shown: Preview;
  readonly inside?: { readonly path: string; readonly shown: Preview } | undefined;
}

/** What the page shows beyond the workspace: dialogs that are open, and the last thing that failed. */
export class Page {
  readonly workspace: Workspace;
  readonly draw: () => void;
  failed = "";
  asking: { readonly confirm: Confirm; readonly yes: () => void } | undefined;
  file: OpenFile | undefined;

  constructor(workspace: Workspace, draw: () => void) {
    this.workspace = workspace;
    this.draw = draw;
  }

  get seen(): Seen {
    return this.workspace.seen!;
  }

  get at(): Address {
    return address();
  }

  /** Whether it went well; what failed is shown. */
  async act(doing: Doing): Promise<boolean> {
    const { failed = "" } = await send(this.seen.me, doing);
    this.failed = failed;
    this.draw();
    return failed === "";
  }

  ask(confirm: Confirm, yes: () => void): void {
    this.asking = { confirm, yes };
    this.draw();
  }

  /** The question was answered, or its dialog closed. */
  answer(isYes: boolean): void {
    const { asking } = this;
    this.asking = undefined;
    this.draw();
    if (isYes) asking?.yes();
  }

  async openFile(file: SeenFile): Promise<void> {
    this.file = { file, shown: await preview(file.id) };
    this.draw();
  }

  async openInside(path: string): Promise<void> {
    const open = this.file!;
    this.file = { ...open, inside: { path, shown: await preview(open.file.id, path) } };
    this.draw();
  }

  closeFile(): void {
    this.file = undefined;
    this.draw();
  }

  /** A place for blocks: presses in it are told to the app as `on` says. */
  scene(
    id: string,
    on: Extract<Doing, { type: "press" }>["on"],
    more: Partial<Pick<Scene, "errors" | "files">> = {},
  ): Scene {
    const { people, rooms, bot } = this.seen;
    return {
      id,
      errors: {},
      files: [],
      ...more,
      people: people.filter((p) => p.id !== bot),
      rooms: rooms.filter((r) => r.kind !== "im"),
      personName: (user) => people.find((p) => p.id === user)?.name ?? user,
      roomName: (room) => rooms.find((r) => r.id === room)?.name ?? room,
      press: (action, entry, confirm) => {
        const run = (): void => void this.act({ type: "press", on, action, entry });
        if (confirm === undefined) run();
        else this.ask(confirm, run);
      },
    };
  }
}

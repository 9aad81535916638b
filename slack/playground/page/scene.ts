import type { Entry, SeenFile } from "../protocol.ts";

/** Where blocks are shown: what names mean there, and what a click does. */
export interface Scene {
  /** Unlike that of any other place on the page: ids of controls begin with it. */
  readonly id: string;
  personName(id: string): string;
  roomName(id: string): string;
  readonly people: readonly { readonly id: string; readonly name: string }[];
  readonly rooms: readonly { readonly id: string; readonly name: string }[];
  press(action: string, entry: Entry | undefined, confirm: Confirm | undefined): void;
  /** By block: what was wrong with what was entered. */
  readonly errors: Readonly<Record<string, string>>;
  readonly files: readonly SeenFile[];
}

/** The question before a click counts. */
export interface Confirm {
  readonly title?: { readonly text: string } | undefined;
  readonly text: { readonly type: "mrkdwn" | "plain_text"; readonly text: string };
  readonly confirm?: { readonly text: string } | undefined;
  readonly deny?: { readonly text: string } | undefined;
  readonly style?: "primary" | "danger" | undefined;
}

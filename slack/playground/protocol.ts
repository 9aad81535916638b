/** What the page and its server say to each other. Types only: the page runs in a browser. */

interface SeenPerson {
  readonly id: string;
  readonly name: string;
}
/** As Slack stores it; `blocks/block-schema.ts` says what may be in it. */
export type SeenBlock = { readonly type: string; readonly block_id?: string } & Readonly<Record<string, unknown>>;
export interface SeenFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly size: number;
}
export interface SeenMessage {
  readonly ts: string;
  readonly room: string;
  readonly thread?: string | undefined;
  readonly user: string;
  readonly isFromApp: boolean;
  readonly isForMeOnly: boolean;
  readonly isEdited: boolean;
  readonly isGrowing: boolean;
  readonly text: string;
  readonly blocks: readonly SeenBlock[];
  readonly files: readonly SeenFile[];
}
export interface SeenRoom {
  readonly id: string;
  readonly name: string;
  readonly kind: "public" | "private" | "im";
  readonly isExternal: boolean;
  readonly hasApp: boolean;
  readonly isMember: boolean;
  /** Every message that this person sees, oldest first. */
  readonly order: readonly string[];
}
/** An agent's session in a thread. */
export interface SeenSession {
  readonly room: string;
  readonly thread: string;
  readonly state?: "processing" | "active" | "suspended" | "closed";
  /** "is thinking…" */
  readonly status?: string;
}
export interface SeenView {
  readonly id: string;
  readonly blocks: readonly SeenBlock[];
  readonly title: string;
  readonly submit?: string | undefined;
  readonly close: string;
  readonly errors: Readonly<Record<string, string>>;
}
export interface SeenPrompt {
  readonly title: string;
  readonly message: string;
}

/** The workspace as one person sees it at one moment; messages travel apart, each when it changed. */
export interface Seen {
  readonly me: string;
  readonly bot: string;
  readonly people: readonly SeenPerson[];
  readonly rooms: readonly SeenRoom[];
  readonly sessions: readonly SeenSession[];
  readonly prompts: readonly SeenPrompt[];
  readonly home?: readonly SeenBlock[] | undefined;
  readonly modal?: SeenView | undefined;
  readonly commands: readonly { readonly command: string; readonly hint: string }[];
  readonly shortcuts: readonly { readonly id: string; readonly name: string }[];
}
export interface Update {
  readonly seen: Seen;
  readonly changed: readonly SeenMessage[];
}

/** What a person put into an element: text, a chosen option's value, or several of them. */
export type Entry = string | readonly string[];
export type Entries = Readonly<Record<string, Entry>>;

/** What a person can do on the page. */
export type Doing =
  | { type: "say"; room: string; thread?: string | undefined; text: string; files?: readonly Dropped[] | undefined }
  | { type: "edit"; room: string; ts: string; text: string }
  | { type: "press"; on: Place; action: string; entry?: Entry | undefined }
  /** By `block_id/action_id`. */
  | { type: "submit"; entries: Entries }
  | { type: "dismiss" }
  | { type: "shortcut"; id: string; room: string; ts: string }
  | { type: "open"; tab: "home" | "messages" }
  | { type: "stop"; room: string; ts: string };
type Place = { room: string; ts: string } | { view: string };
export interface Dropped {
  readonly name: string;
  readonly base64: string;
}
/** How it ended; `failed` is the line that Slack shows under it. */
export interface Done {
  readonly failed?: string;
}

/** A file as the page shows it without a program of its own. */
export type Preview =
  | { readonly kind: "picture" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "notebook"; readonly cells: readonly { readonly type: string; readonly source: string }[] }
  | { readonly kind: "archive"; readonly files: readonly { readonly path: string; readonly size: number }[] }
  | { readonly kind: "none" };

/** Words as every text of Slack comes down to them. Whatever was in it, text stays text. */
export type Inline =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "bold" | "italic" | "strike"; readonly inside: readonly Inline[] }
  | { readonly type: "code"; readonly text: string }
  | { readonly type: "link"; readonly url: string; readonly inside: readonly Inline[] }
  | { readonly type: "user" | "room"; readonly id: string }
  /** here, channel, everyone */
  | { readonly type: "broadcast"; readonly range: string };

export const plain = (text: string): Inline => ({ type: "text", text });

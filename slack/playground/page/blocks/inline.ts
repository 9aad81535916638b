import { html, type TemplateResult } from "lit-html";
import type { Scene } from "../scene.ts";

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

export const inlines = (nodes: readonly Inline[], scene: Scene): unknown[] => nodes.map((node) => inline(node, scene));

function inline(node: Inline, scene: Scene): string | TemplateResult {
  switch (node.type) {
    case "text":
      return node.text;
    case "bold":
      return html`<b>${inlines(node.inside, scene)}</b>`;
    case "italic":
      return html`<i>${inlines(node.inside, scene)}</i>`;
    case "strike":
      return html`<s>${inlines(node.inside, scene)}</s>`;
    case "code":
      return html`<code>${node.text}</code>`;
    case "link":
      return mayOpen(node.url)
        ? html`<a href=${node.url} target="_blank" rel="noopener noreferrer">${inlines(node.inside, scene)}</a>`
        : html`${inlines(node.inside, scene)} (${node.url})`;
    case "user":
      return html`<span class="mention">@${scene.personName(node.id)}</span>`;
    case "room":
      return html`<span class="mention">#${scene.roomName(node.id)}</span>`;
    case "broadcast":
      return html`<span class="mention loud">@${node.range}</span>`;
    default:
      return node satisfies never;
  }
}

function mayOpen(url: string): boolean {
  return URL.canParse(url) && ["https:", "http:", "mailto:"].includes(new URL(url).protocol);
}

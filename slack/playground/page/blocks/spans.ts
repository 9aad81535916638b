import { html, type TemplateResult } from "lit-html";
import type { Scene } from "../scene.ts";
import type { Inline } from "./inline.ts";

/** Words as the page shows them: values of templates, which never become markup. */
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

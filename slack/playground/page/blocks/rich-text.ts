import { html, type TemplateResult } from "lit-html";
import type { MessageBlock } from "../../../blocks/block-schema.ts";
import type { Scene } from "../scene.ts";
import { type Inline, plain } from "./inline.ts";
import { inlines } from "./spans.ts";
import { pre } from "./text.ts";

export type RichText = Extract<MessageBlock, { type: "rich_text" }>;
type Part = RichText["elements"][number];
type Leaf = Extract<Part, { type: "rich_text_quote" }>["elements"][number];

export const richText = (block: RichText, scene: Scene): TemplateResult[] =>
  block.elements.map((part) => partOf(part, scene));

function partOf(part: Part, scene: Scene): TemplateResult {
  switch (part.type) {
    case "rich_text_section":
      return html`<p class="lines">${leaves(part.elements, scene)}</p>`;
    case "rich_text_quote":
      return html`<blockquote>${leaves(part.elements, scene)}</blockquote>`;
    case "rich_text_preformatted":
      return pre(part.elements.map((e) => (e.type === "text" ? e.text : (e.text ?? e.url))).join(""));
    case "rich_text_list": {
      const items = part.elements.map((item) => html`<li>${leaves(item.elements, scene)}</li>`);
      return part.style === "ordered" ? html`<ol>${items}</ol>` : html`<ul>${items}</ul>`;
    }
    default:
      return part satisfies never;
  }
}

const leaves = (elements: readonly Leaf[], scene: Scene): unknown[] => inlines(elements.map(leaf), scene);

function leaf(element: Leaf): Inline {
  const { bold, italic, strike, code } = element.style ?? {};
  let node = bare(element);
  if (code && node.type === "text") node = { type: "code", text: node.text };
  if (bold) node = { type: "bold", inside: [node] };
  if (italic) node = { type: "italic", inside: [node] };
  if (strike) node = { type: "strike", inside: [node] };
  return node;
}

function bare(element: Leaf): Inline {
  switch (element.type) {
    case "text":
      return plain(element.text);
    case "link":
      return { type: "link", url: element.url, inside: [plain(element.text ?? element.url)] };
    case "user":
      return { type: "user", id: element.user_id };
    case "channel":
      return { type: "room", id: element.channel_id };
    case "broadcast":
      return { type: "broadcast", range: element.range };
    case "usergroup":
      return plain(`@${element.usergroup_id}`);
    case "emoji":
      return plain(`:${element.name}:`);
    case "color":
      return plain(element.value);
    case "date":
      return plain(element.fallback ?? new Date(element.timestamp * 1000).toLocaleString());
    default:
      return element satisfies never;
  }
}

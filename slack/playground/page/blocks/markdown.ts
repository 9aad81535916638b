import { html, nothing, type TemplateResult } from "lit-html";
import { lexer, type Token, type Tokens } from "marked";
import type { Scene } from "../scene.ts";
import { type Inline, plain } from "./inline.ts";
import { unescaped } from "./mrkdwn.ts";
import { inlines } from "./spans.ts";
import { pre } from "./text.ts";

/** A markdown block. Only the library's reading is used: what it would write as HTML is text here. */
export const markdown = (text: string, scene: Scene): unknown[] => lexer(text).map((token) => part(token, scene));

function part(token: Token, scene: Scene): unknown {
  switch (token.type) {
    case "heading":
      return html`<h4>${inlines(inside(token), scene)}</h4>`;
    case "paragraph":
    case "text":
      return html`<p class="lines">${inlines(inside(token), scene)}</p>`;
    case "code":
      return pre(unescaped((token as Tokens.Code).text));
    case "blockquote":
      return html`<blockquote>${(token.tokens ?? []).map((t) => part(t, scene))}</blockquote>`;
    case "list":
      return list(token as Tokens.List, scene);
    case "table":
      return table(token as Tokens.Table, scene);
    case "hr":
      return html`<hr />`;
    case "space":
    case "def":
      return nothing;
    default:
      return html`<p class="lines">${unescaped(token.raw)}</p>`;
  }
}

function list({ items, ordered, start }: Tokens.List, scene: Scene): TemplateResult {
  const shown = items.map((item) => html`<li>${item.tokens.map((t) => part(t, scene))}</li>`);
  return ordered ? html`<ol start=${start === "" ? 1 : start}>${shown}</ol>` : html`<ul>${shown}</ul>`;
}

const table = ({ header, rows }: Tokens.Table, scene: Scene): TemplateResult => html`
  <div class="wide" tabindex="0" role="group" aria-label="Table">
    <table>
      <thead><tr>${header.map((cell) => html`<th scope="col">${inlines(cell.tokens.map(leaf), scene)}</th>`)}</tr></thead>
      <tbody>
        ${rows.map((row) => html`<tr>${row.map((cell) => html`<td>${inlines(cell.tokens.map(leaf), scene)}</td>`)}</tr>`)}
      </tbody>
    </table>
  </div>`;

const MARKS = { strong: "bold", em: "italic", del: "strike" } as const;

const inside = (token: Token): Inline[] =>
  "tokens" in token && token.tokens
    ? token.tokens.map(leaf)
    : [plain(unescaped("text" in token ? token.text : token.raw))];

function leaf(token: Token): Inline {
  switch (token.type) {
    case "strong":
    case "em":
    case "del":
      return { type: MARKS[token.type], inside: inside(token) };
    case "codespan":
      return { type: "code", text: unescaped((token as Tokens.Codespan).text) };
    case "link":
      return { type: "link", url: unescaped((token as Tokens.Link).href), inside: inside(token) };
    case "br":
      return plain("\n");
    case "text":
    case "escape":
      return plain(unescaped((token as Tokens.Text).text));
    default:
      return plain(unescaped(token.raw));
  }
}

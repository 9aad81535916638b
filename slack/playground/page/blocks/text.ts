import { html, nothing, type TemplateResult } from "lit-html";
import type { Scene } from "../scene.ts";
import { type Part, readMrkdwn } from "./mrkdwn.ts";
import { inlines } from "./spans.ts";

/** A text object: mrkdwn or plain. */
export interface Words {
  readonly type: "mrkdwn" | "plain_text";
  readonly text: string;
}

export const words = (text: Words, scene: Scene): unknown =>
  text.type === "plain_text" ? text.text : mrkdwn(text.text, scene);

export const mrkdwn = (text: string, scene: Scene): unknown => readMrkdwn(text).map((part) => shown(part, scene));

function shown(part: Part, scene: Scene): TemplateResult {
  switch (part.type) {
    case "lines":
      return html`<span class="lines">${inlines(part.inside, scene)}</span>`;
    case "quote":
      return html`<blockquote>${inlines(part.inside, scene)}</blockquote>`;
    case "code":
      return pre(part.text);
    default:
      return part satisfies never;
  }
}

/** Code scrolls inside its own box, which the keyboard can reach. */
export const pre = (text: string): TemplateResult => html`<pre tabindex="0">${text}</pre>`;

export const maybe = (text: Words | undefined, scene: Scene): unknown => (text ? words(text, scene) : nothing);

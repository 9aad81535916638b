import { html, nothing, type TemplateResult } from "lit-html";
import type { MessageBlock } from "../../../blocks/block-schema.ts";
import type { Scene } from "../scene.ts";
import { plain } from "./inline.ts";
import { type RichText, richText } from "./rich-text.ts";
import { inlines } from "./spans.ts";

type Plan = Extract<MessageBlock, { type: "plan" }>;
type Task = Omit<Extract<MessageBlock, { type: "task_card" }>, "type" | "details" | "output"> & {
  // A stream brings these as text.
  readonly details?: RichText | string | undefined;
  readonly output?: RichText | string | undefined;
};

const STATUS = {
  pending: ["○", "waiting"],
  in_progress: ["", "working"],
  complete: ["✓", "done"],
  error: ["!", "failed"],
} as const;

export const plan = (block: Plan, scene: Scene): TemplateResult => html`
  <section class="steps-box" aria-label=${block.title}>
    <h4>${block.title}</h4>
    <ol class="steps">${(block.tasks ?? []).map((task) => html`<li>${taskCard(task, scene)}</li>`)}</ol>
  </section>`;

export function taskCard({ title, status, details, output, sources }: Task, scene: Scene): TemplateResult {
  const [icon, says] = STATUS[status];
  return html`
    <div class="step ${status}">
      <span class="step-icon" aria-hidden="true">${icon}</span>
      <div>
        <div class="step-title">${title} <span class="unseen">(${says})</span></div>
        ${said("step-details", details, scene)} ${said("step-output", output, scene)}
        ${sources?.map(
          ({ url, text }) =>
            html`<div class="step-details">${inlines([{ type: "link", url, inside: [plain(text)] }], scene)}</div>`,
        )}
      </div>
    </div>`;
}

function said(look: string, text: RichText | string | undefined, scene: Scene): TemplateResult | typeof nothing {
  if (text === undefined) return nothing;
  return html`<div class="${look} lines">${typeof text === "string" ? text : richText(text, scene)}</div>`;
}

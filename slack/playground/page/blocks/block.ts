import { html, nothing, type TemplateResult } from "lit-html";
import type { MessageBlock, ViewBlock } from "../../../blocks/block-schema.ts";
import type { SeenBlock } from "../../protocol.ts";
import type { Scene } from "../scene.ts";
import { element } from "./element.ts";
import { plain } from "./inline.ts";
import { markdown } from "./markdown.ts";
import { richText } from "./rich-text.ts";
import { inlines } from "./spans.ts";
import { plan, taskCard } from "./steps.ts";
import { dataTable, table } from "./table.ts";
import { maybe, words } from "./text.ts";

type Known = MessageBlock | ViewBlock;
type Of<T extends Known["type"]> = Extract<Known, { type: T }>;

/** Blocks as Slack shows them. The local Slack took them, so each is one that the schema knows. */
export const blocks = (all: readonly SeenBlock[], scene: Scene): TemplateResult[] =>
  (all as unknown as readonly Known[]).map((b) => html`<div class="block ${b.type}">${block(b, scene)}</div>`);

function block(b: Known, scene: Scene): unknown {
  const live = { block: b.block_id ?? "", live: true };
  switch (b.type) {
    case "section":
      return section(b, scene);
    case "header":
      return html`<h3>${b.text.text}</h3>`;
    case "divider":
      return html`<hr />`;
    case "context":
      return b.elements.map((e) =>
        e.type === "image" ? image(e, scene) : html`<div class="lines">${words(e, scene)}</div>`,
      );
    case "actions":
      return b.elements.map((e) => element(e, scene, live));
    case "context_actions":
      return b.elements.map((e) => element(e, scene, live));
    case "input":
      return input(b, scene);
    case "image":
      return html`<figure>
        ${b.title ? html`<figcaption>${b.title.text}</figcaption>` : nothing} ${image(b, scene)}
      </figure>`;
    case "rich_text":
      return richText(b, scene);
    case "markdown":
      return markdown(b.text, scene);
    case "table":
      return table(b, scene);
    case "data_table":
      return dataTable(b, scene);
    case "plan":
      return plan(b, scene);
    case "task_card":
      return taskCard(b, scene);
    case "alert":
      return html`<div class="alert ${b.level ?? "default"}" role="note">${words(b.text, scene)}</div>`;
    case "card":
      return card(b, scene);
    case "carousel":
      return html`<div class="cards" tabindex="0" role="group" aria-label="Cards">
        ${b.elements.map((each) => html`<div class="block card">${card(each, scene)}</div>`)}
      </div>`;
    case "container":
      return container(b, scene);
    case "video":
      return html`<p>${inlines([{ type: "link", url: b.video_url, inside: [plain(b.title.text)] }], scene)}</p>`;
    default:
      return b satisfies never;
  }
}

const section = (b: Of<"section">, scene: Scene): TemplateResult => html`
  <div class="words">
    ${maybe(b.text, scene)}
    ${b.fields ? html`<div class="fields">${b.fields.map((f) => html`<div class="lines">${words(f, scene)}</div>`)}</div>` : nothing}
  </div>
  ${accessory(b, scene)}`;

function accessory({ accessory: e, block_id }: Of<"section">, scene: Scene): unknown {
  if (e === undefined) return nothing;
  const shown = e.type === "image" ? image(e, scene) : element(e, scene, { block: block_id ?? "", live: true });
  return html`<div class="accessory">${shown}</div>`;
}

function input(b: Of<"input">, scene: Scene): TemplateResult {
  const id = b.block_id ?? "";
  const error = scene.errors[id];
  const describedBy = `${scene.id}-${id}-about`;
  const e = element(b.element, scene, {
    block: id,
    live: b.dispatch_action === true,
    label: b.label.text,
    describedBy,
    required: b.optional !== true,
  });
  const isGroup = ["checkboxes", "radio_buttons", "file_input"].includes(b.element.type);
  const label = html`${b.label.text} ${b.optional ? html`<span class="note">(optional)</span>` : nothing}`;
  return html`
    ${isGroup ? html`<div class="label">${label}</div>` : html`<label for="${scene.id}-${id}/${b.element.action_id}">${label}</label>`}
    ${e}
    <div id=${describedBy}>
      ${error === undefined ? nothing : html`<p class="error" role="alert">${error}</p>`}
      ${b.hint ? html`<p class="note">${b.hint.text}</p>` : nothing}
    </div>`;
}

interface Image {
  readonly alt_text: string;
  readonly image_url?: string | undefined;
  readonly slack_file?: { readonly id?: string; readonly url?: string } | undefined;
}

/** Pictures of this Slack are shown; those elsewhere are named: the page loads nothing from outside. */
function image({ alt_text, slack_file, image_url }: Image, scene: Scene): TemplateResult {
  const id = slack_file?.id ?? /\/files-pri\/(F[A-Z0-9]+)\//.exec(slack_file?.url ?? "")?.[1];
  if (id !== undefined) return html`<img src="/file/${id}/picture" alt=${alt_text} />`;
  return html`<span class="note">Picture: ${inlines([{ type: "link", url: image_url ?? "", inside: [plain(alt_text)] }], scene)}</span>`;
}

const card = (b: Of<"card">, scene: Scene): TemplateResult => html`
  ${b.hero_image ? image(b.hero_image, scene) : nothing}
  ${b.title ? html`<b>${words(b.title, scene)}</b>` : nothing}
  ${b.subtitle ? html`<div class="note">${words(b.subtitle, scene)}</div>` : nothing} ${maybe(b.body, scene)}
  ${b.actions ? html`<div class="block actions">${b.actions.map((e) => element(e, scene, { block: b.block_id ?? "", live: true }))}</div>` : nothing}`;

function container(b: Of<"container">, scene: Scene): TemplateResult {
  const title = html`<b>${b.rich_text_title ? richText(b.rich_text_title, scene) : b.title?.text}</b>
    ${b.subtitle ? html`<span class="note">${words(b.subtitle, scene)}</span>` : nothing}`;
  const inside = blocks(b.child_blocks as unknown as readonly SeenBlock[], scene);
  return b.is_collapsible
    ? html`<details ?open=${b.default_collapsed !== true}><summary>${title}</summary>${inside}</details>`
    : html`<div>${title}</div>${inside}`;
}

import { html, nothing, type TemplateResult } from "lit-html";
import type { SeenFile, SeenMessage } from "../protocol.ts";
import { linkTo } from "./address.ts";
import { blocks } from "./blocks/block.ts";
import { unescaped } from "./blocks/mrkdwn.ts";
import { mrkdwn } from "./blocks/text.ts";
import { item, menu } from "./menu.ts";
import type { Page } from "./page.ts";

/** A message with its menu; `replies` are those of its thread, where the thread is shown apart. */
export function message(m: SeenMessage, page: Page, replies: readonly SeenMessage[] | undefined): TemplateResult {
  const place = replies === undefined ? "t" : "r";
  const scene = page.scene(`${place}${m.ts}`, { room: m.room, ts: m.ts }, { files: m.files });
  const name = scene.personName(m.user);
  return html`
    <article class="message ${m.isForMeOnly ? "mine" : ""}" aria-label="${name}, ${clock(m.ts)}" data-ts=${m.ts}>
      <div class="avatar ${m.isFromApp ? "app" : shade(m.user)}" aria-hidden="true">${m.isFromApp ? "◆" : name[0]}</div>
      <div class="body">
        ${m.isForMeOnly ? html`<div class="note">Only visible to you</div>` : nothing}
        <div class="by">
          <b>${name}</b> ${m.isFromApp ? html`<span class="badge">App</span>` : nothing}
          <time>${clock(m.ts)}</time>
        </div>
        <div class="content ${m.isGrowing ? "growing" : ""}">
          ${m.blocks.length > 0 ? blocks(m.blocks, scene) : mrkdwn(m.text, scene)}
          ${m.isEdited ? html`<span class="note">(edited)</span>` : nothing}
        </div>
        ${m.files.map((file) => fileCard(file, page))}
        ${replies === undefined || replies.length === 0 ? nothing : thread(m, replies)}
      </div>
      ${m.isForMeOnly ? nothing : actions(m, page, replies !== undefined)}
    </article>`;
}

const thread = (m: SeenMessage, replies: readonly SeenMessage[]): TemplateResult => html`
  <a class="replies" href=${linkTo({ room: m.room, thread: m.ts })}>
    ${replies.length} ${replies.length === 1 ? "reply" : "replies"} <small>last at ${clock(replies.at(-1)!.ts)}</small>
  </a>`;

function actions(m: SeenMessage, page: Page, mayReply: boolean): TemplateResult {
  const { shortcuts, me } = page.seen;
  return menu("Actions of this message", "message-menu", [
    mayReply ? html`<a class="item" href=${linkTo({ room: m.room, thread: m.ts })}>Reply in thread</a>` : nothing,
    shortcuts.map(({ id, name }) => item(name, () => void page.act({ type: "shortcut", id, room: m.room, ts: m.ts }))),
    m.user === me && m.files.length === 0 ? item("Edit message", () => edit(m, page)) : nothing,
  ]);
}

function edit(m: SeenMessage, page: Page): void {
  const { personName } = page.scene("", { view: "" });
  const before = unescaped(m.text.replace(/<@(\w+)>/g, (_, id: string) => `@${personName(id)}`));
  const text = window.prompt("Edit your message", before);
  if (text !== null && text !== "" && text !== before) void page.act({ type: "edit", room: m.room, ts: m.ts, text });
}

const PICTURE = /\.(png|jpe?g|gif|webp)$/i;

function fileCard(file: SeenFile, page: Page): TemplateResult {
  const open = (): void => void page.openFile(file);
  if (PICTURE.test(file.name))
    return html`
      <figure class="file-picture">
        <figcaption>${file.title}</figcaption>
        <button type="button" class="picture" aria-label="Enlarge ${file.title}" @click=${open}>
          <img src="/file/${file.id}/picture" alt=${file.title} />
        </button>
      </figure>`;
  return html`
    <div class="file">
      <span class="file-kind" aria-hidden="true">${file.name.split(".").at(-1)}</span>
      <span class="file-name">${file.title}<small>${file.name}, ${bytes(file.size)}</small></span>
      <button type="button" class="action" @click=${open}>Open</button>
      <a class="action" href="/file/${file.id}" download=${file.name}>Download</a>
    </div>`;
}

export const bytes = (size: number): string =>
  size < 1024
    ? `${size} B`
    : size < 1024 ** 2
      ? `${(size / 1024).toFixed(1)} kB`
      : `${(size / 1024 ** 2).toFixed(1)} MB`;

const clock = (ts: string): string =>
  new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });

/** One of a few colours, always the same for one person. */
const shade = (id: string): string => `shade-${[...id].reduce((sum, c) => sum + c.charCodeAt(0), 0) % 5}`;

import { html, nothing, type TemplateResult } from "lit-html";
import { keyed } from "lit-html/directives/keyed.js";
import type { Preview, SeenView } from "../protocol.ts";
import { blocks } from "./blocks/block.ts";
import { markdown } from "./blocks/markdown.ts";
import { pre, words } from "./blocks/text.ts";
import { entriesOf } from "./control.ts";
import { bytes } from "./message.ts";
import type { OpenFile, Page } from "./page.ts";

/** Everything that lies over the page, the topmost last. */
export const dialogs = (page: Page): TemplateResult => html`
  ${page.seen.modal ? keyed(page.seen.modal.id, modal(page.seen.modal, page)) : nothing}
  ${page.file ? file(page.file, page) : nothing} ${page.asking ? question(page.asking, page) : nothing}`;

/** Where the focus was when a dialog took it. */
const before = new Map<HTMLDialogElement, Element | null>();

/** Opens what was drawn: a dialog takes the focus, holds it, and gives it back when it goes. */
export function openDialogs(): void {
  for (const dialog of document.querySelectorAll("dialog")) {
    if (dialog.open) continue;
    before.set(dialog, document.activeElement);
    dialog.showModal();
  }
  for (const [dialog, element] of before) {
    if (dialog.isConnected) continue;
    before.delete(dialog);
    if (element instanceof HTMLElement) element.focus();
  }
}

/** Escape asks to close; whether it closes is drawn. */
const onEscape =
  (run: () => void) =>
  (event: Event): void => {
    event.preventDefault();
    run();
  };

function modal(view: SeenView, page: Page): TemplateResult {
  const scene = page.scene(view.id, { view: view.id }, { errors: view.errors });
  const dismiss = (): void => void page.act({ type: "dismiss" });
  const submit = (event: Event): void => {
    event.preventDefault();
    void page.act({ type: "submit", entries: entriesOf(event.currentTarget as HTMLElement) });
  };
  return html`
    <dialog class="modal" aria-labelledby="modal-title" @cancel=${onEscape(dismiss)}>
      <form @submit=${submit}>
        <header>
          <h2 id="modal-title">${view.title}</h2>
          <button type="button" class="plain" aria-label="Close" @click=${dismiss}>✕</button>
        </header>
        <div class="dialog-body">${blocks(view.blocks, scene)}</div>
        <footer>
          <button type="button" class="action" @click=${dismiss}>${view.close}</button>
          ${view.submit === undefined ? nothing : html`<button type="submit" class="action primary">${view.submit}</button>`}
        </footer>
      </form>
    </dialog>`;
}

function question({ confirm }: NonNullable<Page["asking"]>, page: Page): TemplateResult {
  const scene = page.scene("confirm", { view: "" });
  return html`
    <dialog class="confirm" aria-labelledby="confirm-title" @cancel=${onEscape(() => page.answer(false))}>
      <header><h2 id="confirm-title">${confirm.title?.text ?? "Are you sure?"}</h2></header>
      <div class="dialog-body">${words(confirm.text, scene)}</div>
      <footer>
        <button type="button" class="action" @click=${() => page.answer(false)}>${confirm.deny?.text ?? "Cancel"}</button>
        <button type="button" class="action ${confirm.style ?? "primary"}" @click=${() => page.answer(true)}>
          ${confirm.confirm?.text ?? "Yes"}
        </button>
      </footer>
    </dialog>`;
}

function file(open: OpenFile, page: Page): TemplateResult {
  return html`
    <dialog class="file-view" aria-labelledby="file-title" @cancel=${onEscape(() => page.closeFile())}>
      <header>
        <h2 id="file-title">${open.file.title}</h2>
        <button type="button" class="plain" aria-label="Close" @click=${() => page.closeFile()}>✕</button>
      </header>
      <div class="dialog-body">${shown(open.shown, open, page)}</div>
      <footer><a class="action" href="/file/${open.file.id}" download=${open.file.name}>Download</a></footer>
    </dialog>`;
}

function shown(preview: Preview, open: OpenFile, page: Page): unknown {
  switch (preview.kind) {
    case "picture":
      return html`<img src="/file/${open.file.id}/picture" alt=${open.file.title} />`;
    case "text":
      return pre(preview.text);
    case "notebook": {
      const scene = page.scene("file", { view: "" });
      return preview.cells.map(({ type, source }) =>
        type === "markdown"
          ? html`<div class="cell">${markdown(source, scene)}</div>`
          : html`<div class="cell ${type}">${pre(source)}</div>`,
      );
    }
    case "archive":
      return html`
        <p class="note">${preview.files.length} files, ${bytes(preview.files.reduce((sum, f) => sum + f.size, 0))}</p>
        <ul class="files">
          ${preview.files.map(({ path, size }) => {
            const isOpen = open.inside?.path === path;
            return html`
              <li>
                <button type="button" class="plain" aria-expanded=${isOpen} @click=${() => void page.openInside(path)}>${path}</button>
                <small>${bytes(size)}</small>
                ${isOpen ? shown(open.inside!.shown, open, page) : nothing}
              </li>`;
          })}
        </ul>`;
    case "none":
      return html`<p class="note">Nothing to show here: download it.</p>`;
    default:
      return preview satisfies never;
  }
}

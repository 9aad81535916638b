import { html, nothing, type TemplateResult } from "lit-html";
import { keyed } from "lit-html/directives/keyed.js";
import type { Dropped } from "../protocol.ts";
import type { Page } from "./page.ts";

/** Where a person types. A draft stays with its conversation for as long as that is open. */
export function composer(page: Page, room: string, label: string, thread?: string): TemplateResult {
  const id = `compose-${room}-${thread ?? ""}`;
  const hint = thread === undefined ? page.seen.commands.map((c) => `${c.command} ${c.hint}`).join("  ") : "";
  return html`${keyed(
    id,
    html`
      <form class="composer" @submit=${(e: Event) => submit(e, page, room, thread)}>
        <textarea
          id=${id}
          rows="2"
          aria-label=${label}
          placeholder=${label}
          aria-describedby=${hint === "" ? "" : `${id}-hint`}
          @keydown=${sendOnEnter}
        ></textarea>
        <div class="composer-row">
          <label class="attach">Attach<input type="file" multiple class="unseen" @change=${nameFiles} /></label>
          <output class="note attached"></output>
          ${hint === "" ? nothing : html`<span class="note hint" id="${id}-hint">${hint}</span>`}
          <button type="submit" class="action primary">Send</button>
        </div>
      </form>`,
  )}`;
}

function sendOnEnter(event: KeyboardEvent): void {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  (event.target as HTMLTextAreaElement).form!.requestSubmit();
}

function nameFiles(event: Event): void {
  const input = event.target as HTMLInputElement;
  const names = [...(input.files ?? [])].map((f) => f.name).join(", ");
  input.form!.querySelector("output")!.textContent = names;
}

async function submit(event: Event, page: Page, room: string, thread: string | undefined): Promise<void> {
  event.preventDefault();
  const form = event.currentTarget as HTMLFormElement;
  const [area, input] = [form.querySelector("textarea")!, form.querySelector<HTMLInputElement>("input[type=file]")!];
  const text = area.value.trim();
  const files = await Promise.all([...(input.files ?? [])].map(dropped));
  if (text === "" && files.length === 0) return;
  // Emptied at once, as Slack does; a refused message comes back.
  form.reset();
  form.querySelector("output")!.textContent = "";
  // Whoever writes wants to see what comes of it.
  const log = form.parentElement!.querySelector(".log")!;
  log.scrollTop = log.scrollHeight;
  const sent = await page.act({ type: "say", room, thread, text, ...(files.length > 0 ? { files } : {}) });
  if (!sent && area.value === "") area.value = text;
}

async function dropped(file: File): Promise<Dropped> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  return { name: file.name, base64: btoa(bytes.reduce((text, b) => text + String.fromCharCode(b), "")) };
}

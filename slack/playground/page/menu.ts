import { html, type TemplateResult } from "lit-html";

/** A menu behind three dots; it closes when something was chosen and when the keyboard leaves it. */
export const menu = (label: string, look: string, items: unknown): TemplateResult => html`
  <details class="menu ${look}" @focusout=${leave} @click=${chosen}>
    <summary aria-label=${label}>⋯</summary>
    <div class="menu-list">${items}</div>
  </details>`;

export const item = (label: string, run: () => void): TemplateResult =>
  html`<button type="button" class="item" @click=${run}>${label}</button>`;

function leave({ currentTarget, relatedTarget }: FocusEvent): void {
  const details = currentTarget as HTMLDetailsElement;
  if (!details.contains(relatedTarget as Node | null)) details.open = false;
}

function chosen({ currentTarget, target }: Event): void {
  if ((target as Element).closest(".item")) (currentTarget as HTMLDetailsElement).open = false;
}

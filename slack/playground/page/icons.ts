import { html, type TemplateResult } from "lit-html";

/** Drawn, because not every machine has a font with these. Their names are said by whoever uses them. */
const icon = (path: string): TemplateResult => html`
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false"><path d=${path} /></svg>`;

export const LOCK = icon("M5 7V5a3 3 0 0 1 6 0v2h1v7H4V7zm1.5 0h3V5a1.5 1.5 0 0 0-3 0z");
export const THUMB_UP = icon("M1 7h3v7H1zm4.5 0L8 1.5A1.8 1.8 0 0 1 9.6 3.3V6H14l-1.2 7.2a1 1 0 0 1-1 .8H5.5z");
export const THUMB_DOWN = icon("M1 9h3V2H1zm4.5 0L8 14.5A1.8 1.8 0 0 0 9.6 12.7V10H14l-1.2-7.2a1 1 0 0 0-1-.8H5.5z");
export const BIN = icon("M6 1h4v1.5h4V4H2V2.5h4zM3 5h10l-.8 10H3.8z");

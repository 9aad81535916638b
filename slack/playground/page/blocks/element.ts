import { html, nothing, type TemplateResult } from "lit-html";
import { ifDefined } from "lit-html/directives/if-defined.js";
import type { z } from "zod";
import type { actionsElement, contextAction, inputElement } from "../../../blocks/element-schema.ts";
import type { Entry } from "../../protocol.ts";
import { entryOf, shownDateTime } from "../control.ts";
import { BIN, THUMB_DOWN, THUMB_UP } from "../icons.ts";
import { item, menu } from "../menu.ts";
import type { Confirm, Scene } from "../scene.ts";
import { words } from "./text.ts";

export type Element = z.infer<typeof actionsElement> | z.infer<typeof inputElement> | z.infer<typeof contextAction>;
type Of<T extends Element["type"]> = Extract<Element, { type: T }>;

/** Where an element stands: `live` ones tell the app at once, those of an input block wait for the form. */
export interface Spot {
  readonly block: string;
  readonly live: boolean;
  readonly label?: string | undefined;
  readonly describedBy?: string | undefined;
  readonly required?: boolean;
}

export function element(e: Element, scene: Scene, spot: Spot): TemplateResult {
  switch (e.type) {
    case "button":
      return button(e, scene);
    case "icon_button":
      return pressable(e.accessibility_label ?? e.text.text, "plain", () => press(e, e.value, scene), BIN);
    case "feedback_buttons": {
      const { positive_button: good, negative_button: bad } = e;
      return html`${[[good, THUMB_UP] as const, [bad, THUMB_DOWN] as const].map(([b, icon]) =>
        pressable(b.accessibility_label ?? b.text.text, "plain", () => press(e, b.value, scene), icon),
      )}`;
    }
    case "overflow":
      return menu(
        "More",
        "",
        e.options.map((o) => item(o.text.text, () => press(e, o.value, scene))),
      );
    case "static_select":
    case "multi_static_select":
      return select(e, options(e), initialOf(e), scene, spot);
    case "users_select":
      return select(e, named(scene.people), one(e.initial_user), scene, spot);
    case "multi_users_select":
      return select(e, named(scene.people), e.initial_users ?? [], scene, spot);
    case "conversations_select":
      return select(e, named(scene.rooms), one(e.initial_conversation), scene, spot);
    case "multi_conversations_select":
      return select(e, named(scene.rooms), e.initial_conversations ?? [], scene, spot);
    case "channels_select":
      return select(e, named(scene.rooms), one(e.initial_channel), scene, spot);
    case "multi_channels_select":
      return select(e, named(scene.rooms), e.initial_channels ?? [], scene, spot);
    case "checkboxes":
      return choices(e, "checkbox", e.initial_options?.map((o) => o.value) ?? [], scene, spot);
    case "radio_buttons":
      return choices(e, "radio", one(e.initial_option?.value), scene, spot);
    case "datepicker":
      return typed(e, "date", e.initial_date, scene, spot);
    case "timepicker":
      return typed(e, "time", e.initial_time, scene, spot);
    case "datetimepicker":
      return typed(e, "datetime-local", shownDateTime(e.initial_date_time), scene, spot);
    case "number_input":
      return typed(e, "number", e.initial_value, scene, spot);
    case "email_text_input":
      return typed(e, "email", e.initial_value, scene, spot);
    case "url_text_input":
      return typed(e, "url", e.initial_value, scene, spot);
    case "plain_text_input":
      return e.multiline ? area(e, scene, spot) : typed(e, "text", e.initial_value, scene, spot);
    case "file_input":
      return html`<p class="note">The playground's forms take no files.</p>`;
    default:
      return e satisfies never;
  }
}

const key = (e: Element, spot: Spot): string => `${spot.block}/${e.action_id}`;
const idOf = (e: Element, scene: Scene, spot: Spot): string => `${scene.id}-${key(e, spot)}`;
const one = (value: string | undefined): string[] => (value === undefined ? [] : [value]);
const confirmOf = (e: Element): Confirm | undefined => ("confirm" in e ? e.confirm : undefined);
const press = (e: Element, entry: Entry | undefined, scene: Scene): void =>
  scene.press(e.action_id!, entry, confirmOf(e));

const pressable = (label: string, look: string, run: () => void, icon?: TemplateResult): TemplateResult => html`
  <button type="button" class=${look} aria-label=${ifDefined(icon && label)} title=${ifDefined(icon && label)} @click=${run}>
    ${icon ?? label}
  </button>`;

function button(e: Of<"button">, scene: Scene): TemplateResult {
  return html`
    <button
      type="button"
      class="action ${e.style ?? ""}"
      aria-label=${ifDefined(e.accessibility_label)}
      @click=${() => press(e, e.value, scene)}
    >${e.text.text}</button>`;
}

interface Choice {
  readonly value: string;
  readonly label: string;
}
const named = (all: readonly { id: string; name: string }[]): Choice[] =>
  all.map(({ id, name }) => ({ value: id, label: name }));
function options(e: Of<"static_select" | "multi_static_select">): Choice[] {
  const all = [...(e.options ?? []), ...(e.option_groups ?? []).flatMap((g) => g.options)];
  return all.map((o) => ({ value: o.value, label: o.text.text }));
}
const initialOf = (e: Of<"static_select" | "multi_static_select">): string[] =>
  e.type === "static_select" ? one(e.initial_option?.value) : (e.initial_options?.map((o) => o.value) ?? []);

function select(
  e: Element & { placeholder?: { text: string } | undefined },
  choicesOf: readonly Choice[],
  initial: readonly string[],
  scene: Scene,
  spot: Spot,
): TemplateResult {
  const several = e.type.startsWith("multi_");
  const changed = (event: Event): void => press(e, entryOf(event.target as HTMLSelectElement), scene);
  const hint = e.placeholder?.text ?? "Choose an option";
  return html`
    <select
      id=${idOf(e, scene, spot)}
      data-key=${key(e, spot)}
      aria-label=${ifDefined(spot.label === undefined ? hint : undefined)}
      aria-describedby=${ifDefined(spot.describedBy)}
      ?multiple=${several}
      ?required=${spot.required}
      @change=${spot.live ? changed : nothing}
    >
      ${several ? nothing : html`<option value="" ?selected=${initial.length === 0}>${hint}</option>`}
      ${choicesOf.map(
        ({ value, label }) => html`<option value=${value} ?selected=${initial.includes(value)}>${label}</option>`,
      )}
    </select>`;
}

function choices(
  e: Of<"checkboxes" | "radio_buttons">,
  kind: "checkbox" | "radio",
  initial: readonly string[],
  scene: Scene,
  spot: Spot,
): TemplateResult {
  const name = idOf(e, scene, spot);
  const changed = (event: Event): void => press(e, entryOf(event.target as HTMLInputElement), scene);
  return html`
    <fieldset class="choices" aria-describedby=${ifDefined(spot.describedBy)} @change=${spot.live ? changed : nothing}>
      <legend class="unseen">${spot.label ?? "Choose"}</legend>
      ${e.options.map(
        (o) => html`
          <label>
            <input type=${kind} name=${name} value=${o.value} data-key=${key(e, spot)} ?checked=${initial.includes(o.value)} />
            <span>${words(o.text, scene)} ${o.description ? html`<small>${words(o.description, scene)}</small>` : nothing}</span>
          </label>`,
      )}
    </fieldset>`;
}

function typed(
  e: Element & { placeholder?: { text: string } | undefined; min_length?: number; max_length?: number },
  type: string,
  initial: string | undefined,
  scene: Scene,
  spot: Spot,
): TemplateResult {
  const tell = (event: Event): void => press(e, entryOf(event.target as HTMLInputElement), scene);
  return html`
    <input
      type=${type}
      id=${idOf(e, scene, spot)}
      data-key=${key(e, spot)}
      .value=${initial ?? ""}
      placeholder=${ifDefined(e.placeholder?.text)}
      aria-label=${ifDefined(spot.label === undefined ? e.placeholder?.text : undefined)}
      aria-describedby=${ifDefined(spot.describedBy)}
      minlength=${ifDefined(e.min_length)}
      maxlength=${ifDefined(e.max_length)}
      step=${ifDefined(type === "number" ? "any" : undefined)}
      ?required=${spot.required}
      @change=${spot.live ? tell : nothing}
    />`;
}

const area = (e: Of<"plain_text_input">, scene: Scene, spot: Spot): TemplateResult => html`
  <textarea
    rows="4"
    id=${idOf(e, scene, spot)}
    data-key=${key(e, spot)}
    .value=${e.initial_value ?? ""}
    placeholder=${ifDefined(e.placeholder?.text)}
    aria-describedby=${ifDefined(spot.describedBy)}
    minlength=${ifDefined(e.min_length)}
    maxlength=${ifDefined(e.max_length)}
    ?required=${spot.required}
  ></textarea>`;

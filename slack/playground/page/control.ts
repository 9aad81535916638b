import type { Entries, Entry } from "../protocol.ts";

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** What a control holds, in the words of the protocol. */
export function entryOf(control: Control): Entry {
  if (control instanceof HTMLSelectElement && control.multiple) return [...control.selectedOptions].map((o) => o.value);
  if (control.type === "checkbox" || control.type === "radio") {
    const group = control.closest("fieldset")!.querySelectorAll<HTMLInputElement>("input:checked");
    const chosen = [...group].map((c) => c.value);
    return control.type === "radio" ? (chosen[0] ?? "") : chosen;
  }
  if (control.type === "datetime-local" && control.value !== "")
    return String(new Date(control.value).getTime() / 1000);
  return control.value;
}

/** Everything that a form holds, by `block_id/action_id`; what was left empty is left out. */
export function entriesOf(form: HTMLElement): Entries {
  const controls = [...form.querySelectorAll<Control>("[data-key]")];
  return Object.fromEntries(
    controls.map((c) => [c.dataset.key!, entryOf(c)] as const).filter(([, entry]) => entry.length > 0),
  );
}

/** Seconds since 1970 as the control for a date and time writes them. */
export function shownDateTime(seconds: number | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  const at = new Date(seconds * 1000);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

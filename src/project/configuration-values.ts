import { parseDocument } from "yaml";
import { PYYAML } from "./yaml-edit.ts";

/** `section.key` → value of these texts, laid one on the other as a project's loader does. A text that is no YAML says nothing. */
export function settingsOf(texts: readonly string[]): Map<string, unknown> {
  const settings = new Map<string, unknown>();
  for (const text of texts) {
    const document = parseDocument(text, PYYAML);
    const sections: unknown = document.errors.length > 0 ? {} : document.toJS();
    for (const [section, keys] of Object.entries(sections ?? {}))
      if (typeof keys === "object" && keys !== null)
        for (const [key, value] of Object.entries(keys)) settings.set(`${section}.${key}`, value);
  }
  return settings;
}

import { parseDocument } from "yaml";
import type { ConfigurationRepair } from "./configuration-check.ts";
import { PYYAML, yamlScalar } from "./yaml-edit.ts";

/**
 * A configuration with one key changed and every other byte as it was; undefined where the key is not in this file.
 * Unlike `editYaml` this edits what a person wrote, which may hold anything.
 */
export function repairConfiguration(text: string, repair: ConfigurationRepair): string | undefined {
  const document = parseDocument(text, { ...PYYAML, strict: false });
  const path = repair.key.split(".");
  if (document.errors.length > 0 || !document.hasIn(path)) return undefined;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const pair = pairsOf(parent).find(({ name }) => name === path.at(-1));
  if (!pair) return undefined;
  const [from, to, insert] =
    "renamed" in repair
      ? [pair.key[0], pair.key[1], repair.renamed.split(".").at(-1)!]
      : [pair.value[0], pair.value[1], yamlScalar(repair.value)];
  return text.slice(0, from) + insert + text.slice(to);
}

interface Span {
  name: string;
  key: readonly [number, number];
  value: readonly [number, number];
}

interface Ranged {
  value?: unknown;
  range?: [number, number, number] | null;
}

function pairsOf(node: unknown): Span[] {
  const items = (node as { items?: { key?: Ranged; value?: Ranged }[] } | null)?.items ?? [];
  return items.flatMap(({ key, value }) =>
    key?.range && value?.range
      ? [
          {
            name: String(key.value),
            key: [key.range[0], key.range[1]] as const,
            value: [value.range[0], value.range[1]] as const,
          },
        ]
      : [],
  );
}

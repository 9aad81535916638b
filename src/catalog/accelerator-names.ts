import type { Accelerator, Catalog } from "./schema.ts";

/** A name taken apart: "NVIDIA A100-SXM4-80GB" is core "a100", form "sxm", 80 GiB. */
interface Parts {
  core: string;
  form?: string;
  memoryGib?: number;
}

const NOISE = new Set(
  "nvidia geforce tesla quadro amd radeon instinct google cloud aws amazon intel habana apple silicon gpu gpus card cards chip chips per graphics".split(
    " ",
  ),
);
/** A name may round the memory, or give what the driver reports: 15 of a T4's 16 GB, 96 of an H100's 94. */
const MEMORY_TOLERANCE = 0.07;

/** Nobody's name is longer: a whole letter is not worth taking apart. */
const LONGEST_NAME = 200;

function parse(name: string): Parts {
  const words = name
    .toLowerCase()
    .replace(/\b(macbook (pro|air)|mac (studio|mini|pro)|imac)\b/g, " ")
    .replace(/(?<![a-z0-9.])(\d+(?:\.\d+)?)\s*(gib|gb|g)\b/g, "$1gb")
    .split(/[^a-z0-9.]+/)
    .filter((word) => word && !NOISE.has(word));
  const parts: Parts = { core: "" };
  for (const word of words) {
    const memory = /^(\d+(?:\.\d+)?)gb$/.exec(word);
    const form = /^(sxm|pcie|nvl)\d?$/.exec(word);
    if (memory?.[1]) parts.memoryGib = Number(memory[1]);
    else if (form?.[1] && parts.core) parts.form = form[1];
    else parts.core += word;
  }
  return parts;
}

const withoutPlural = (parts: Parts): Parts => ({ ...parts, core: parts.core.replace(/s$/, "") });

/** "a100-80" and "v100 32": a last number without a unit is memory. */
function withBareMemory(name: string): Parts {
  const [, head = "", memory] = /^(.*[a-z]\d+)[^a-z0-9]+(\d{2,3})$/i.exec(name.trim()) ?? [];
  return memory ? { ...parse(head), memoryGib: Number(memory) } : { core: "" };
}

interface Entry {
  accelerator: Accelerator;
  form?: string;
  /** The name without memory or form is this entry's own alias: what a bare "A100" means. */
  isDefault: boolean;
}

const indexes = new WeakMap<Catalog, Map<string, Entry[]>>();

function indexOf(catalog: Catalog): Map<string, Entry[]> {
  const known = indexes.get(catalog);
  if (known) return known;
  const index = new Map<string, Entry[]>();
  for (const accelerator of catalog.accelerators) {
    const parsed = spellings(accelerator).map(parse);
    const form = parse(accelerator.id).form;
    for (const core of new Set(parsed.map((parts) => parts.core))) {
      const isDefault = parsed.some((p) => p.core === core && p.form === undefined && p.memoryGib === undefined);
      const entries = index.get(core) ?? [];
      entries.push({ accelerator, form, isDefault });
      index.set(core, entries);
    }
  }
  indexes.set(catalog, index);
  return index;
}

const spellings = (a: Accelerator): string[] => [a.id, a.name.replace(/\(.*\)/, ""), ...a.aliases];

/** How far a stated memory is from the card's, as a fraction; a Mac may hold less than the largest it is sold with. */
function memoryError({ kind, memoryGib, usableMemoryGib }: Accelerator, stated: number): number {
  if (kind === "soc" && stated <= memoryGib) return 0;
  return Math.min(...[memoryGib, usableMemoryGib ?? memoryGib].map((gib) => Math.abs(gib - stated) / gib));
}

function choose(entries: readonly Entry[], { form, memoryGib }: Parts): Accelerator | undefined {
  const fitting = entries.filter(
    (entry) =>
      (form === undefined || entry.form === form) &&
      (memoryGib === undefined || memoryError(entry.accelerator, memoryGib) <= MEMORY_TOLERANCE),
  );
  const usual = entries.find((entry) => entry.isDefault);
  const rank = (entry: Entry) =>
    (memoryGib === undefined ? 0 : memoryError(entry.accelerator, memoryGib) * 100) -
    (entry.isDefault ? 4 : 0) -
    (entry.accelerator.memoryGib === usual?.accelerator.memoryGib ? 2 : 0) -
    (entry.form === usual?.form ? 1 : 0);
  return [...fitting].sort((a, b) => rank(a) - rank(b))[0]?.accelerator;
}

/**
 * The accelerator that a person means: by id, name or alias, whatever the case, separators, maker's name or plural.
 * A stated memory or form must be right ("V100-32GB", "A100 40GB PCIe"); without them a bare name means
 * the variant that carries it as an alias (A100 → 80 GB SXM, V100 → 16 GB SXM).
 */
export function findAccelerator(catalog: Catalog, name: string): Accelerator | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const index = indexOf(catalog);
  const parts = parse(name);
  for (const attempt of [parts, withoutPlural(parts), withBareMemory(name)]) {
    const entries = attempt.core ? index.get(attempt.core) : undefined;
    if (entries) return choose(entries, attempt);
  }
  return undefined;
}

/** Every spelling of an accelerator in lower case, words parted by one space: what a reader of free text looks for. */
export function acceleratorNames(accelerator: Accelerator): string[] {
  const words = spellings(accelerator).map((name) =>
    name
      .toLowerCase()
      .split(/[^a-z0-9.]+/)
      .filter((word) => word && !NOISE.has(word))
      .join(" "),
  );
  return [...new Set(words)].filter(Boolean);
}

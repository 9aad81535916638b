import { z } from "zod";
import { AdvisorError } from "../error.ts";
import {
  Accelerator,
  ApiPrice,
  CpuMachine,
  Document,
  Framework,
  LaunchNames,
  Method,
  Model,
  Platform,
  PriceList,
} from "./schema.ts";

/** The data files as they stand: prices still grouped by where they were read. */
const CatalogFacts = z.strictObject({
  accelerators: z.array(Accelerator).min(1),
  models: z.array(Model).min(1),
  prices: z.array(PriceList),
  platforms: z.array(Platform).min(1),
  launchNames: z.array(LaunchNames),
  cpuMachines: z.array(CpuMachine),
  methods: z.array(Method).min(1),
  frameworks: z.array(Framework).min(1),
  documents: z.array(Document),
  apiPrices: z.array(ApiPrice),
});
export type CatalogFacts = z.infer<typeof CatalogFacts>;

/**
 * Checks every fact against its schema, that no id is used twice, and that every id a fact refers to exists.
 * @throws AdvisorError `invalid-fact`, naming the fact and the field.
 */
export function validateCatalog(raw: unknown): CatalogFacts {
  const parsed = CatalogFacts.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path ?? [];
    const unknownKeys = issue?.code === "unrecognized_keys" ? issue.keys : [];
    throw invalidFact(factName(raw, path), [...path.slice(2), ...unknownKeys].join(".") || "itself", issue?.message);
  }
  checkUnique(parsed.data);
  checkReferences(parsed.data);
  return parsed.data;
}

const invalidFact = (fact: string, field: string, problem = "does not fit its schema") =>
  new AdvisorError(
    "invalid-fact",
    `The fact ${fact} is wrong in "${field}": ${problem}`,
    "Correct the entry in its data file; every fact needs a source and the date (YYYY, YYYY-MM or YYYY-MM-DD) it was read.",
  );

/** `models "meta-llama/Llama-3.1-8B"`, or the position where the entry has no id. */
function factName(raw: unknown, [section, position]: readonly PropertyKey[]): string {
  const at = (value: unknown, key: PropertyKey | undefined): unknown =>
    typeof value === "object" && value !== null && key !== undefined
      ? (value as Record<PropertyKey, unknown>)[key]
      : undefined;
  const entry = at(at(raw, section), position);
  const id = at(entry, "id") ?? at(entry, "source");
  return `${String(section ?? "catalog")} ${typeof id === "string" ? `"${id}"` : `number ${String(position ?? "?")}`}`;
}

function checkUnique(facts: CatalogFacts): void {
  const { prices: _, ...sections } = facts;
  for (const [section, entries] of Object.entries(sections)) {
    const seen = new Set<string>();
    for (const { id } of entries) {
      if (seen.has(id)) throw invalidFact(`${section} "${id}"`, "id", "another entry has the same id");
      seen.add(id);
    }
  }
}

function checkReferences(facts: CatalogFacts): void {
  const ids = (entries: readonly { id: string }[]) => new Set(entries.map((entry) => entry.id));
  const accelerators = ids(facts.accelerators);
  const platforms = ids(facts.platforms);
  const documents = ids(facts.documents);
  for (const list of facts.prices) {
    for (const offer of list.offers) {
      const fact = `prices "${offer.platform} ${offer.instanceType}"`;
      if (!accelerators.has(offer.accelerator)) throw missing(fact, "accelerator", offer.accelerator);
      if (!platforms.has(offer.platform)) throw missing(fact, "platform", offer.platform);
    }
  }
  for (const { id, platform } of facts.cpuMachines)
    if (!platforms.has(platform)) throw missing(`cpuMachines "${id}"`, "platform", platform);
  for (const { id, names } of facts.launchNames) {
    if (!platforms.has(id)) throw missing(`launchNames "${id}"`, "id", id);
    const unknown = names.find(({ accelerator }) => !accelerators.has(accelerator));
    if (unknown) throw missing(`launchNames "${id}"`, "accelerator", unknown.accelerator);
  }
  for (const section of ["platforms", "methods", "frameworks"] as const) {
    for (const entry of facts[section]) {
      const unknown = entry.documents.find((id) => !documents.has(id));
      if (unknown) throw missing(`${section} "${entry.id}"`, "documents", unknown);
    }
  }
}

const missing = (fact: string, field: string, id: string) => invalidFact(fact, field, `no entry has the id "${id}"`);

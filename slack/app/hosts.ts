import type { Catalog } from "../../src/index.ts";

/** The hosts of the documents that plans cite: links to them are ours. */
export const citedHosts = (catalog: Catalog): string[] => [
  ...new Set(catalog.documents.map(({ url }) => new URL(url).hostname)),
];

import type { BriefValues } from "../../src/brief/brief.ts";
import type { Catalog } from "../../src/catalog/schema.ts";

export function person(seed: number, catalog: Catalog): { truth: BriefValues; said: BriefValues };

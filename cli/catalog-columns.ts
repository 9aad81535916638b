import type { Catalog, LaunchNames } from "../src/index.ts";
import { cell } from "./cell.ts";

export type CatalogKind = Exclude<keyof Catalog, "digest" | "limits">;

export const CATALOG_KINDS: readonly CatalogKind[] = [
  "accelerators",
  "models",
  "prices",
  "platforms",
  "launchNames",
  "cpuMachines",
  "methods",
  "frameworks",
  "documents",
  "apiPrices",
];

interface Column {
  head: string;
  number?: boolean;
  of(fact: Record<string, unknown>): string;
}

const text = (head: string, field: string): Column => ({ head, of: (fact) => cell(fact[field]) });
const figure = (head: string, field: string): Column => ({ head, number: true, of: (fact) => cell(fact[field]) });
const count = (head: string, field: string): Column => ({ head, number: true, of: (fact) => size(fact[field]) });

/** 8.03e9 → "8.03B": how people name the size of a model. */
function size(value: unknown): string {
  if (typeof value !== "number") return "";
  const [unit, name] = value >= 1e12 ? [1e12, "T"] : value >= 1e9 ? [1e9, "B"] : [1e6, "M"];
  return `${Number((value / (unit as number)).toPrecision(3))}${name}`;
}

const COLUMNS: Record<CatalogKind, Column[]> = {
  accelerators: [
    text("id", "id"),
    text("name", "name"),
    figure("GiB", "memoryGib"),
    figure("GB/s", "memoryBandwidthGBps"),
    figure("bf16 TFLOP/s", "bf16Tflops"),
  ],
  models: [
    text("id", "id"),
    text("kind", "modality"),
    count("parameters", "parameterCount"),
    figure("context", "maxContextLength"),
    text("licence", "licence"),
  ],
  prices: [
    text("platform", "platform"),
    text("instance", "instanceType"),
    text("accelerator", "accelerator"),
    figure("count", "acceleratorCount"),
    text("region", "region"),
    text("pricing", "pricing"),
    figure("USD/h", "usdPerHour"),
  ],
  platforms: [text("id", "id"), text("kind", "kind"), text("best for", "bestFor"), text("limits", "limits")],
  launchNames: [
    text("platform", "id"),
    {
      head: "accelerator: its name there",
      of: ({ names }) =>
        (names as LaunchNames["names"])
          .map(({ accelerator, count: of, name }) => `${of === undefined ? "" : `${of} x `}${accelerator}: ${name}`)
          .join("; "),
    },
  ],
  cpuMachines: [
    text("id", "id"),
    text("platform", "platform"),
    figure("vCPU", "vcpus"),
    figure("GiB", "memoryGib"),
    figure("USD/h", "usdPerHour"),
  ],
  methods: [text("id", "id"), text("best for", "bestFor"), text("limits", "limits")],
  frameworks: [text("id", "id"), text("best for", "bestFor"), text("limits", "limits")],
  documents: [text("id", "id"), text("title", "title"), text("address", "url")],
  apiPrices: [
    text("id", "id"),
    figure("USD per million in", "inputUsdPerMillionTokens"),
    figure("out", "outputUsdPerMillionTokens"),
  ],
};

/** What is shown of a fact of this kind, beside its date and source. */
export const columnsOfKind = (kind: CatalogKind): readonly Column[] => COLUMNS[kind];

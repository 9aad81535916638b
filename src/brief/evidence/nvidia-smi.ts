import { findAccelerator } from "../../catalog/names.ts";
import type { Catalog } from "../../catalog/schema.ts";
import type { Span, Text } from "../text.ts";
import { deviceFindings, type ShownDevice } from "./devices.ts";
import type { Evidence } from "./evidence.ts";
import { nominalGib } from "./nominal.ts";

/** A line of the table's frame or body. */
const FRAME = /^[ \t]{0,4}[|+][^\n]{0,200}$/gm;
const COMMAND = /[$#>]? ?nvidia-smi(?: -[^\n]{0,120})?/g;
/** `|   0  NVIDIA GeForce RTX 3090        Off | 0000…`: the name ends at two blanks, at "on"/"off" or at the bar. */
const ROW =
  /^[ \t]{0,4}\|[ \t]{1,4}\d{1,3}[ \t]{1,4}(?<name>(?:nvidia|tesla|quadro|geforce|a\d|h\d|l\d|rtx|gtx|titan)[^|\n]{0,40}?)(?:[ \t]{2,}|[ \t]+o(?:n|ff)[ \t]*\||[ \t]*\|)/gm;
const MEMORY = /(?<used>\d{1,7})mib \/ {1,6}(?<total>\d{1,7})mib/g;
/** `GPU 0: NVIDIA A100-SXM4-80GB (UUID: …)`, of `nvidia-smi -L`. */
const LISTED = /^[ \t]{0,4}gpu \d{1,3}: (?<name>[^(\n]{2,60}?) \(uuid: [^)\n]{1,60}\)[^\n]{0,20}$/gm;
/** `NVIDIA A100-SXM4-80GB, 81920 MiB[, 500 MiB]`, of `--query-gpu=name,memory.total --format=csv`. */
const QUERIED =
  /^[ \t]{0,4}(?:\d{1,3}, )?(?<name>(?:nvidia|tesla|quadro)[^,\n]{2,50}), (?<total>\d{3,7}) mib[^\n]{0,60}$/gm;
const DRIVER = /driver version: (\d{2,4}(?:\.\d{1,4}){1,2})/;

/** What nvidia-smi shows: which cards, how many, their memory and what is in use. */
export function readNvidiaSmi(text: Text, catalog: Catalog): Evidence {
  const none = { findings: [], spans: [] };
  const { low } = text;
  if (!/nvidia-smi|\(uuid: gpu-|\d mib/.test(low)) return none;
  const rows = low.includes("nvidia-smi") ? devicesInTable(low) : [];
  const devices = [...rows, ...listed(low, LISTED), ...listed(low, QUERIED)];
  if (devices.length === 0) return none;
  const spans = [
    ...devices.map((d) => d.span),
    ...(rows.length > 0 ? [...low.matchAll(FRAME)].map((m): Span => [m.index, m.index + m[0].length]) : []),
    ...[...low.matchAll(COMMAND)].map((m): Span => [m.index, m.index + m[0].length]),
  ];
  return {
    findings: deviceFindings(devices, (name, gib) => named(catalog, name, gib), DRIVER.exec(low)?.[1]),
    spans,
  };
}

function devicesInTable(low: string): ShownDevice[] {
  const names = [...low.matchAll(ROW)];
  const memories = [...low.matchAll(MEMORY)];
  return names.map((match, i) => {
    const memory = memories[i]?.groups;
    return {
      name: match.groups!.name!.trim(),
      ...(memory ? { totalMib: Number(memory.total), usedMib: Number(memory.used) } : {}),
      span: [match.index, match.index + match[0].length],
    };
  });
}

const listed = (low: string, pattern: RegExp): ShownDevice[] =>
  [...low.matchAll(pattern)].map((match) => ({
    name: match.groups!.name!.trim(),
    ...(match.groups!.total ? { totalMib: Number(match.groups!.total) } : {}),
    span: [match.index, match.index + match[0].length],
  }));

/** The catalog's card of a driver's name: "nvidia a100-sxm4-80gb", "tesla v100-sxm2…" cut off by the table's width. */
function named(catalog: Catalog, name: string, totalGib: number | undefined) {
  const plain = name
    .replace(/nvidia|geforce|tesla|quadro|graphics device|\.{2,}.*$/g, " ")
    .replace(/-?(sxm|pcie)\d?-?/g, " $1 ")
    .replace(/\s+/g, " ")
    .trim();
  if (plain === "") return undefined;
  const size = totalGib === undefined ? undefined : nominalGib(totalGib);
  const sized = size === undefined ? undefined : findAccelerator(catalog, `${plain} ${size}gb`);
  return sized ?? findAccelerator(catalog, plain);
}

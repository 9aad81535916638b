import { findAccelerator } from "../../catalog/names.ts";
import type { Accelerator, Catalog } from "../../catalog/schema.ts";
import type { Span, Text } from "../text.ts";
import { deviceFindings, type ShownDevice } from "./devices.ts";
import type { Evidence } from "./evidence.ts";

/** A line of a table's frame or body, and the banners of rocm-smi. */
const FRAME = /^[ \t]{0,4}(?:[|+][^\n]{0,200}|={3,}[^\n]{0,200})$/gm;
const COMMAND = /[$#>]? ?(?:sudo )?\b(?:amd-smi|rocm-smi|rocminfo)\b(?: [^\n]{0,160})?/g;
const DRIVER = /amdgpu version: (\d{1,4}(?:\.\d{1,4}){1,2})/;

/** `| 0000:05:00.0    AMD Instinct MI300X | 0 % …` and, on the next line, `283/196592 MB |`: amd-smi of ROCm 7. */
const ROW =
  /^[ \t]{0,4}\|[ \t]{1,4}[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f][ \t]{1,8}(?<name>[^|\n]{3,40}?)[ \t]{0,20}\|/gm;
const USED_OF = /(?<used>\d{1,7})\/(?<total>\d{3,7})[ \t]{1,3}mb\b/g;
/** `MARKET_NAME: AMD Instinct MI300X` of `amd-smi static`, `Marketing Name: …` of rocminfo, `GPU[0] : Card Series: …` of rocm-smi. */
const NAMED =
  /^[^\n]{0,60}?\b(?:market_name|marketing name|card series|device name)["']?[ \t]{0,4}:[ \t"']{0,24}(?<name>[^\n"',]{3,60})/gm;
/** `SIZE: 196592 MB` of `amd-smi static`; bytes in rocm-smi, as text, JSON or CSV. */
const SIZE = /^[ \t]{0,16}size: (?<mib>\d{3,7}) mb\b/gm;
const TOTAL_BYTES = /vram total memory \(b\)["']?[ \t]{0,4}:[ \t"']{0,4}(?<bytes>\d{6,15})/g;
const USED_BYTES = /vram total used memory \(b\)["']?[ \t]{0,4}:[ \t"']{0,4}(?<bytes>\d{1,15})/g;
/** `card0,0,21458059264,27856896,Radeon RX 7900 XT,0x744c,…` under a header that names the columns. */
const CSV_HEADER = /^device,[^\n]{0,400}card series[^\n]{0,200}$/m;
const CSV_ROW = /^card\d{1,3},(?<cells>[^\n]{3,400})$/gm;
/** `0       2     0x74a1,   28851  43.0°C …`: the plain table of rocm-smi 6 names a card by its PCI device id only. */
const CONCISE =
  /^[ \t]{0,4}\d{1,3}[ \t]{1,12}\d{1,3}[ \t]{1,12}(?<did>0x[0-9a-f]{4}),[ \t]{1,8}\d{1,6}\b[^\n]{0,160}$/gm;
/** What those ids stand for: pci-ids.ucw.cz, vendor 1002, read 2026-11. */
const DEVICE_IDS: Record<string, string> = {
  "0x7408": "mi250",
  "0x740c": "mi250",
  "0x74a1": "mi300x",
  "0x74b5": "mi300x",
  "0x74a5": "mi325x",
  "0x75a3": "mi355x",
  "0x744c": "rx 7900 xtx",
};
/** An iGPU or a processor listed beside the cards trains nothing. */
const NO_CARD = /processor|ryzen|epyc|threadripper|raphael|radeon graphics|[78]\d0m\b/;

/** What amd-smi, rocm-smi and rocminfo show: which cards, how many, their memory and what is in use. */
export function readAmdSmi(text: Text, catalog: Catalog): Evidence {
  const { low } = text;
  if (!/amd-smi|rocm-smi|rocm system management|rocminfo|market(?:ing)?[_ ]name|vram total memory/.test(low))
    return { findings: [], spans: [] };
  const devices = [tabled(low), csv(low), listed(low), concise(low)].find((found) => found.length > 0) ?? [];
  if (devices.length === 0) return { findings: [], spans: [] };
  const at = (m: RegExpExecArray): Span => [m.index, m.index + m[0].length];
  const spans = [
    ...devices.map((d) => d.span),
    ...[FRAME, COMMAND, SIZE, TOTAL_BYTES, USED_BYTES].flatMap((pattern) => [...low.matchAll(pattern)].map(at)),
  ];
  return {
    findings: deviceFindings(devices, (name) => cardOf(catalog, name), DRIVER.exec(low)?.[1]),
    spans,
  };
}

const of = (match: RegExpExecArray, more: Omit<ShownDevice, "name" | "span"> = {}): ShownDevice => ({
  name: match.groups!.name!.trim(),
  ...more,
  span: [match.index, match.index + match[0].length],
});

function tabled(low: string): ShownDevice[] {
  const memories = [...low.matchAll(USED_OF)];
  return [...low.matchAll(ROW)].map((match, i) => {
    const memory = memories[i]?.groups;
    return of(match, memory ? { totalMib: Number(memory.total), usedMib: Number(memory.used) } : {});
  });
}

function listed(low: string): ShownDevice[] {
  const names = [...low.matchAll(NAMED)].filter((m) => !NO_CARD.test(m.groups!.name!));
  const mib = (pattern: RegExp) => [...low.matchAll(pattern)].map((m) => Number(m.groups!.bytes) / 1024 ** 2);
  const sizes = [...low.matchAll(SIZE)].map((m) => Number(m.groups!.mib));
  const [totals, used] = [[...sizes, ...mib(TOTAL_BYTES)], mib(USED_BYTES)];
  const memory = (i: number) => ({
    ...(totals[i] === undefined ? {} : { totalMib: totals[i] }),
    ...(used[i] === undefined ? {} : { usedMib: used[i] }),
  });
  if (names.length > 0) return names.map((match, i) => of(match, memory(i)));
  return [...low.matchAll(TOTAL_BYTES)].map((m, i) => ({
    name: "",
    ...memory(i),
    span: [m.index, m.index + m[0].length],
  }));
}

function csv(low: string): ShownDevice[] {
  const header = CSV_HEADER.exec(low)?.[0].split(",");
  if (!header) return [];
  const column = (name: string) => header.findIndex((cell) => cell.trim() === name);
  const [name, total, used] = [
    column("card series"),
    column("vram total memory (b)"),
    column("vram total used memory (b)"),
  ];
  return [...low.matchAll(CSV_ROW)].flatMap((match) => {
    const cells = match[0].split(",");
    if (NO_CARD.test(cells[name] ?? "")) return [];
    const mib = (at: number) => (at < 0 ? Number.NaN : Number(cells[at]) / 1024 ** 2);
    return {
      name: (cells[name] ?? "").trim(),
      ...(mib(total) > 0 ? { totalMib: mib(total) } : {}),
      ...(mib(used) > 0 ? { usedMib: mib(used) } : {}),
      span: [match.index, match.index + match[0].length] as Span,
    };
  });
}

function concise(low: string): ShownDevice[] {
  return [...low.matchAll(CONCISE)].map((match) => ({
    name: DEVICE_IDS[match.groups!.did!] ?? "",
    span: [match.index, match.index + match[0].length],
  }));
}

/** The catalog's card of a name as AMD's tools write it: "AMD Instinct MI300X VF", "...adeon AI PRO R9700S", "Navi 21 [Radeon RX 6800]". */
function cardOf(catalog: Catalog, name: string): Accelerator | undefined {
  const plain = (/\[([^\]]+)\]/.exec(name)?.[1] ?? name)
    .replace(/^\.{2,}\S*|\b(?:amd|instinct|radeon|graphics|oam|vf|hf|mcm|lc|mba|hpe|c2)\b|[()]/g, " ")
    .replace(/\/.*$/, "")
    .replace(/\s+/g, " ")
    .trim();
  return plain === "" ? undefined : findAccelerator(catalog, plain);
}

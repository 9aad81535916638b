import type { BriefValues } from "../fields.ts";
import type { Span, Text } from "../text.ts";
import type { Evidence } from "./evidence.ts";
import { nominalGib } from "./nominal.ts";

/** The device ran out, in the words of PyTorch on CUDA and ROCm, JAX, TensorFlow, vLLM and llama.cpp. */
const FAILED =
  /(?:torch\.)?(?:cuda\.)?outofmemoryerror:?(?: (?:cuda|hip) out of memory\.?)?|(?:runtimeerror: )?(?:cuda|hip) out of memory\.?|(?:cuda|hip) error: out of memory|hiperroroutofmemory|hsa_status_error_out_of_resources|resource_exhausted: out of memory|oom when allocating tensor|no available memory for the cache blocks/g;

const SIZE = "(?<n>\\d{1,9}(?:\\.\\d{1,3})?) ?(?<unit>bytes|kib|mib|gib|kb|mb|gb)";
type Instrument = Exclude<keyof NonNullable<BriefValues["measured"]>, "failed" | "driver">;

/**
 * The figures of such an error, before and after PyTorch 2.1 changed its wording ("capacty" was how 2.1 spelled it).
 * What is reserved is reported as "but unallocated" in the new wording and "in total" in the old.
 */
const FIGURES: [Instrument | "unallocated" | undefined, RegExp][] = [
  ["triedToAllocateGib", new RegExp(`(?:tried|trying) to allocate ${SIZE}\\.?`, "g")],
  ["capacityGib", new RegExp(`(?:gpu \\d{1,4} has a )?total capaci?ty of ${SIZE}`, "g")],
  ["capacityGib", new RegExp(`\\(gpu \\d{1,4};\\s{0,2}${SIZE} total capacity;?`, "g")],
  ["freeGib", new RegExp(`of which ${SIZE} is free\\.?|(?<=; )${SIZE.replace(/\?<(\w+)>/g, "?<$12>")} free;?`, "g")],
  [
    "deviceGib",
    new RegExp(
      `(?:including non-pytorch memory, )?(?:this )?process(?: \\d{1,10})? has ${SIZE} memory in use\\.?`,
      "g",
    ),
  ],
  ["allocatedGib", new RegExp(`(?:of the allocated memory )?${SIZE} is allocated by pytorch,?`, "g")],
  ["allocatedGib", new RegExp(`${SIZE} already allocated;?`, "g")],
  [
    undefined,
    new RegExp(
      `${SIZE} allowed;?|with ${SIZE.replace(/\?<(\w+)>/g, "?<$12>")} allocated in private pools[^,\\n]{0,60},`,
      "g",
    ),
  ],
  ["unallocated", new RegExp(`(?:and )?${SIZE} is reserved by pytorch but unallocated\\.?`, "g")],
  ["reservedGib", new RegExp(`${SIZE} reserved in total by pytorch\\)?`, "g")],
];
/** Advice and frames around the figures: their words and numbers are the program's. */
const NOISE =
  /traceback \(most recent call last\):|file "[^"\n]{1,300}", line \d{1,6}, in \S{1,100}(?:\n[^\n]{0,200})?|\[rank\d{1,4}\]:|if reserved (?:but unallocated )?memory is (?:large|>> allocated memory)[^\n]{0,300}|see documentation for memory management[^\n]{0,100}|pytorch_(?:cuda_|hip_)?alloc_conf(?:=\S{0,60})?/g;

const GIB: Record<string, number> = {
  bytes: 1 / 1024 ** 3,
  kib: 1 / 1024 ** 2,
  mib: 1 / 1024,
  gib: 1,
  // What these messages call MB and GB are binary too.
  kb: 1 / 1024 ** 2,
  mb: 1 / 1024,
  gb: 1,
};

/** An out-of-memory error of the device, with what it says was allocated and reserved. */
export function readMemoryError(text: Text): Evidence {
  const failures = [...text.low.matchAll(FAILED)].map((m): Span => [m.index, m.index + m[0].length]);
  const first = failures[0];
  if (first === undefined) return { findings: [], spans: [] };
  const spans: Span[] = [
    ...failures,
    ...[...text.low.matchAll(NOISE)].map((m): Span => [m.index, m.index + m[0].length]),
  ];
  const measured: NonNullable<BriefValues["measured"]> = { failed: "device-memory" };
  let unallocatedGib: number | undefined;
  let capacity: Span | undefined;
  for (const [instrument, pattern] of FIGURES) {
    for (const match of text.low.matchAll(pattern)) {
      const span: Span = [match.index, match.index + match[0].length];
      spans.push(span);
      const { n, unit, n2, unit2 } = match.groups!;
      const gib = Number(n ?? n2) * GIB[(unit ?? unit2)!]!;
      if (instrument === "unallocated") unallocatedGib ??= gib;
      // Several ranks print the same error; the first stands for all.
      else if (instrument && (gib > 0 || instrument === "freeGib")) measured[instrument] ??= gib;
      if (instrument === "capacityGib") capacity ??= span;
    }
  }
  if (unallocatedGib !== undefined && measured.allocatedGib !== undefined)
    measured.reservedGib ??= measured.allocatedGib + unallocatedGib;
  const findings: Evidence["findings"] = [{ field: "measured", value: measured, span: first }];
  const size = measured.capacityGib === undefined ? undefined : nominalGib(measured.capacityGib);
  if (size !== undefined) findings.push({ field: "acceleratorMemoryGib", value: size, span: capacity ?? first });
  return { findings, spans };
}

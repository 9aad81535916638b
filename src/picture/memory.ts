import type { EstimateAnswer } from "../estimate/answer.ts";
import { fitText } from "../plan/fit.ts";
import { type Chart, chart, paletteOf, type Theme } from "./chart.ts";

export interface MemoryRow {
  name: string;
  gib: number;
  kind: "part" | "binding" | "overhead";
}

/** A part that would be thinner than a hair is left out of pictures. */
const SMALLEST_GIB = 0.005;

/** The parts at the peak, then what rounding and the driver take beside them: together what the verdict is decided on. */
export function memoryRows(answer: EstimateAnswer): MemoryRow[] {
  const parts = answer.parts.map(
    (part): MemoryRow => ({ ...part, kind: part.name === answer.bindingTerm ? "binding" : "part" }),
  );
  const beside = answer.neededGib.expected - answer.perDevice.allocatedGib.expected;
  return [...parts, { name: "rounding and driver", gib: beside, kind: "overhead" as const }].filter(
    (row) => row.gib > SMALLEST_GIB,
  );
}

/** GiB for a person: three figures at most. */
export const gibText = (gib: number): string =>
  `${gib >= 100 ? gib.toFixed(0) : gib >= 0.1 || gib === 0 ? gib.toFixed(1) : gib.toFixed(2)} GiB`;

const TOTAL = "in all";
const KINDS: Record<MemoryRow["kind"], string> = {
  part: "what the run holds",
  binding: "cut this first",
  overhead: "beside the run",
};

/**
 * Memory of one device by part against what it can use. Each part begins where the one above ended; the last row is
 * the band from low to high.
 */
export function memoryChart(title: string, answer: EstimateAnswer, theme: Theme = "light"): Chart {
  const c = paletteOf(theme);
  const needed = answer.neededGib;
  let end = 0;
  const rows = memoryRows(answer).map((row) => {
    const from = end;
    end += row.gib;
    return { name: row.name, from, to: end, kind: KINDS[row.kind], label: gibText(row.gib) };
  });
  const names = [...rows.map((row) => row.name), TOTAL];
  const y = { field: "name", type: "nominal", sort: names, axis: { title: null, labelColor: c.text, labelLimit: 220 } };
  const x = { type: "quantitative", axis: { title: "GiB on one device", tickCount: 6 } };
  const total = [{ name: TOTAL, ...needed, label: gibText(needed.expected) }];
  const limit = [{ usable: answer.usableGib, label: `usable ${gibText(answer.usableGib)}` }];
  return chart(
    theme,
    title,
    `${fitText(answer)}: ${gibText(needed.low)} to ${gibText(needed.high)} of ${gibText(answer.usableGib)}, most at ${answer.peakMoment}`,
    {
      height: { step: 26 },
      layer: [
        {
          data: { values: rows },
          mark: { type: "bar", height: 16, cornerRadius: 2, tooltip: true },
          encoding: {
            y,
            x: { ...x, field: "from" },
            x2: { field: "to" },
            color: {
              field: "kind",
              type: "nominal",
              scale: { domain: Object.values(KINDS), range: [c.part, c.binding, c.overhead] },
              legend: { title: null, orient: "bottom", labelColor: c.muted, labelLimit: 220, symbolType: "square" },
            },
          },
        },
        {
          data: { values: rows },
          mark: { type: "text", align: "left", dx: 6, color: c.text },
          encoding: { y, x: { ...x, field: "to" }, text: { field: "label" } },
        },
        {
          data: { values: total },
          mark: { type: "rule", strokeWidth: 3, color: c.muted },
          encoding: { y, x: { ...x, field: "low" }, x2: { field: "high" } },
        },
        {
          data: { values: total },
          mark: { type: "point", filled: true, size: 90, color: c.text, opacity: 1 },
          encoding: { y, x: { ...x, field: "expected" } },
        },
        {
          data: { values: total },
          mark: { type: "text", align: "left", dx: 6, color: c.text, fontWeight: "bold" },
          encoding: { y, x: { ...x, field: "high" }, text: { field: "label" } },
        },
        {
          data: { values: limit },
          mark: { type: "rule", strokeDash: [5, 4], strokeWidth: 1.5, color: c.limit },
          encoding: { x: { ...x, field: "usable" } },
        },
        {
          data: { values: limit },
          mark: { type: "text", align: "right", baseline: "bottom", dx: -4, dy: -2, color: c.limit },
          encoding: { x: { ...x, field: "usable" }, y: { value: 0 }, text: { field: "label" } },
        },
      ],
    },
  );
}

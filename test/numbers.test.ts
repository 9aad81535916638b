import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/**
 * A bare number in a formula is a measurement or an assumption in disguise: it belongs into estimate/constants.ts,
 * estimate/modality-constants.ts or plan/assumptions.ts, with unit, source and reason. Exempt are 0, 1, 2, powers of ten,
 * 1024 and seconds and hours; what else remains is listed here with its reason, and the lists may only shrink.
 */
const EXEMPT = /^(?:[012]|10+|1e[+-]?\d+|1024|3600|24)$/;

interface Left {
  numbers: string;
  why: string;
}

/** By file; a number that occurs n times is written n times or as `n*number`. */
const LEFT: Record<string, readonly Left[]> = {
  "estimate/activations.ts": [{ numbers: "3*4", why: "bytes of an fp32 element" }],
  "estimate/compute.ts": [
    { numbers: "4 7", why: "projections of a layer that adapters may stand at: attention alone, all" },
  ],
  "estimate/bands.ts": [
    {
      numbers:
        "0.91 3*1.12 0.84 1.2 2*0.5 1.7 0.95 1.06 0.87 1.13 0.9 0.75 1.3 0.4 0.93 1.1 0.8 2*1.25 0.85 1.8 0.3 2.5 0.92 0.7 1.4",
      why: "the table of bands: one row a calibration, low and high as shares of expected",
    },
  ],
  "estimate/device.ts": [{ numbers: "880", why: "GB/s of the slowest card with stacked memory: tells it from GDDR" }],
  "estimate/facts.ts": [{ numbers: "3 8.03e9", why: "digits of a size, and a size in the text of an error" }],
  "estimate/optimizer.ts": [{ numbers: "2*4 8", why: "bytes of one and of two fp32 copies" }],
  "estimate/request.ts": [{ numbers: "200 2*64 2*60 2*40", why: "longest names and lists that a request may hold" }],
  "estimate/settings.ts": [
    { numbers: "512 5*4096 5 2*16", why: "defaults of a request, each listed in the answer's assumptions" },
  ],
  "estimate/shape.ts": [
    {
      numbers: "8.03e9 2e9 64 128 4096 32 8 2e8 32000 128256 4e9 3",
      why: "matrices of a gated MLP; a typical decoder for a size alone: Llama 3.1 8B and how widths grow from it",
    },
  ],
  "estimate/states.ts": [
    { numbers: "14*4 0.5 2*9", why: "bytes of fp32 copies, and the compute capability of native mxfp4" },
  ],
  "estimate/training.ts": [{ numbers: "4", why: "bytes of an fp32 element" }],
  "estimate/exchange.ts": [
    { numbers: "2*4", why: "bytes of an fp32 element" },
    { numbers: "16 4 3", why: "lanes of a PCI Express slot; generation 4 where unknown, doubled from generation 3" },
    { numbers: "8 9", why: "compute capabilities: Ampere where unknown, Hopper and newer" },
  ],
  "estimate/flops.ts": [
    { numbers: "4 6 12", why: "FLOPs per parameter, and of attention per key (Kaplan et al. 2020)" },
    { numbers: "2*3", why: "forward as a third of forward and backward" },
  ],
  "estimate/offload.ts": [{ numbers: "4", why: "bytes of an fp32 element" }],
  "estimate/rates.ts": [{ numbers: "2*8 9", why: "compute capabilities: Ampere, Hopper" }],
  "estimate/modality-activations.ts": [
    {
      numbers: "5*4 6 2*7 13 20 50 512 2*0.5 0.03 2*5 8",
      why: "bytes per element, and simulated shapes that are not yet constants",
    },
    { numbers: "2*320 2*640 3*1280", why: "channels of Stable Diffusion's published stages" },
  ],
  "estimate/forward.ts": [
    { numbers: "16 2.0e9", why: "lanes and clock of a vCPU (Xeon 8480)" },
    { numbers: "4 2*28 3 30", why: "steps of drawing a picture, and the 3 in a model's name" },
    {
      numbers: "2*0.25 0.45 2*0.7 0.1 0.2 3*0.35 0.18 0.55 0.4 0.6 0.5 0.003",
      why: "judged shares of a processor's and a card's peak, beside what each says where it stands",
    },
  ],
  "estimate/modality-evidence.ts": [{ numbers: "0.1", why: "a simulated kind: held-out rows within a tenth" }],
  "estimate/modality.ts": [
    {
      numbers:
        "2*3 2*4 8 3*12 15 5*16 27 28 30 8*32 40 50 56 57 6*64 70 128 200 224 2*256 300 333 395 448 5*512 800 896 1150 1280 1500 3072 6144 51866 2e8 3.6e8 5e8 8e8 2e9 0.25 0.02",
      why: "input sizes, patch counts and widths of published architectures, by family",
    },
  ],
  "estimate/repair.ts": [
    {
      numbers: "3 2*4 6 8 2*16 2*32 64 2*512 2048",
      why: "the ladder's rungs: batch sizes, ranks, lengths and device counts that are tried",
    },
    {
      numbers: "2*1.8 3*0.5 0.8 0.9 1.2 1.4 2*1.5 1.6 2.2 0.999",
      why: "time factors and thresholds that are not yet constants",
    },
    {
      numbers: "0.5 1.4 3",
      why: "what a doubling of time weighs, a frozen base on the host, and what is too slow to be the answer",
    },
  ],
  "estimate/rules.ts": [{ numbers: "2*4", why: "bytes of an fp32 checkpoint's parameter" }],
  "estimate/serving-rates.ts": [
    { numbers: "4", why: "FLOPs of scores and values per key, query and head dimension" },
    { numbers: "4", why: "the PCI Express generation that pcie4GBps speaks of" },
  ],
  "plan/candidates.ts": [
    { numbers: "0.5 6", why: "least bytes per parameter: 4-bit weights; weights, gradients, states" },
  ],
  "plan/duration.ts": [
    { numbers: "3 4 3", why: "a slow download takes three times as long; the reference is a third" },
  ],
  "plan/trial.ts": [{ numbers: "3", why: "the best of four levels of comfort" }],
  "plan/serving-cost.ts": [
    { numbers: "60 8 2*0.5", why: "Modal's idle window in seconds, and a month's hours of care, each explained there" },
    { numbers: "50 40", why: "an exponent that cannot overflow, steps of a bisection" },
  ],
  "plan/rank.ts": [
    {
      numbers: "9 2e-8",
      why: "significant digits that are compared, and twice the widest gap between two such numbers",
    },
  ],
};

/** Code without comments, strings and regular expressions. */
function codeOf(file: string): string {
  return readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8")
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, '""')
    .replace(/(?<=[=(,:!&|]\s*)\/(?:[^/\\\n]|\\.)+\/[a-z]*/g, "")
    .replace(/\/\/.*$/gm, "")
    .replace(/`[^`]*`/g, (text) => [...text.matchAll(/\$\{([^}]*)\}/g)].map((m) => m[1]).join(" "));
}

const numbersIn = (file: string): string[] =>
  [...codeOf(file).matchAll(/(?<![\w.$])\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.])/g)]
    .map((m) => m[0].replaceAll("_", ""))
    .filter((n) => !EXEMPT.test(n));

const listed = (file: string): string[] =>
  (LEFT[file] ?? [])
    .flatMap(({ numbers }) => numbers.split(" "))
    .flatMap((entry) => {
      const [times, number] = entry.includes("*") ? entry.split("*") : ["1", entry];
      return Array.from({ length: Number(times) }, () => number!);
    });

const inFolder = (folder: string): string[] =>
  readdirSync(new URL(`../src/${folder}`, import.meta.url)).map((f) => `${folder}/${f}`);
const FORMULAS = [
  ...inFolder("estimate").filter((f) => f.endsWith(".ts") && !f.endsWith("constants.ts")),
  // The planner's assumptions: what a candidate takes, how options are ranked, how serving is sized.
  ...inFolder("plan").filter((f) => /\/(?:rank|candidates|duration|trial|serve|serving-[a-z]+)\.ts$/.test(f)),
];

test.each(FORMULAS)("%s holds no bare number that is not listed with its reason", (file) => {
  const allowed = listed(file);
  const unlisted = numbersIn(file).filter((n) => {
    const at = allowed.indexOf(n);
    if (at >= 0) allowed.splice(at, 1);
    return at < 0;
  });
  expect({ unlisted, listedInVain: allowed }).toEqual({ unlisted: [], listedInVain: [] });
});

test("the lists name files that exist, and say why", () => {
  expect(Object.keys(LEFT).filter((file) => !FORMULAS.includes(file))).toEqual([]);
  for (const { why } of Object.values(LEFT).flat()) expect(why.length).toBeGreaterThan(15);
});

test("fewer bare numbers remain with every release", () => {
  expect(FORMULAS.reduce((sum, file) => sum + numbersIn(file).length, 0)).toBeLessThanOrEqual(285);
});

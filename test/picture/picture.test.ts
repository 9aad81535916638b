import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile } from "vega-lite";
import { describe, expect, test } from "vitest";
import { svgOf, writePictures } from "../../src/adapters/picture.ts";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { costChart, costPoints } from "../../src/picture/cost.ts";
import { memoryChart, memoryRows } from "../../src/picture/memory.ts";
import { advise } from "../../src/plan/advise.ts";
import { fitText } from "../../src/plan/fit.ts";
import { gib } from "../../src/plan/format.ts";

const today = "2026-11-22";
const plan = advise(readText("fine-tune Llama 3.1 8B on 50k support tickets, $500", catalog, { today }), catalog, {
  today,
});
const memory = plan.memory!;

/** Texts of an SVG, in order. */
const textsOf = (svg: string): string[] => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) => m[1] ?? "");

describe("memory by part", () => {
  test("the rows end at what the verdict is decided on", () => {
    const sum = memoryRows(memory).reduce((total, row) => total + row.gib, 0);
    // Rows thinner than 0.005 GiB are left out.
    expect(Math.abs(sum - memory.neededGib.expected)).toBeLessThan(0.05);
  });

  test("each part begins where the one above ended, and one is marked to cut first", () => {
    const layers = memoryChart("m", memory).layer as {
      data: { values: { from: number; to: number; kind: string }[] };
    }[];
    const bars = layers[0]!.data.values;
    expect(bars[0]!.from).toBe(0);
    for (let i = 1; i < bars.length; i++) expect(bars[i]!.from).toBe(bars[i - 1]!.to);
    expect(bars.filter((b) => b.kind === "cut this first")).toHaveLength(1);
  });

  test.each(["light", "dark"] as const)("the %s picture names every part, the limit and the verdict", async (theme) => {
    const texts = textsOf(await svgOf(memoryChart("Training memory", memory, theme)));
    for (const row of memoryRows(memory)) expect(texts).toContain(row.name);
    expect(texts).toContain(`usable ${gib(memory.usableGib)}`);
    expect(texts.join(" ")).toContain("fits:");
  });

  test.each([
    "serve llama 3.1 70B at 10 requests per second",
    "serve Qwen3 8B on our RTX 4090, 2 requests per second",
    "fine-tune Llama 3.1 8B, 5k examples, 32k context, one A100 40GB",
  ])("of %s lie on the side of the limit that the verdict names", (words) => {
    const made = advise(readText(words, catalog, { today }), catalog, { today });
    for (const answer of [made.memory, made.serving?.estimate].filter((m) => m !== undefined)) {
      const end = memoryRows(answer).reduce((total, row) => total + row.gib, 0);
      expect(end <= answer.usableGib + 0.05).toBe(answer.status !== "does-not-fit");
      expect(memoryChart("m", answer).title).toMatchObject({ subtitle: expect.stringContaining(fitText(answer)) });
    }
  });

  test("a name from outside is text in the picture, never markup", async () => {
    const svg = await svgOf(memoryChart('<script>alert("x")</script>', memory));
    expect(svg).not.toContain("<script");
    expect(svg).toContain("&lt;script&gt;");
  });
});

describe("cost against time", () => {
  test("the plan and each alternative are one point, each named in the legend with money and time", async () => {
    const points = costPoints(plan);
    expect(points).toHaveLength(1 + plan.alternatives.length);
    const texts = textsOf(await svgOf(costChart(plan)!)).join("\n");
    for (const p of points) expect(texts).toContain(`${p.name}: ${p.machine}`);
  });

  test("a plan that only serves has no training to draw", () => {
    const { cost: _, ...without } = plan;
    expect(costChart(without)).toBeUndefined();
  });
});

test("Vega-Lite accepts every chart without a warning", () => {
  const said: unknown[] = [];
  const logger = { level: () => logger, error: note, warn: note, info: () => logger, debug: () => logger };
  function note(...words: unknown[]) {
    said.push(words);
    return logger;
  }
  for (const chart of [memoryChart("m", memory), costChart(plan)!])
    compile(chart as never, { logger: logger as never });
  expect(said).toEqual([]);
});

test("pictures are written into a folder that is made, and a file in its place is told", async () => {
  const folder = join(await mkdtemp(join(tmpdir(), "pictures-")), "deep", "er");
  const written = await writePictures(folder, new Map([["memory", memoryChart("m", memory)]]));
  expect(await readdir(folder)).toEqual(["memory.svg"]);
  expect(await readFile(written[0]!, "utf8")).toMatch(/^<svg[\s\S]*<\/svg>\n$/);
  await expect(writePictures(written[0]!, new Map())).rejects.toThrow(/Cannot write pictures/);
});

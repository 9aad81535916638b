import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { type Picture, planPictures } from "../../../slack/pictures/plan-pictures.ts";
import { pngOf } from "../../../slack/pictures/png.ts";
import { svgOf } from "../../../src/adapters/picture.ts";
import { advise, catalog, costChart, memoryChart, readText } from "../../../src/index.ts";

const today = "2026-11-22";
const planOf = (words: string) => advise(readText(words, catalog, { today }), catalog, { today });
const training = planOf("fine-tune Llama 3.1 8B on 50k support tickets, $500");
const pictures = await planPictures(training);

/** Width and height of a PNG: https://www.w3.org/TR/png-3/#11IHDR */
const sizeOf = ({ bytes }: Pick<Picture, "bytes">): [number, number] => [
  bytes.readUInt32BE(16),
  bytes.readUInt32BE(20),
];

test("a plan that trains has a picture of its memory and one of its costs, small enough for a thread", () => {
  expect(pictures.map((p) => p.name)).toEqual(["memory.png", "cost.png"]);
  for (const picture of pictures) {
    expect(picture.bytes.subarray(1, 4).toString("latin1")).toBe("PNG");
    const [width, height] = sizeOf(picture);
    expect(width).toBeGreaterThan(1000);
    expect(height).toBeGreaterThan(400);
    expect(picture.bytes.length).toBeLessThan(200_000);
  }
});

test("who does not see a picture hears its numbers, within what Slack takes as alternative text", () => {
  const [memory, cost] = pictures as [Picture, Picture];
  expect(memory.alt).toMatch(/GiB expected of .* GiB usable on one device\. weights /);
  expect(cost.alt).toMatch(/^This plan: .*\$/);
  for (const { alt } of pictures) expect(alt.length).toBeLessThanOrEqual(1000);
});

test("a plan that only serves has no picture of training costs, and one without hardware none at all", async () => {
  expect((await planPictures(planOf("Serve Qwen2.5 32B to 20 people at once on two L40S"))).map((p) => p.name)).toEqual(
    ["memory.png"],
  );
  const offRamp = planOf("Our product prices change every week; teach a model to answer about them, 60 examples");
  expect(await planPictures({ ...offRamp, memory: undefined, cost: undefined })).toEqual([]);
});

test("text is drawn by the font that comes with us: without it the picture is another", async () => {
  const bare =
    '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="40"><rect width="200" height="40" fill="white"/></svg>';
  const words = bare.replace("</svg>", '<text x="4" y="24" font-family="system-ui, sans-serif">24.0 GiB</text></svg>');
  expect(await pngOf(words)).not.toEqual(await pngOf(bare));
  expect(await pngOf(words)).toEqual(await pngOf(words));
});

test("the font has every character that the charts draw", async () => {
  const ranges = JSON.parse(
    readFileSync(createRequire(import.meta.url).resolve("@fontsource/inter/unicode.json"), "utf8"),
  ) as { latin: string };
  const spans = ranges.latin.split(",").map((r) =>
    r
      .slice(2)
      .split("-")
      .map((x) => Number.parseInt(x, 16)),
  );
  const has = (c: string): boolean =>
    spans.some(([from, to = from]) => c.codePointAt(0)! >= from! && c.codePointAt(0)! <= to!);
  for (const words of [
    "fine-tune Llama 3.1 8B on 50k support tickets, $500",
    "Pretrain a 1B model from scratch on 20B tokens with 8 H100s",
    "Train a vision transformer on 2 million photos, two A100s, a week",
  ]) {
    const plan = planOf(words);
    const charts = [plan.memory && memoryChart(words, plan.memory), costChart(plan)].filter((c) => c !== undefined);
    for (const chart of charts) {
      const text = [...(await svgOf(chart)).matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((m) => m[1]).join("");
      expect([...text].filter((c) => !has(c))).toEqual([]);
    }
  }
});

test("a thread draws one plan after another, and too many in line go without", async () => {
  // As built: a thread is started from a file of its own.
  const built = new URL("../../../dist/slack/pictures/drawing-thread.js", import.meta.url).href;
  const { drawingThread } = (await import(built)) as typeof import("../../../slack/pictures/drawing-thread.ts");
  const draw = drawingThread();
  let planned = 0;
  const plan = async () => {
    planned += 1;
    return training;
  };
  const drawn = await Promise.all(Array.from({ length: 5 }, () => draw(plan)));
  expect(drawn.map((found) => found?.length)).toEqual([2, 2, 2, 2, undefined]);
  // Who goes without is not planned for.
  expect(planned).toBe(4);
  expect(Buffer.from(drawn[0]![0]!.bytes)).toEqual(pictures[0]!.bytes);
  await expect(draw(() => Promise.reject(new Error("no plan")))).rejects.toThrow("no plan");
  expect(await draw(plan)).toHaveLength(2);
}, 120_000);

import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { cheapestOffers, isEuRegion, offersFor } from "../../src/catalog/prices.ts";
import type { Catalog, Price } from "../../src/catalog/schema.ts";

const offer: Price = {
  platform: "lambda",
  product: "on-demand-instance",
  instanceType: "1x t4",
  accelerator: "t4",
  acceleratorCount: 1,
  region: "any",
  pricing: "on-demand",
  usdPerHour: 0.5,
  source: "test list",
  asOf: "2026-06",
  confidence: "third-party",
};
const withPrices = (...prices: Partial<Price>[]): Catalog => ({
  ...catalog,
  prices: prices.map((price) => ({ ...offer, ...price })),
});

test("offers come cheapest first, and every one matches what was asked", () => {
  const offers = cheapestOffers(catalog, { accelerator: "h100-80gb-sxm", acceleratorCount: 8, pricing: "on-demand" });
  expect(offers.length).toBeGreaterThan(5);
  for (const [i, o] of offers.entries()) {
    expect(o).toMatchObject({ accelerator: "h100-80gb-sxm", acceleratorCount: 8, pricing: "on-demand" });
    expect(o.usdPerHour).toBeGreaterThanOrEqual(offers[i - 1]?.usdPerHour ?? 0);
  }
});

test("platforms and regions restrict", () => {
  const offers = cheapestOffers(catalog, { accelerator: "t4", platforms: ["aws"], regions: ["eu-west-1"] });
  expect(offers.length).toBeGreaterThan(0);
  for (const o of offers) expect([o.platform, o.region]).toEqual(["aws", "eu-west-1"]);
  expect(cheapestOffers(catalog, { accelerator: "l4", platforms: ["local"] })).toEqual([]);
});

test("equal prices are ordered by platform, instance type and region", () => {
  const prices = withPrices({ platform: "vast" }, { region: "us" }, { region: "eu" }, { instanceType: "0x" });
  expect(cheapestOffers(prices, { accelerator: "t4" }).map((o) => [o.platform, o.instanceType, o.region])).toEqual([
    ["lambda", "0x", "any"],
    ["lambda", "1x t4", "eu"],
    ["lambda", "1x t4", "us"],
    ["vast", "1x t4", "any"],
  ]);
});

test("a stale price shows only where nothing fresher matches", () => {
  const stale = { confidence: "stale", usdPerHour: 0.1, instanceType: "old" } as const;
  expect(cheapestOffers(withPrices({}, stale), { accelerator: "t4" }).map((o) => o.usdPerHour)).toEqual([0.5]);
  expect(cheapestOffers(withPrices(stale), { accelerator: "t4" }).map((o) => o.usdPerHour)).toEqual([0.1]);
  for (const o of cheapestOffers(catalog, { accelerator: "v100-16gb-sxm", platforms: ["sagemaker"] }))
    expect(o.confidence).toBe("stale");
});

test("of two readings of one offer the newer counts, even when it is dearer", () => {
  const prices = withPrices({ asOf: "2026-01-21", usdPerHour: 0.4 }, { asOf: "2026-07-20", usdPerHour: 0.6 });
  expect(cheapestOffers(prices, { accelerator: "t4" }).map((o) => o.usdPerHour)).toEqual([0.6]);
});

test("a stale reading never replaces a fresh one", () => {
  const prices = withPrices({}, { asOf: "2026-11", confidence: "stale", usdPerHour: 9 });
  expect(offersFor(prices, "t4").map((o) => o.usdPerHour)).toEqual([0.5]);
});

test("what is sold by the single accelerator is multiplied up to its limit", () => {
  // Modal, 2026-07-01: one H100 for $0.001097 per second, up to eight in a container
  const modal = (acceleratorCount: number) =>
    cheapestOffers(catalog, { accelerator: "h100-80gb-sxm", acceleratorCount, platforms: ["modal"] });
  expect(modal(1)[0]?.usdPerHour).toBeCloseTo(0.001097 * 3600, 6);
  expect(modal(8)[0]).toMatchObject({ acceleratorCount: 8, instanceType: "8 of h100-80gb-sxm" });
  expect(modal(8)[0]?.usdPerHour).toBeCloseTo(0.001097 * 3600 * 8, 5);
  expect(modal(9)).toEqual([]);
});

test("an accelerator that nobody rents out has no offers", () => {
  expect(cheapestOffers(catalog, { accelerator: "apple-m3-max" })).toEqual([]);
  expect(offersFor(catalog, "no-such-card")).toEqual([]);
});

test("Ireland is in the European Union, London and Virginia are not", () => {
  expect([isEuRegion("eu-west-1"), isEuRegion("uksouth"), isEuRegion("us-east-1"), isEuRegion("any")]).toEqual([
    true,
    false,
    false,
    false,
  ]);
});

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { validateCatalog } from "../../src/catalog/validate.ts";
import { AdvisorError } from "../../src/error.ts";
import { facts } from "./facts.ts";

/** What `validateCatalog` says about the facts with one thing changed. */
function complaint(change: (copy: typeof facts) => void): string {
  const copy = structuredClone(facts);
  change(copy);
  try {
    validateCatalog(copy);
  } catch (error) {
    if (error instanceof AdvisorError && error.code === "invalid-fact") return error.message;
    throw error;
  }
  return "";
}

test("every fact of the catalog fits its schema, has an id of its own and refers to facts that exist", () => {
  expect(() => validateCatalog(facts)).not.toThrow();
});

test("a fact without a source is refused", () => {
  expect(complaint((copy) => Reflect.deleteProperty(copy.accelerators[0]!, "source"))).toMatch(
    /accelerators "t4".*"source"/,
  );
});

test("a fact without a date is refused", () => {
  expect(complaint((copy) => Reflect.deleteProperty(copy.models[0]!, "asOf"))).toMatch(
    /models "EleutherAI\/pythia-14m".*"asOf"/,
  );
});

test("a date that is only a word is refused", () => {
  expect(complaint((copy) => Object.assign(copy.platforms[0]!, { asOf: "recently" }))).toMatch(
    /platforms "modal".*"asOf"/,
  );
});

test("a price list without a source or a date is refused", () => {
  expect(complaint((copy) => Reflect.deleteProperty(copy.prices[0]!, "source"))).toMatch(/prices number 0.*"source"/);
  expect(complaint((copy) => Reflect.deleteProperty(copy.prices[0]!, "asOf"))).toMatch(/prices ".+".*"asOf"/);
});

test("a field that the schema does not know is refused and named", () => {
  expect(complaint((copy) => Object.assign(copy.models[0]!, { paramsTotal: 1 }))).toMatch(/"paramsTotal"/);
});

test("memory of zero or below is refused", () => {
  expect(complaint((copy) => Object.assign(copy.accelerators[0]!, { memoryGib: 0 }))).toMatch(/"t4".*"memoryGib"/);
});

test("two facts with one id are refused", () => {
  expect(complaint((copy) => copy.models.push(copy.models[0]!))).toMatch(/pythia-14m.*"id".*same id/);
});

test("an offer of an accelerator or a platform that the catalog lacks is refused", () => {
  const offer = (copy: typeof facts) => copy.prices[0]!.offers[0]!;
  expect(complaint((copy) => Object.assign(offer(copy), { accelerator: "h900" }))).toMatch(/"accelerator".*"h900"/);
  expect(complaint((copy) => Object.assign(offer(copy), { platform: "nowhere" }))).toMatch(/"platform".*"nowhere"/);
});

test("a document that does not exist cannot be cited", () => {
  expect(complaint((copy) => copy.methods[0]!.documents.push("hearsay"))).toMatch(/methods "full".*"hearsay"/);
});

test("every price carries the source, date and confidence of its list", () => {
  expect(catalog.prices).toHaveLength(facts.prices.reduce((sum, list) => sum + list.offers.length, 0));
  for (const price of catalog.prices) {
    expect(price.source.length).toBeGreaterThan(2);
    expect(price.asOf).toMatch(/^20\d\d/);
    expect(price.confidence).toBeTruthy();
  }
});

test("an accelerator without bf16 has no bf16 rate, and no measured matmul beats the peak", () => {
  for (const { id, supportsBf16, bf16Tflops, bf16MatmulCeilingTflops } of catalog.accelerators) {
    if (!supportsBf16) expect(bf16Tflops, id).toBeUndefined();
    if (bf16Tflops && bf16MatmulCeilingTflops) expect(bf16MatmulCeilingTflops, id).toBeLessThan(bf16Tflops);
  }
});

test("what the driver reports is at most what is advertised, and at least nine tenths of it", () => {
  for (const { id, memoryGib, usableMemoryGib } of catalog.accelerators) {
    if (usableMemoryGib === undefined) continue;
    expect(usableMemoryGib, id).toBeLessThanOrEqual(memoryGib);
    expect(usableMemoryGib, id).toBeGreaterThan(memoryGib * 0.9);
  }
});

test("NVIDIA cards run FlashAttention 2 and bf16 from compute capability 8.0", () => {
  for (const { id, computeCapability, supportsBf16, supportsFlashAttention2 } of catalog.accelerators) {
    if (computeCapability === undefined) continue;
    expect(supportsFlashAttention2, id).toBe(computeCapability >= 8);
    expect(supportsBf16, id).toBe(computeCapability >= 8);
  }
});

test("an accelerator-hour costs between 2 cents and 40 dollars", () => {
  for (const { platform, instanceType, usdPerHour, acceleratorCount } of catalog.prices) {
    expect(usdPerHour / acceleratorCount, `${platform} ${instanceType}`).toBeGreaterThan(0.02);
    expect(usdPerHour / acceleratorCount, `${platform} ${instanceType}`).toBeLessThan(40);
  }
});

test("the digest is the SHA-256 of the data files (run vitest with -u after changing a fact)", async () => {
  const sha256 = createHash("sha256")
    .update(JSON.stringify(Object.values(facts)))
    .digest("hex");
  await expect(`${JSON.stringify({ sha256 })}\n`).toMatchFileSnapshot("../../src/catalog/digest.json");
  expect(catalog.digest).toMatch(/^[0-9a-f]{64}$/);
});

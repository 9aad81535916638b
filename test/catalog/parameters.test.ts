import { expect, test } from "vitest";
import { catalog } from "../../src/catalog/catalog.ts";
import { findModel } from "../../src/catalog/names.ts";
import type { Model } from "../../src/catalog/schema.ts";

/**
 * Parameters of a decoder, from its dimensions (Vaswani et al. 2017; grouped-query attention: Ainslie et al. 2023).
 * A layer: query and output projections h·(heads·d), key and value projections h·(kvHeads·d) each,
 * an MLP of three matrices h·i (gated) or two; outside: the token embedding v·h, once more for an untied head.
 * Norms and biases are left out: under 0.1 % from 1 B parameters up.
 */
function countDecoder(m: Model): number {
  const { hiddenSize: h, layers = 0, heads = 0, kvHeads = 0, headDim: d, vocabSize: v } = need(m);
  const attention = h * heads * d * 2 + h * kvHeads * d * 2;
  const matrices = m.gatedMlp ? 3 : 2;
  const experts = m.experts ?? 0;
  const shared = m.sharedExpertIntermediateSize ?? (m.sharedExperts ?? 0) * (m.moeIntermediateSize ?? 0);
  const expertLayer = matrices * h * ((m.moeIntermediateSize ?? 0) * experts + shared) + h * experts;
  const denseLayer = matrices * h * (m.intermediateSize ?? 0);
  const denseLayers = experts > 0 ? (m.denseLayers ?? 0) : layers;
  const embeddings = v * h * (m.tieEmbeddings ? 1 : 2);
  return layers * attention + denseLayers * denseLayer + (layers - denseLayers) * expertLayer + embeddings;
}

function need(m: Model) {
  const { hiddenSize, layers, heads, kvHeads, headDim, vocabSize } = m;
  if (!hiddenSize || !layers || !heads || !kvHeads || !vocabSize) throw new Error(`${m.id} lacks a dimension`);
  return { hiddenSize, layers, heads, kvHeads, headDim: headDim ?? hiddenSize / heads, vocabSize };
}

/** Multi-head latent attention and linear attention have other projections; both are checked by hand below or not at all. */
const isPlainDecoder = (m: Model) =>
  m.parameterCountBasis === "exact" &&
  (m.modality === "llm" || m.modality === "vlm") &&
  m.kvLoraRank === undefined &&
  m.kvCacheLayers === undefined &&
  m.encoderLayers === undefined &&
  m.headDim !== undefined &&
  m.vocabSize !== undefined;

const plain = catalog.models.filter(isPlainDecoder);

test("most exactly counted decoders can be recounted", () => {
  expect(plain.length).toBeGreaterThan(80);
});

test.each(plain.map((model) => [model.id, model] as const))(
  "%s has the parameters that its dimensions give, within 1 %%",
  (_, model) => {
    // Below half a billion, norms, biases and position embeddings are worth up to 3 %.
    const tolerance = model.parameterCount > 5e8 ? 0.01 : 0.03;
    expect(Math.abs(countDecoder(model) / model.parameterCount - 1)).toBeLessThan(tolerance);
  },
);

test("Llama 2 7B, worked by hand: 32 layers of 202.4 M and two embeddings of 131 M", () => {
  // attention 4·4096² = 67.1 M, MLP 3·4096·11008 = 135.3 M, norms 2·4096; embeddings 32000·4096; final norm 4096
  const layer = 4 * 4096 ** 2 + 3 * 4096 * 11008 + 2 * 4096;
  expect(findModel(catalog, "llama 2 7b")?.parameterCount).toBe(32 * layer + 2 * 32000 * 4096 + 4096);
});

test("DeepSeek-V3, worked by hand with latent attention: 671 B", () => {
  const m = findModel(catalog, "DeepSeek-V3")!;
  const h = 7168;
  const query = h * 1536 + 1536 * 128 * (128 + 64);
  const keyValue = h * (512 + 64) + 512 * 128 * (128 + 128);
  const attention = query + keyValue + 128 * 128 * h;
  const dense = 3 * h * 18432;
  const experts = 3 * h * 2048 * (256 + 1) + h * 256;
  const total = 61 * attention + 3 * dense + 58 * experts + 2 * 129280 * h;
  expect(Math.abs(total / m.parameterCount - 1)).toBeLessThan(0.001);
  expect([m.qLoraRank, m.kvLoraRank, m.qkRopeHeadDim, m.qkNopeHeadDim, m.vHeadDim]).toEqual([1536, 512, 64, 128, 128]);
});

test("BERT large, worked by hand: 335 M", () => {
  // layer: 4 projections with bias, MLP with bias, two norms; embeddings: words, 512 positions, 2 segments, norm; pooler
  const layer = 4 * (1024 ** 2 + 1024) + 2 * 1024 * 4096 + 4096 + 1024 + 4 * 1024;
  const embeddings = (30522 + 512 + 2) * 1024 + 2 * 1024;
  const total = 24 * layer + embeddings + 1024 ** 2 + 1024;
  expect(findModel(catalog, "bert-large-uncased")?.parameterCount).toBe(total);
});

test("a mixture of experts activates a part of its parameters", () => {
  for (const { id, experts, parameterCount, activeParameterCount } of catalog.models) {
    if (experts && activeParameterCount) expect(activeParameterCount, id).toBeLessThan(parameterCount * 0.5);
  }
});

test("query heads divide evenly among key and value heads", () => {
  for (const { id, heads, kvHeads } of catalog.models) if (heads && kvHeads) expect(heads % kvHeads, id).toBe(0);
});

test("layers with a window and layers that keep a cache are no more than all layers", () => {
  for (const { id, layers = Infinity, slidingLayers = 0, kvCacheLayers = 0, denseLayers = 0 } of catalog.models) {
    expect(Math.max(slidingLayers, kvCacheLayers, denseLayers), id).toBeLessThanOrEqual(layers);
  }
});

test("one global layer in every few agrees with the number of sliding layers", () => {
  for (const { id, layers, slidingLayers, globalAttentionEvery } of catalog.models) {
    if (!layers || !slidingLayers || !globalAttentionEvery) continue;
    expect(Math.abs(layers / globalAttentionEvery - (layers - slidingLayers)), id).toBeLessThan(1);
  }
});

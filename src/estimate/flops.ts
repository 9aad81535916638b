import type { Setup } from "./setup.ts";
import type { Shape } from "./shape.ts";

/** FLOPs of one trained token, by what they run on. */
export interface TokenFlops {
  /** Matrix products with the layers' weights. */
  layers: number;
  /** The product with the output head. */
  head: number;
  /** Attention scores and values, which run in 16 bits whatever the weights do. */
  attention: number;
}

export const totalFlops = (f: TokenFlops): number => f.layers + f.head + f.attention;

/**
 * Keys that a token looks at, summed over layers, on average over a sequence: half the length where a kernel skips the
 * causal upper triangle, the last `window` in layers that slide, the whole length where scores are a full matrix.
 */
export function attendedKeys(shape: Shape, length: number, wholeMatrix: boolean): number {
  const layers = shape.fullCacheLayers + shape.windowLayers;
  if (wholeMatrix) return layers * length;
  const causal = length / 2;
  // Token i sees min(i, window) keys: window - window² / (2 × length) on average once the length exceeds the window.
  const windowed = length > shape.window ? shape.window - shape.window ** 2 / (2 * length) : causal;
  return shape.fullCacheLayers * causal + shape.windowLayers * windowed;
}

/**
 * What the model needs: 6 FLOPs per active parameter and token, 2 forward and 4 backward (Kaplan et al. 2020, §2.1);
 * adapters skip the frozen weights' gradients, 2 of the 4. Attention takes 4 FLOPs forward and 8 backward per key and
 * query element.
 */
export function flopsPerToken(s: Setup): TokenFlops {
  const { shape, train: t } = s;
  const perParameter = t.method === "full" ? 6 : 4;
  // Embeddings are looked up; the head, which may share their weights, is a product.
  const active = shape.activeParameterCount - (shape.tieEmbeddings ? 0 : shape.embeddingParameters);
  const head = shape.kind === "decoder" ? Math.min(active, shape.embeddingParameters) : 0;
  return {
    layers: perParameter * (active - head),
    head: perParameter * head,
    attention: 12 * shape.queryDim * attendedKeys(shape, t.sequenceLength, t.attention === "eager"),
  };
}

/**
 * Share of the forward pass that runs a second time. Selective checkpointing recomputes every second product in
 * torchtitan (its per-operation policy) and the attention alone in Megatron (Korthikanti et al. 2022, §5).
 */
export function recomputedShare(s: Setup): { products: number; attention: number } {
  const t = s.train;
  if (t.gradientCheckpointing === true) return { products: 1, attention: 1 };
  if (t.gradientCheckpointing === false) return { products: 0, attention: 0 };
  return t.trainer === "torchtitan" ? { products: 1 / 2, attention: 0 } : { products: 0, attention: 1 };
}

/** What the device executes: what the model needs and the recomputation, 2 of the 6 or 4 and a third of attention. */
export function executedFlops(s: Setup, needed: TokenFlops): TokenFlops {
  const again = recomputedShare(s);
  const forward = s.train.method === "full" ? 1 / 3 : 1 / 2;
  return {
    layers: needed.layers * (1 + again.products * forward),
    head: needed.head,
    attention: needed.attention * (1 + again.attention / 3),
  };
}

import type { Constant } from "./constant-kinds.ts";

const SWEEP = "bench/simulate: torch 2.14.1, transformers 5.23.0, timm 1.0.31, diffusers 0.42.1, 2026-11";

const simulated = (value: number, unit: string, reason: string, source = SWEEP): Constant => ({
  value,
  unit,
  kind: "simulated",
  source,
  reason,
});

const NO_ROW = "no simulated row: carried over from the nearest simulated kind, 2026-11";

/** Numbers of the formulas for other modalities than decoders, each read off simulated runs of the real code. */
export const modalityConstant = {
  autocastNormBytes: simulated(
    10,
    "B per hidden element and layer",
    "LayerNorm runs in fp32 under autocast: two fp32 inputs, and a 16-bit copy of its output for each of query, key and value",
  ),
  dropoutBytes: simulated(
    4,
    "B per hidden element and layer",
    "two dropouts keep a mask of one byte and an output each",
  ),
  crossAttentionHidden: simulated(
    4,
    "hidden-sized tensors",
    "a decoder's second attention: norm, query, output, residual",
  ),
  eagerScoreFp32: simulated(
    22,
    "B per head and pair",
    "scores, their sum with position biases, softmax, dropout, its mask: T5 and DeBERTa in fp32",
  ),
  eagerScoreMixed: simulated(18, "B per head and pair", "the same where softmax runs in fp32 between 16-bit products"),
  eagerScoreHalf: simulated(10, "B per head and pair", "the same in 16 bits with an fp32 softmax"),
  boundaryHidden: simulated(2, "hidden-sized tensors", "positions, norm and projection around the layers"),
  speechStemBytes: simulated(
    1.05e7,
    "elements per second of audio",
    "seven convolutions over 16 kHz samples, the first at 3200 frames of 512 channels a second with its norm and activation",
  ),
  speechStemAutocast: simulated(
    1.4,
    "times the 16-bit tensors",
    "norms of the convolutions run in fp32 under autocast",
  ),
  sequenceLossBytes: simulated(
    12,
    "B/(vocabulary entry and token)",
    "16-bit or fp32 logits, their fp32 log-softmax and gradients",
  ),
  frozenBlockShare: simulated(
    0.58,
    "share of a block",
    "denoisers with adapters on the attention: Stable Diffusion 3 and FLUX blocks",
  ),
  mapsBasic: simulated(24, "MiB per GMAC/sqrt(million parameters), 16 bits", "basic residual blocks: ResNet-18 and 34"),
  mapsBottleneck: simulated(
    54,
    "MiB per GMAC/sqrt(million parameters), 16 bits",
    "bottleneck residual blocks: ResNet-50 and deeper",
  ),
  mapsWide: simulated(41, "MiB per GMAC/sqrt(million parameters), 16 bits", "bottleneck blocks of double width"),
  mapsGrouped: simulated(
    66,
    "MiB per GMAC/sqrt(million parameters), 16 bits",
    "grouped bottleneck blocks: ResNeXt, RegNet",
  ),
  mapsInverted: simulated(
    270,
    "MiB per GMAC/sqrt(million parameters), 16 bits",
    "inverted residual blocks: EfficientNet, MobileNet",
  ),
  mapsMobile4: simulated(
    88,
    "MiB per GMAC/sqrt(million parameters), 16 bits",
    "universal inverted bottlenecks: MobileNetV4",
  ),
  mapsFused: simulated(
    120,
    "MiB per GMAC/sqrt(million parameters), 16 bits",
    "fused inverted residual blocks: EfficientNetV2",
  ),
  mapsConvNext: simulated(70, "MiB per GMAC/sqrt(million parameters), 16 bits", "ConvNeXt blocks with LayerNorm"),
  mapsWindowed: simulated(90, "MiB per GMAC/sqrt(million parameters), 16 bits", "windowed attention: Swin, MaxViT"),
  mapsUnknown: simulated(
    80,
    "MiB per GMAC/sqrt(million parameters), 16 bits",
    "between the families, for detectors and whatever has no row",
    NO_ROW,
  ),
  mapsCheckpointed: simulated(0.35, "share of the maps", "stages keep their inputs; one stage is recomputed at a time"),
  unetBytesSmall: simulated(
    1.26e9,
    "B per image of 512 pixels, 16 bits",
    "Stable Diffusion 1.5's UNet at 64 × 64 latents",
  ),
  unetBytesLarge: simulated(
    1.0e10,
    "B per image of 1024 pixels, 16 bits",
    "SDXL's UNet at 128 × 128 latents, derived from its blocks: 60 at 1024 tokens of 1280, 10 at 4096 of 640, four times SD 1.5's convolutions; not simulated",
    NO_ROW,
  ),
  unetCheckpointed: simulated(
    0.3,
    "share of the maps",
    "resolution blocks keep their inputs; one is recomputed at a time",
    NO_ROW,
  ),
  imageBlockHidden: simulated(
    14,
    "hidden-sized tensors",
    "a diffusion transformer's block beside its MLP: modulation, gates, norms of queries and keys",
  ),
} as const satisfies Record<string, Constant>;

import type { Constant } from "./constant-kinds.ts";
import value from "./modality-fitted.json" with { type: "json" };

/** A constant that simulated runs decide, inside the range that its mechanism allows. */
export type ModalityConstant = Extract<Constant, { kind: "simulated" }> & { range: readonly [number, number] };

const SWEEP = "bench/simulate, the architectures of split fit, 2026-11-23: torch 2.14.1 and the libraries in each row";

const simulated = (
  value: number,
  range: readonly [number, number],
  unit: string,
  reason: string,
  source = SWEEP,
): ModalityConstant => ({ value, unit, kind: "simulated", range, source, reason });

const MAPS = "MiB per GMAC/sqrt(million parameters), 16 bits";

/**
 * Numbers of the formulas for other modalities than decoders. `node bench/simulate/fit.mjs --write` fits them to simulated
 * runs of the real code and writes modality-fitted.json; architectures of split held-out never enter it.
 */
export const modalityConstant = {
  blockHidden: simulated(
    value.blockHidden,
    [4, 12],
    "hidden-sized tensors",
    "beside keys and values a block with LayerNorm keeps its two norms' inputs and outputs, query, attention output and residuals",
  ),
  blockHiddenRms: simulated(
    value.blockHiddenRms,
    [2, 20],
    "hidden-sized tensors",
    "a decoder used as an embedder: RMSNorm written out keeps fp32 copies",
  ),
  blockQueryRms: simulated(
    value.blockQueryRms,
    [2, 12],
    "query-sized tensors",
    "the same model's query, its norm's fp32 copies, its rotation, and the attention's output",
  ),
  blockBackwardHidden: simulated(
    value.blockBackwardHidden,
    [1, 10],
    "hidden-sized tensors",
    "gradients alive inside one block's backward pass",
  ),
  blockBackwardIntermediate: simulated(
    value.blockBackwardIntermediate,
    [0.3, 4],
    "MLP-sized tensors",
    "gradients of the MLP's inner tensors, alive beside the saved ones",
  ),
  autocastNormBytes: simulated(
    value.autocastNormBytes,
    [4, 20],
    "B per hidden element and layer",
    "LayerNorm runs in fp32 under autocast: two fp32 inputs, and a 16-bit copy of its output for each of query, key and value",
  ),
  dropoutBytes: simulated(
    value.dropoutBytes,
    [2, 10],
    "B per hidden element and layer",
    "two dropouts keep a mask of one byte and an output each",
  ),
  crossAttentionHidden: simulated(
    value.crossAttentionHidden,
    [3, 12],
    "hidden-sized tensors",
    "a decoder's second attention: norm, query, output, residual",
  ),
  biasScoreFp32: simulated(
    value.biasScoreFp32,
    [8, 32],
    "B per head and pair",
    "scores, their sum with position biases, softmax, dropout and its mask: T5 in fp32",
  ),
  biasScoreMixed: simulated(
    value.biasScoreMixed,
    [6, 32],
    "B per head and pair",
    "the same where softmax runs in fp32 between 16-bit products",
  ),
  biasScoreHalf: simulated(
    value.biasScoreHalf,
    [4, 24],
    "B per head and pair",
    "the same in 16 bits with an fp32 softmax",
  ),
  gatheredScoreFp32: simulated(
    value.gatheredScoreFp32,
    [12, 50],
    "B per head and pair",
    "the same and two gathered score matrices of relative positions: DeBERTa in fp32",
  ),
  gatheredScoreMixed: simulated(
    value.gatheredScoreMixed,
    [8, 50],
    "B per head and pair",
    "the same where softmax runs in fp32 between 16-bit products",
  ),
  gatheredScoreHalf: simulated(value.gatheredScoreHalf, [6, 36], "B per head and pair", "the same in 16 bits"),
  boundaryHidden: simulated(
    value.boundaryHidden,
    [1, 6],
    "hidden-sized tensors",
    "positions, norm and projection around the layers",
  ),
  speechStemElements: simulated(
    value.speechStemElements,
    [5e6, 3e7],
    "elements per second of audio",
    "seven convolutions over 16 kHz samples, the first at 3200 frames of 512 channels a second with its norm and activation",
  ),
  speechStemAutocast: simulated(
    value.speechStemAutocast,
    [1, 2],
    "times the 16-bit tensors",
    "norms of the convolutions run in fp32 under autocast",
  ),
  sequenceLossBytes: simulated(
    value.sequenceLossBytes,
    [6, 16],
    "B/(vocabulary entry and token)",
    "16-bit or fp32 logits, their fp32 log-softmax and gradients",
  ),
  sequenceLossHalfBytes: simulated(
    value.sequenceLossHalfBytes,
    [4, 12],
    "B/(vocabulary entry and token)",
    "the same where everything is 16-bit: these models' own losses do not upcast",
  ),
  imageBlockHidden: simulated(
    value.imageBlockHidden,
    [8, 30],
    "hidden-sized tensors",
    "a diffusion transformer's block beside its MLP: modulation, gates, norms of queries and keys",
  ),
  frozenBlockShare: simulated(
    value.frozenBlockShare,
    [0.3, 1],
    "share of a block",
    "frozen matrices need no inputs: denoisers with adapters on the attention alone",
  ),
  mapsBasic: simulated(value.mapsBasic, [8, 80], MAPS, "basic residual blocks: ResNet-18 and 34"),
  mapsBottleneck: simulated(value.mapsBottleneck, [20, 150], MAPS, "bottleneck residual blocks: ResNet-50 and deeper"),
  mapsWide: simulated(value.mapsWide, [15, 120], MAPS, "bottleneck blocks of double width"),
  mapsGrouped: simulated(value.mapsGrouped, [20, 200], MAPS, "grouped bottleneck blocks: ResNeXt, RegNet"),
  mapsInverted: simulated(value.mapsInverted, [90, 600], MAPS, "inverted residual blocks: EfficientNet, MobileNet"),
  mapsMobile4: simulated(value.mapsMobile4, [30, 250], MAPS, "universal inverted bottlenecks: MobileNetV4"),
  mapsFused: simulated(
    value.mapsFused,
    [40, 350],
    MAPS,
    "fused inverted residual blocks: EfficientNetV2",
    "no simulated row in split fit: between inverted and bottleneck blocks, 2026-11",
  ),
  mapsConvNext: simulated(value.mapsConvNext, [25, 200], MAPS, "ConvNeXt blocks with LayerNorm"),
  mapsWindowed: simulated(value.mapsWindowed, [30, 250], MAPS, "windowed attention: Swin, MaxViT"),
  mapsUnknown: simulated(
    80,
    [20, 300],
    MAPS,
    "between the families, for detectors and whatever has no row",
    "no simulated row: the middle of the families, 2026-11",
  ),
  mapsCheckpointed: simulated(
    value.mapsCheckpointed,
    [0.1, 0.9],
    "share of the maps",
    "stages keep their inputs; one stage is recomputed at a time",
  ),
  unetResnet: simulated(
    value.unetResnet,
    [3, 16],
    "maps of a residual block's output",
    "a UNet's residual block: two norms, their activations, two convolutions' inputs",
  ),
  unetBlock: simulated(
    value.unetBlock,
    [15, 60],
    "hidden-sized tensors",
    "a UNet's attention block: self-attention, cross-attention, a gated MLP of eight widths",
  ),
  unetCheckpointed: simulated(
    value.unetCheckpointed,
    [0.1, 0.9],
    "share of the maps",
    "resolution blocks keep their inputs; one is recomputed at a time",
  ),
} as const satisfies Record<string, ModalityConstant>;

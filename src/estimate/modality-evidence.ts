import { isDecoderEmbedder } from "./modality.ts";
import simulatedKinds from "./modality-simulated.json" with { type: "json" };
import type { EstimateRequest, Optimizer } from "./request.ts";
import type { Shape } from "./shape.ts";

type Method = NonNullable<EstimateRequest["method"]>;

/** The kind of run that simulated rows speak of: how a sample becomes activations, and a preference loss beside it. */
export function evidenceKind(shape: Shape, task: string): string {
  const pairs = task === "dpo" || task === "preference" ? " in pairs" : "";
  if (isDecoderEmbedder(shape)) return `embedding decoder${pairs}`;
  const modality = shape.kind === "seq2seq" && !shape.audio ? "text" : shape.modality;
  return `${modality} ${shape.kind}${pairs}`;
}

/** Half of a kind's held-out rows must be met within this share for an answer to say `simulated`. */
export const SIMULATED_TOLERANCE = 0.1;

/**
 * Kinds and methods whose simulated rows, of architectures that no constant was fitted to, are met within the tolerance.
 * `node bench/simulate/fit.mjs --write` writes the table; test/estimate/simulated.test.ts derives it again from the rows.
 */
export const SIMULATED: ReadonlySet<string> = new Set(simulatedKinds);

/** Optimizers whose steps were simulated. */
export const SIMULATED_OPTIMIZERS = new Set<Optimizer>(["adamw", "sgd", "lion", "adafactor", "muon"]);

/**
 * Families without a row of their own: two towers, detectors, tables of vectors, and embedders whose dimensions the catalog
 * does not hold and whose blocks are not BERT's. And those whose rows are met worst: MaxViT and EVA-02, a third to a half too low.
 */
const WITHOUT_ROWS = /clip|detr|yolo|regnet|maxvit|^eva|potion|embeddinggemma|jina|nomic|granite/;

/** Whether simulated runs of the real code stand behind a training estimate (bench/simulate). */
export function isSimulated(shape: Shape, method: Method, optimizer: Optimizer, task: string): boolean {
  if (!SIMULATED_OPTIMIZERS.has(optimizer) || WITHOUT_ROWS.test(shape.family)) return false;
  return SIMULATED.has(`${evidenceKind(shape, task)}: ${method}`);
}

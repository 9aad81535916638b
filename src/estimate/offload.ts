import { constant } from "./constants.ts";
import { hostLink, nodesOf, travellingBytes } from "./exchange.ts";
import type { Setup } from "./setup.ts";
import { shardsOf } from "./sharding.ts";

/** Seconds that states in host memory cost one device. */
export interface Offload {
  /** Weights and activations that come and go during a micro step, beside the products. */
  microStep: number;
  /** Gradients on their way to the host, beside the last backward pass. */
  gradients: number;
  /** The host's optimizer step and the new weights on their way back: nothing can run beside them. */
  update: number;
}

/**
 * What crosses the link to the host. The optimizer's states stay there, gradients go down and weights come back in the
 * compute dtype (Ren et al. 2021, ZeRO-Offload, §4). Paged optimizers move states only when memory is short: not counted.
 */
export function offloadOf(s: Setup, tokens: number, passes: number, trainable: number): Offload {
  const { shape, train: t } = s;
  if (t.offload === "none" && !t.activationOffload) return { microStep: 0, gradients: 0, update: 0 };
  const link = hostLink(s);
  const width = t.dtype === "fp32" ? 4 : 2;
  // Layer inputs go down in the forward pass and come back in the backward pass.
  const inputs = (2 * tokens * shape.layers * shape.hiddenSize * width) / t.pipelineParallel;
  const activations = t.activationOffload ? inputs / link : 0;
  if (t.offload === "none") return { microStep: activations, gradients: 0, update: 0 };

  const by = shardsOf(s);
  const weights = t.offload === "optimizer+parameters" ? travellingBytes(s) / by.weights : 0;
  const engine = t.sharding.startsWith("zero") || t.trainer === "deepspeed";
  const perHost = engine ? constant.hostAdamParametersPerSecond.value : constant.hostTorchAdamParametersPerSecond.value;
  const own = trainable / by.optimizer;
  return {
    microStep: activations + (passes * weights) / link,
    gradients: ((trainable / by.gradients) * width) / link,
    update: (own * t.acceleratorCount) / nodesOf(s) / perHost + (weights > 0 ? 0 : (own * width) / link),
  };
}

import type { FitStatus, Repair } from "./answer.ts";
import type { EstimateRequest } from "./request.ts";
import type { Setup } from "./setup.ts";

type Change = Partial<EstimateRequest>;
interface Step {
  change: Change;
  cost: string;
  /** What the person gives up, for ordering: 0 nothing, 5 the model they wanted. */
  pain: number;
}

/** Single changes that could lower memory, for this set-up. */
function steps(s: Setup): Step[] {
  const { train: t } = s;
  const out: Step[] = [];
  if (s.request.phase === "serve") {
    if (t.concurrentRequests > 1)
      out.push({
        change: { concurrentRequests: Math.max(1, Math.floor(t.concurrentRequests / 2)) },
        cost: "throughput: half the requests at a time",
        pain: 1,
      });
    if (t.kvCacheDtype === "bf16") out.push({ change: { kvCacheDtype: "fp8" }, cost: "quality: slight", pain: 1 });
    if (t.contextLength > 2048)
      out.push({
        change: { contextLength: Math.max(2048, Math.floor(t.contextLength / 2)) },
        cost: "requests must be shorter",
        pain: 2,
      });
    if (t.baseQuantization === "none")
      out.push({
        change: { baseQuantization: "awq-int4" },
        cost: "quality: small; needs a quantised checkpoint",
        pain: 2,
      });
    out.push({
      change: { tensorParallel: t.tensorParallel * 2, acceleratorCount: t.acceleratorCount * 2 },
      cost: "money: twice the accelerators",
      pain: 4,
    });
    return out;
  }
  if (t.microBatchSize > 1) {
    const half = Math.max(1, Math.floor(t.microBatchSize / 2));
    out.push({
      change: {
        microBatchSize: half,
        gradientAccumulationSteps: t.gradientAccumulationSteps * Math.ceil(t.microBatchSize / half),
      },
      cost: "quality: none; same global batch",
      pain: 0,
    });
    if (half > 1)
      out.push({
        change: { microBatchSize: 1, gradientAccumulationSteps: t.gradientAccumulationSteps * t.microBatchSize },
        cost: "quality: none; same global batch",
        pain: 0.5,
      });
  }
  if (t.gradientCheckpointing !== true)
    out.push({ change: { gradientCheckpointing: true }, cost: "time: about a third more; quality: none", pain: 1 });
  if (!t.fusedLoss)
    out.push({
      change: { fusedLoss: true },
      cost: "quality: none; needs a fused linear loss such as Liger",
      pain: 0.5,
    });
  if (t.attention === "eager") out.push({ change: { attention: "sdpa" }, cost: "quality: none", pain: 0 });
  if (t.method === "lora" && t.baseQuantization === "none")
    out.push({
      change: { method: "qlora", baseQuantization: "nf4" },
      cost: "quality: slight; time: up to half more",
      pain: 1.5,
    });
  if (t.method === "full") {
    out.push({ change: { optimizer: "adamw-8bit" }, cost: "quality: slight", pain: 1.2 });
    if (t.dtype.endsWith("mixed"))
      out.push({ change: { dtype: "bf16" }, cost: "quality: slight; pure 16-bit weights", pain: 1.5 });
    out.push({ change: { method: "lora" }, cost: "quality: small on most tasks; trains an adapter", pain: 2 });
    out.push({
      change: { method: "qlora", baseQuantization: "nf4" },
      cost: "quality: small on most tasks; trains an adapter on a 4-bit base",
      pain: 2.2,
    });
  }
  if (t.trainableModules.length > 0)
    out.push({ change: { trainableModules: [] }, cost: "quality: new tokens are not learned", pain: 2 });
  if (t.sequenceLength > 512)
    out.push({
      change: { sequenceLength: Math.max(512, Math.floor(t.sequenceLength / 2)) },
      cost: "data: longer samples are cut",
      pain: 2.5,
    });
  if (t.acceleratorCount > 1 && t.sharding === "none")
    out.push({ change: { sharding: "fsdp" }, cost: "time: some communication; quality: none", pain: 1 });
  out.push({
    change: { acceleratorCount: t.acceleratorCount * 2, sharding: "fsdp" },
    cost: "money: twice the accelerators",
    pain: 4,
  });
  return out;
}

/**
 * Single changes and pairs that make a set-up fit, ordered by what the person gives up.
 * `evaluate` answers for a changed request; it is passed in so that this file does not estimate.
 */
export function repairLadder(
  s: Setup,
  secondsPerToken: number,
  evaluate: (request: EstimateRequest) => { status: FitStatus; deviceGib: number; secondsPerToken: number },
): Repair[] {
  const single = steps(s);
  const found: (Repair & { pain: number })[] = [];
  const tryStep = (change: Change, cost: string, pain: number): void => {
    const result = evaluate({ ...s.request, ...change });
    if (result.status === "does-not-fit") return;
    found.push({
      change,
      deviceGib: result.deviceGib,
      timeFactor: result.secondsPerToken / secondsPerToken,
      cost,
      status: result.status,
      pain: pain + (result.status === "tight" ? 1 : 0),
    });
  };
  for (const step of single) tryStep(step.change, step.cost, step.pain);
  if (found.filter((f) => f.status === "fits").length < 2) {
    for (let i = 0; i < single.length; i++) {
      for (let j = i + 1; j < single.length; j++) {
        const a = single[i]!;
        const b = single[j]!;
        const keys = new Set([...Object.keys(a.change), ...Object.keys(b.change)]);
        if (keys.size < Object.keys(a.change).length + Object.keys(b.change).length) continue;
        tryStep({ ...a.change, ...b.change }, `${a.cost}; ${b.cost}`, a.pain + b.pain + 0.5);
      }
    }
  }
  return found
    .sort((a, b) => a.pain - b.pain || (JSON.stringify(a.change) < JSON.stringify(b.change) ? -1 : 1))
    .slice(0, 6)
    .map(({ pain: _, ...repair }) => repair);
}

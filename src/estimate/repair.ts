import type { FitStatus, Repair } from "./answer.ts";
import type { EstimateRequest } from "./request.ts";
import type { Setup } from "./setup.ts";

type Change = Partial<EstimateRequest>;
interface Step {
  change: Change;
  cost: string;
  /** What the person gives up, for ordering: 0 nothing, 5 the model they wanted. */
  pain: number;
  /** Of a group only the smallest change that helps is offered. */
  group?: string;
}

/** Changes that answer a rule's refusal: another dtype, another attention kernel. */
const repairsRule = (change: Change): boolean => "dtype" in change || "attention" in change;

/** What a doubling of the time is to a person, in the steps' own measure: as much as half a step. */
const PAIN_OF_DOUBLING = 0.5;
/** A repair that takes many times as long leaves the question open. */
const SLOW = 3;

/** Numbers of devices worth trying: powers of two up to one machine of eight, then whole machines. */
function moreDevices(count: number): number[] {
  return [2, 4, 8, 16, 32, 64].filter((n) => n > count).slice(0, 4);
}

/** Single changes that could lower memory, for this set-up, most alike first. */
function steps(s: Setup): Step[] {
  return s.request.phase === "serve" ? servingSteps(s) : trainingSteps(s);
}

function servingSteps(s: Setup): Step[] {
  const { train: t } = s;
  const out: Step[] = [];
  if (t.concurrentRequests > 1)
    out.push({
      change: { concurrentRequests: Math.max(1, Math.floor(t.concurrentRequests / 2)) },
      cost: "throughput: half the requests at a time",
      pain: 1,
    });
  if (t.kvCacheDtype === "bf16" && s.device.facts?.supportsFp8 !== false)
    out.push({ change: { kvCacheDtype: "fp8" }, cost: "quality: slight", pain: 1 });
  // Never shorter than the answer that was asked for.
  const shorter = Math.max(2048, t.outputLength + 1, Math.floor(t.contextLength / 2));
  if (shorter < t.contextLength)
    out.push({
      change: { contextLength: shorter },
      cost: "requests must be shorter",
      pain: 1.8,
    });
  if (t.baseQuantization === "none")
    out.push({
      change: { baseQuantization: "awq-int4" },
      cost: "quality: small; needs a quantised checkpoint",
      pain: 2,
    });
  for (const devices of moreDevices(t.tensorParallel))
    out.push({
      change: { tensorParallel: devices, acceleratorCount: devices },
      cost: `money: ${devices} accelerators`,
      pain: 3 + devices / 16,
      group: "devices",
    });
  return out;
}

function trainingSteps(s: Setup): Step[] {
  const { train: t } = s;
  const out: Step[] = [];
  if (t.microBatchSize > 1) {
    const half = Math.max(1, Math.floor(t.microBatchSize / 2));
    const accumulate = (size: number): number => t.gradientAccumulationSteps * Math.ceil(t.microBatchSize / size);
    const cost = "quality: none; same global batch";
    out.push({ change: { microBatchSize: half, gradientAccumulationSteps: accumulate(half) }, cost, pain: 0 });
    if (half > 1)
      out.push({ change: { microBatchSize: 1, gradientAccumulationSteps: accumulate(1) }, cost, pain: 0.5 });
  }
  if ((t.evaluationBatchSize ?? 1) > 1)
    out.push({ change: { evaluationBatchSize: 1 }, cost: "time: a slower evaluation; quality: none", pain: 0 });
  if (t.gradientCheckpointing !== true)
    out.push({ change: { gradientCheckpointing: true }, cost: "time: about a third more; quality: none", pain: 0.8 });
  if (!t.fusedLoss)
    out.push({
      change: { fusedLoss: true },
      cost: "quality: none; needs a fused linear loss such as Liger",
      pain: 0.5,
    });
  const flashRefused = t.attention === "flash" && s.device.facts?.supportsFlashAttention2 === false;
  if (t.attention === "eager" || flashRefused)
    out.push({ change: { attention: "sdpa" }, cost: "quality: none", pain: 0 });
  if (t.dtype.startsWith("bf16") && s.device.facts?.supportsBf16 === false)
    out.push({ change: { dtype: "fp16-mixed" }, cost: "quality: none with loss scaling", pain: 0 });
  if (t.trainableModules.length > 0)
    out.push({ change: { trainableModules: [] }, cost: "quality: new tokens are not learned", pain: 1 });
  if (t.acceleratorCount > 1 && t.sharding !== "fsdp" && t.sharding !== "zero-3")
    out.push({ change: { sharding: "fsdp" }, cost: "time: some communication; quality: none", pain: 0.9 });
  if (t.method === "full") {
    if (t.optimizer === "adamw") out.push({ change: { optimizer: "adamw-8bit" }, cost: "quality: slight", pain: 1.2 });
    if (t.offload === "none")
      out.push({
        change: t.sharding === "none" ? { offload: "optimizer", sharding: "zero-2" } : { offload: "optimizer" },
        cost: "time: the step runs on the host; needs host memory",
        pain: 1.4,
      });
    if (t.dtype === "bf16-mixed" && s.device.facts?.supportsBf16 !== false)
      out.push({ change: { dtype: "bf16" }, cost: "quality: slight; pure 16-bit weights", pain: 1.5 });
    out.push({ change: { method: "lora" }, cost: "quality: small on most tasks; trains an adapter", pain: 1.6 });
    out.push({
      change: { method: "qlora", baseQuantization: "nf4" },
      cost: "quality: small on most tasks; trains an adapter on a 4-bit base",
      pain: 2.2,
    });
  }
  // A frozen base can wait in host memory, layer by layer, where its states are sharded anyway.
  if (t.method !== "full" && t.offload === "none" && t.acceleratorCount > 1)
    out.push({
      change: { sharding: "fsdp", offload: "optimizer+parameters" },
      cost: "time: parameters come from the host for each layer; needs host memory and a loader that reads them once",
      pain: 1.4,
    });
  if (t.method === "lora" && t.baseQuantization === "none")
    out.push({
      change: { method: "qlora", baseQuantization: "nf4" },
      cost: "quality: slight; time: up to half more",
      pain: 1.5,
    });
  if (t.sequenceLength > 512)
    out.push({
      change: { sequenceLength: Math.max(512, Math.floor(t.sequenceLength / 2)) },
      cost: "data: longer samples are cut",
      pain: 1.8,
    });
  for (const acceleratorCount of moreDevices(t.acceleratorCount))
    out.push({
      change: { acceleratorCount, sharding: "fsdp" },
      cost: `money: ${acceleratorCount} accelerators`,
      pain: 2 + acceleratorCount / 32,
      group: "devices",
    });
  return out;
}

/**
 * Single changes and pairs that make a set-up fit, ordered by what the person gives up.
 * `evaluate` answers for a changed request; it is passed in so that this file does not estimate.
 */
export function repairLadder(
  s: Setup,
  bytes: number,
  secondsPerToken: number,
  evaluate: (request: EstimateRequest) => {
    status: FitStatus;
    bytes: number;
    deviceGib: number;
    secondsPerToken: number;
  },
): Repair[] {
  const single = steps(s);
  const found: (Repair & { pain: number })[] = [];
  const groups = new Set<string>();
  const tryStep = ({ change, cost, pain, group }: Step): void => {
    if (group !== undefined && groups.has(group)) return;
    const result = evaluate({ ...s.request, ...change });
    // A change that frees nothing repairs nothing, unless a rule had refused the set-up and not its size.
    const helps = result.bytes < bytes * 0.999 || repairsRule(change);
    if (result.status === "does-not-fit" || !helps) return;
    if (group !== undefined) groups.add(group);
    const timeFactor = result.secondsPerToken / secondsPerToken;
    const slower = PAIN_OF_DOUBLING * Math.log2(Math.max(1, timeFactor));
    found.push({
      change,
      deviceGib: result.deviceGib,
      timeFactor,
      cost,
      status: result.status,
      pain: pain + slower + (result.status === "tight" ? 1 : 0),
    });
  };
  for (const step of single) tryStep(step);
  // A change that is enough by itself needs no second one beside it.
  const enough = new Set(found.filter((f) => f.status === "fits" && f.timeFactor < SLOW).map((f) => f.change));
  if (found.filter((f) => f.status === "fits" && f.timeFactor < SLOW).length < 2) {
    for (let i = 0; i < single.length; i++) {
      for (let j = i + 1; j < single.length; j++) {
        const a = single[i]!;
        const b = single[j]!;
        const keys = new Set([...Object.keys(a.change), ...Object.keys(b.change)]);
        if (keys.size < Object.keys(a.change).length + Object.keys(b.change).length) continue;
        if (a.group || b.group || enough.has(a.change) || enough.has(b.change)) continue;
        tryStep({
          change: { ...a.change, ...b.change },
          cost: bothCosts(a.cost, b.cost),
          pain: a.pain + b.pain + 0.5,
        });
      }
    }
  }
  return found
    .sort((a, b) => a.pain - b.pain || (JSON.stringify(a.change) < JSON.stringify(b.change) ? -1 : 1))
    .slice(0, 6)
    .map(({ pain: _, ...repair }) => repair);
}

const FREE = "quality: none";

/** What two changes cost together: each part once, and "none" only where neither costs any. */
function bothCosts(a: string, b: string): string {
  const parts = [...new Set(`${a}; ${b}`.split("; "))];
  const dear = parts.some((part) => part.startsWith("quality:") && part !== FREE);
  return parts.filter((part) => !(dear && part === FREE)).join("; ");
}

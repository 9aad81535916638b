import { quickEstimate } from "../estimate/estimate.ts";
import { setupWith } from "../estimate/setup.ts";
import type { Range } from "../units.ts";
import type { Candidate } from "./candidates.ts";
import type { Decide } from "./context.ts";
import { hoursAt, rateAt } from "./duration.ts";
import { gib, hours, usd } from "./format.ts";
import type { Layout } from "./layout.ts";
import { THRESHOLDS } from "./methods.ts";
import type { TrainingSettings } from "./plan.ts";
import type { Workload } from "./workload.ts";

const TITLES: Record<TrainingSettings["sharding"], string> = {
  none: "A whole copy on each device (DDP)",
  fsdp: "Fully sharded over the devices (FSDP)",
  "zero-2": "Gradients and optimizer states sharded (DeepSpeed ZeRO-2)",
  "zero-3": "Everything sharded (DeepSpeed ZeRO-3)",
};

/** One device, copies, or shards: by what fits, then by what is fastest. */
export const decideDistributed: Decide = ({ workload: w, chosen, candidates }) => {
  const { settings, hardware } = chosen;
  const { acceleratorCount: devices, nodeCount: nodes } = hardware;
  const single = devices === 1;
  const size = w.model.architecture.parameterCount;
  const choice =
    settings.offload !== "none"
      ? "offload"
      : single
        ? "single"
        : settings.sharding === "none"
          ? "ddp"
          : settings.sharding;
  return {
    name: "distributed",
    choice,
    title: single
      ? settings.offload === "none"
        ? "One device"
        : "One device, with states in host memory"
      : `${TITLES[settings.sharding]}, ${devices} devices${nodes > 1 ? ` in ${nodes} machines` : ""}${settings.offload === "none" ? "" : ", with states in host memory"}`,
    reasons: [
      ...why(chosen, candidates),
      ...(size > THRESHOLDS.distributed && single
        ? ["Above 30B parameters several devices are the usual choice; here the numbers say that one is enough."]
        : []),
      ...(size <= THRESHOLDS.distributed && !single && w.hardware.acceleratorCount === undefined
        ? ["Below 30B parameters one device is the usual choice; the numbers decide otherwise here."]
        : []),
    ],
    refused: refused(chosen, w),
    flips: [],
    documents: single
      ? []
      : settings.sharding.startsWith("zero")
        ? ["deepspeed"]
        : settings.sharding === "fsdp"
          ? ["pytorch-fsdp"]
          : ["transformers-trainer"],
  };
};

function why(chosen: Candidate, candidates: readonly Candidate[]): string[] {
  const { settings, hardware } = chosen;
  const devices = hardware.acceleratorCount;
  const reasons: string[] = [];
  const onOne = candidates.filter((c) => c.hardware.acceleratorCount === 1 && c.settings.method === settings.method);
  if (devices > 1) {
    const nearest = onOne.sort(
      (a, b) =>
        b.device.usableGib / b.quick.reading.neededGib.expected -
        a.device.usableGib / a.quick.reading.neededGib.expected,
    )[0];
    if (!nearest) reasons.push(`You asked for ${devices} devices.`);
    else if (
      nearest.quick.status === "does-not-fit" ||
      nearest.quick.reading.neededGib.expected > nearest.quick.reading.roomGib
    )
      reasons.push(
        `No single device holds it: ${settings.method} needs ${gib(nearest.quick.reading.neededGib.expected)} on the nearest, ${nearest.hardware.accelerator.name}.`,
      );
    else {
      const fastest = onOne.reduce((a, b) => (b.hours.expected < a.hours.expected ? b : a));
      reasons.push(
        `One device takes ${hours(fastest.hours.expected)} at best; ${devices} take ${hours(chosen.hours.expected)}, for ${usd(chosen.usd.expected)}.`,
      );
    }
  }
  if (settings.sharding === "none" && devices > 1)
    reasons.push("The whole model fits each device: only gradients travel, once a step.");
  if (settings.sharding === "fsdp")
    reasons.push(
      `With these settings a copy would not fit each device; sharded it needs ${gib(chosen.quick.reading.neededGib.expected)} of ${gib(chosen.device.usableGib)}.`,
    );
  if (settings.sharding === "zero-2")
    reasons.push(
      "Weights stay whole on each device, so no layer is gathered over a slow link; only gradients and optimizer states are split.",
    );
  if (settings.offload !== "none")
    reasons.push(
      `The states do not fit the devices; ${gib(chosen.quick.hostGib.expected)} of host memory hold them, and each step waits for PCIe and the processor.`,
    );
  if (devices === 1 && settings.offload === "none")
    reasons.push(
      `It fits one ${hardware.accelerator.name}: nothing to synchronise, nothing to debug across processes.`,
    );
  return reasons;
}

/** The chosen run in another layout: what it would need and take. */
function inLayout(chosen: Candidate, w: Workload, layout: Layout): { fits: boolean; needsGib: Range; hours: number } {
  const { setup } = chosen.quick;
  const request = { ...chosen.request, ...layout };
  const quick = quickEstimate(setupWith(request, setup.shape, setup.model, setup.modelName, setup.device));
  const rate = rateAt(quick.setup, w.averageTokens);
  return {
    fits: quick.status === "fits",
    needsGib: quick.reading.neededGib,
    hours: hoursAt(w, setup.shape, rate, chosen.hardware.acceleratorCount).expected,
  };
}

/** Why not another layout: by its own numbers on the same machine. */
function refused(chosen: Candidate, w: Workload): { option: string; why: string }[] {
  const { settings, hardware } = chosen;
  if (hardware.acceleratorCount === 1 && settings.offload === "none")
    return [
      { option: "ddp", why: "copies on more devices save time and no money; nothing here is too late" },
      { option: "fsdp", why: "made for models that one device does not hold" },
      { option: "offload", why: "moving states over PCIe costs time and saves memory that is not short" },
    ];
  const others: [string, Layout][] = [
    ["ddp", { sharding: "none", offload: "none" }],
    ["fsdp", { sharding: "fsdp", offload: "none" }],
  ];
  if (settings.method === "full") others.push(["zero-2", { sharding: "zero-2", offload: "none" }]);
  const out = others
    .filter(
      ([, l]) => hardware.acceleratorCount > 1 && (l.sharding !== settings.sharding || settings.offload !== "none"),
    )
    .map(([option, layout]) => {
      const other = inLayout(chosen, w, layout);
      return {
        option,
        why: other.fits
          ? `fits as well, in ${hours(other.hours)} against ${hours(chosen.hours.expected)} with more parts to it`
          : `needs ${gib(other.needsGib.expected)} (up to ${gib(other.needsGib.high)}) of the ${gib(chosen.device.usableGib)} on each device`,
      };
    });
  if (settings.offload === "none")
    out.push({ option: "offload", why: "moving states over PCIe costs time and saves memory that is not short" });
  if (hardware.acceleratorCount > 1)
    out.push({
      option: "tensor-parallel",
      why: "splitting each layer pays off where sharding no longer fits or scales",
    });
  return out;
}

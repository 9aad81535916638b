import type { DeviceMemory, EstimateAnswer } from "../estimate/answer.ts";
import { mapRange, range } from "../units.ts";
import { type Calibrated, calibration, type Frame, finished, row } from "./calibrated.ts";
import { needsGib } from "./downward.ts";
import { count, gib } from "./format.ts";
import { scaledParts } from "./measured-memory.ts";
import { outOfMemoryRepairs } from "./measured-repairs.ts";
import type { Comparison } from "./plan.ts";
import { servingRisks } from "./risks.ts";

/** The probe died: the plan does not fit, and every repair is judged with what that says of the estimate. */
export function ranOut(f: Frame, notes: string[]): Calibrated {
  const { planned, measured, catalog, predicted, atProbe } = f;
  const { workload: w, hardware } = planned;
  const usable = predicted.usableGib;
  const needed = needsGib(atProbe);
  // The least that the estimate was too low by.
  const correction = Math.max(1, usable / needed);
  const evaluating = /while evaluating/i.test(measured.message ?? "");
  const device = mapRange(predicted.perDevice.deviceGib, (x) => x * correction);
  const perDevice: DeviceMemory = {
    allocatedGib: mapRange(predicted.perDevice.allocatedGib, (x) => x * correction),
    reservedGib: mapRange(predicted.perDevice.reservedGib, (x) => x * correction),
    deviceGib: range(Math.max(device.low, usable), Math.max(device.expected, usable), Math.max(device.high, usable)),
  };
  const memory: EstimateAnswer = {
    ...predicted,
    status: "does-not-fit",
    perDevice,
    parts: scaledParts(predicted.parts, perDevice.allocatedGib.expected),
    ...(evaluating ? { peakMoment: "evaluation" as const } : {}),
  };
  const repairs = outOfMemoryRepairs(planned, catalog, correction, evaluating);
  const predictedDevice = atProbe.reading.memory.deviceGib;
  const comparison: Comparison[] = [{ ...row("device (`nvidia-smi`)", "GiB", predictedDevice, usable), atLeast: true }];
  const text = `Measured: ${hardware.accelerator.name} ran out of memory with samples of ${count(measured.longestTokens)} tokens${evaluating ? ", in the evaluation" : ""}: it needs more than the ${gib(usable)} there are, and ${gib(predictedDevice.expected)} were predicted.`;
  if (correction > 1.3)
    notes.push(
      "That is far from the prediction: make sure that nothing else runs on the card (`nvidia-smi`), then probe again.",
    );
  notes.push("Each change is judged with the least that the prediction was too low by: probe again after it.");
  const first = repairs[0];
  return finished(f, {
    status: "infeasible",
    headline: `${text}${first ? ` The smallest change: ${first.summary}` : ""}`,
    memory: {
      ...memory,
      repairs: repairs.filter((r) => !("accelerator" in r.change)).map(({ summary: _, ...r }) => r),
    },
    decisions: f.plan.decisions.map((d) =>
      d.name === "method" ? { ...d, reasons: [text, ...d.reasons.filter((r) => !r.startsWith("Needs "))] } : d,
    ),
    alternatives: [],
    blockers: [{ rule: "out-of-memory", text }],
    repairs,
    risks: servingRisks(w, f.plan.serving),
    calibration: calibration(f, text, comparison, notes, { memory }),
  });
}

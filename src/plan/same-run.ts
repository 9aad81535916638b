import { findAccelerator } from "../catalog/names.ts";
import type { Catalog } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { EstimateRequest } from "../estimate/request.ts";
import { ATTENTION_KEYS, CONFIG_KEYS, mediaSettings } from "./configuration.ts";
import type { Measured } from "./measured.ts";
import type { Hardware, Plan, TrainingSettings } from "./plan.ts";
import { imagePositions } from "./sample.ts";
import type { Workload } from "./workload.ts";

/** The parts of a plan that a measurement replaces. */
export interface Planned {
  workload: Workload;
  hardware: Hardware;
  training: TrainingSettings;
  request: EstimateRequest;
}

/** What other processes and our own context hold at most before a run; above it somebody else is on the card. */
const IDLE_GIB = 1.5;

const refuse = (message: string, hint: string): AdvisorError => new AdvisorError("invalid-input", message, hint);

/** The plan's training, where it has one that a probe can measure. */
export function plannedTraining(plan: Plan): Planned {
  const { workload, hardware, training, memoryRequest: request } = plan;
  if (!workload || !hardware || !training || !request || workload.phase === "serve" || request.phase !== "train")
    throw refuse(
      "This plan has no training that a probe could measure",
      plan.status === "feasible"
        ? "Calibrate a plan that trains; serving is measured by the project's load test."
        : "Only a feasible plan can be calibrated: make one of the changes that the plan lists, and plan again.",
    );
  if (hardware.acceleratorCount > 1)
    throw new AdvisorError(
      "not-available",
      `The plan is for ${hardware.acceleratorCount} accelerators and the project's probe measures one`,
      "Plan one accelerator, or compare by hand.",
    );
  return { workload, hardware, training, request };
}

/** Refuses a probe of another machine or configuration; returns what a reader should know of one that is accepted. */
export function checkSameRun(planned: Planned, measured: Measured, catalog: Catalog): string[] {
  return [...checkDevice(planned.hardware, measured, catalog), ...checkConfiguration(planned, measured)];
}

function checkDevice(hardware: Hardware, measured: Measured, catalog: Catalog): string[] {
  const { id, name, memoryGib } = hardware.accelerator;
  const only = `Only a probe on the planned accelerator (${name}) calibrates the plan: run \`make probe\` there.`;
  if (/^cpu\b/i.test(measured.device))
    throw refuse(`The probe ran on a processor ("${measured.device}"): it measured no accelerator`, only);
  if (measured.status === "measured") {
    const missing = (["allocatedGib", "reservedGib", "deviceGib", "tokensPerSecond"] as const).filter(
      (field) => measured[field] === null || measured[field] === 0,
    );
    if (missing.length > 0) throw refuse(`The probe holds no ${missing.join(", ")}: it measured no accelerator`, only);
  }
  const notes: string[] = [];
  const planned = findAccelerator(catalog, id);
  const found = findAccelerator(catalog, measured.device);
  if (planned && found && planned.id !== found.id)
    throw refuse(
      `The probe ran on ${measured.device} and the plan is for ${name}`,
      `${only} Or plan for the card that you have: \`accelerator=${found.id}\`.`,
    );
  if (!planned && found && Math.abs(found.memoryGib - memoryGib) > 1)
    throw refuse(`The probe ran on ${measured.device} with ${found.memoryGib} GiB and the plan is for ${name}`, only);
  if (planned && !found)
    notes.push(`The catalog does not know "${measured.device}"; it was taken as the planned ${name}.`);
  if ((measured.deviceGib ?? 0) > memoryGib * 1.02)
    throw refuse(
      `The probe read ${measured.deviceGib} GiB on a card of ${memoryGib} GiB`,
      "Check that the plan and the probe speak of the same card.",
    );
  if ((measured.deviceBeforeGib ?? 0) > IDLE_GIB)
    notes.push(
      `Before the run the card held ${measured.deviceBeforeGib!.toFixed(1)} GiB already: something else runs there, and the device reading includes it.`,
    );
  return notes;
}

/** Configuration values that memory and speed depend on, as the plan has them. */
function expectedConfiguration({ workload, training, request }: Planned): Record<string, unknown> {
  const adapter = training.method === "lora" || training.method === "qlora";
  return {
    ...(workload.model.catalogued ? { "model.id": workload.model.id } : {}),
    [CONFIG_KEYS.sequenceLength!]: training.sequenceLength + imagePositions(workload),
    ...mediaSettings(workload),
    [CONFIG_KEYS.attention!]: ATTENTION_KEYS[training.attention],
    [CONFIG_KEYS.method!]: training.method,
    [CONFIG_KEYS.baseQuantization!]: training.method === "qlora" ? training.baseQuantization : "none",
    ...(adapter
      ? { [CONFIG_KEYS.loraRank!]: training.loraRank, [CONFIG_KEYS.loraTargets!]: training.loraTargets }
      : {}),
    [CONFIG_KEYS.microBatchSize!]: training.microBatchSize,
    [CONFIG_KEYS.gradientAccumulationSteps!]: training.gradientAccumulationSteps,
    [CONFIG_KEYS.optimizer!]: training.optimizer,
    [CONFIG_KEYS.dtype!]: training.dtype,
    [CONFIG_KEYS.gradientCheckpointing!]: training.gradientCheckpointing,
    [CONFIG_KEYS.fusedLoss!]: training.fusedLoss,
    [CONFIG_KEYS.evaluationBatchSize!]: request.evaluationBatchSize ?? 1,
  };
}

/** Brief fields that state a configuration key, to plan again with what was measured. */
const FLAGS: Record<string, string> = {
  "model.id": "model",
  "model.max_length": "sequenceLength",
  "model.image_size": "imageSize",
  "data.max_seconds": "audioSeconds",
  "method.name": "method",
  "training.micro_batch_size": "microBatchSize",
};

function checkConfiguration(planned: Planned, measured: Measured): string[] {
  const expected = expectedConfiguration(planned);
  const config = measured.config ?? { model: { max_length: measured.maxLength } };
  const different = Object.entries(expected).flatMap(([key, value]) => {
    const [section, name] = key.split(".") as [string, string];
    if (value === undefined) return [];
    const found = config[section]?.[name];
    // A folder on disk: what is in it cannot be told from its name.
    const folder = key === "model.id" && typeof found === "string" && /^[./~]/.test(found);
    return found === undefined || found === value || folder ? [] : [{ key, value, found }];
  });
  if (different.length > 0) {
    const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";
    const flags = different.flatMap(({ key, found }) => (FLAGS[key] ? [`\`${FLAGS[key]}=${found}\``] : []));
    throw refuse(
      `The probe measured another configuration: ${different.map((d) => `${d.key} is ${shown(d.found)} there and ${shown(d.value)} in the plan`).join("; ")}`,
      `Run \`make probe\` with the plan's configuration${flags.length > 0 ? `, or plan again with ${flags.join(", ")}` : ""}.`,
    );
  }
  return measured.config === undefined
    ? [
        "The probe does not carry its configuration: only the card and model.max_length could be compared with the plan.",
      ]
    : [];
}

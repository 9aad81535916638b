import type { Brief, BriefField, BriefValues } from "../brief/brief.ts";
import { findAccelerator, findModel, unknownName } from "../catalog/names.ts";
import type { Catalog, Model } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import type { Assumption } from "../estimate/answer.ts";
import { defaultModel } from "./defaults.ts";
import { number } from "./format.ts";
import { PER_MACHINE } from "./layout.ts";
import { resolveServing } from "./load.ts";
import { modalityOf, resolveSample, usualEpochs } from "./sample.ts";
import { standIn } from "./stand-in.ts";
import type { KeptSettings, Workload, WorkloadHardware, WorkloadModel } from "./workload.ts";

export interface Resolved {
  workload: Workload;
  assumptions: Assumption[];
}

/** Parameters of a model of one's own whose size was not said: what a research model on one card usually has. */
const OWN_MODEL = 1e8;

/** Assumptions that matter to training alone. */
const TRAINING_ONLY = new Set(["task", "sequenceLength", "averageTokens", "exampleCount", "epochs"]);
/** And the sides of pictures beside text: a request has those that it has. */
const ofTraining = (field: string, modality: Workload["modality"]): boolean =>
  TRAINING_ONLY.has(field) || (field === "imageSize" && modality === "vlm");

/** Owned hardware, or words that rule renting out. */
const STAYS_HOME = new Set(["no-cloud", "air-gapped", "offline"]);

/** Cloud accounts that a constraint names, as platform ids. */
const CLOUD_ACCOUNTS = ["existing-aws", "existing-gcp", "existing-azure"];

/** Makes a brief complete. Every value that was not said is an assumption with its reason. */
export function resolve(brief: Brief, catalog: Catalog): Resolved {
  const assumptions: Assumption[] = [];
  const said = <K extends BriefField>(field: K): BriefValues[K] | undefined =>
    brief[field]?.value as BriefValues[K] | undefined;
  const assume = <T>(field: string, value: T, why: string): T => {
    assumptions.push({ field, value, why });
    return value;
  };

  const constraints = [...new Set(said("constraints") ?? [])].sort();
  const model = resolveModel(brief, catalog, assume);
  const serves = ["requestsPerSecond", "latencyMs", "tokensPerSecond", "concurrentUsers"].some(
    (f) => brief[f as BriefField] !== undefined,
  );
  const trains = ["exampleCount", "audioHours", "method", "epochs", "tokenCount", "dataStatus", "microBatchSize"].some(
    (f) => brief[f as BriefField] !== undefined,
  );
  const saidPhase = said("phase");
  const phase =
    saidPhase === "train" && serves
      ? assume("phase", "both" as const, "a rate, a latency or users were given beside training")
      : (saidPhase ??
        assume(
          "phase",
          serves ? (trains ? ("both" as const) : ("serve" as const)) : ("train" as const),
          serves ? "a rate or a latency was given" : "nothing was said about serving",
        ));
  const task =
    said("task") ??
    assume(
      "task",
      "sft",
      said("architecture") === "custom" ? "it learns from your examples" : "fine-tuning on examples is the usual wish",
    );

  const modality = modalityOf(brief, model);
  const sample = resolveSample(brief, model, modality, task, assume);
  const { sequenceLength, averageTokens } = sample;
  const tokenCount = said("tokenCount");
  const exampleCount =
    said("exampleCount") ??
    (tokenCount === undefined ? undefined : Math.max(1, Math.round(tokenCount / sequenceLength))) ??
    segmentsOf(said("audioHours"), sample.audioSeconds, assume) ??
    assume("exampleCount", 10_000, modality === "tabular" ? "the rows were not counted" : "a typical fine-tuning set");
  const usual = usualEpochs(modality, task, exampleCount, tokenCount !== undefined);
  // Trees are grown, not stepped: a table has no epochs to assume.
  const epochs = said("epochs") ?? (modality === "tabular" ? 1 : assume("epochs", usual.epochs, usual.why));
  const hardware = resolveHardware(brief, catalog, constraints, assume);

  const workload: Workload = {
    phase,
    modality,
    task,
    model,
    ...optional("method", said("method")),
    exampleCount,
    sequenceLength,
    averageTokens,
    epochs,
    ...optional("imageSize", sample.imageSize),
    ...optional("audioSeconds", sample.audioSeconds),
    ...optional("microBatchSize", said("microBatchSize")),
    ...optional("kept", keptSettings(brief)),
    hardware,
    ...optional("budgetUsd", said("budgetUsd")),
    ...optional("otherBudget", said("budget")),
    budgetPeriod: said("budgetPeriod") ?? "total",
    ...optional("deadlineHours", said("deadlineHours")),
    ...optional("platform", said("platform")),
    ...optional("tracker", said("tracker")),
    ...optional("framework", said("framework")),
    ...optional("architecture", said("architecture")),
    ...optional("knowledge", said("knowledge")),
    deploymentTarget: said("deploymentTarget") ?? (hardware.owned ? "local" : "cloud"),
    ...optional(
      "serving",
      phase === "train" ? undefined : resolveServing(brief, model, sample, { owned: hardware.owned, phase }, assume),
    ),
    ...optional("dataStatus", said("dataStatus")),
    ...optional("dataLocation", said("dataLocation")),
    ...optional("dataSizeGib", said("dataSizeGib")),
    constraints,
    ...optional("ownAccount", said("ownAccount")),
    environments: [...new Set(said("environments") ?? (["dev"] as const))].sort(),
  };
  // What concerns training only is no assumption of a serving plan.
  const used = phase === "serve" ? assumptions.filter((a) => !ofTraining(a.field, modality)) : assumptions;
  return { workload, assumptions: used };
}

/** Recordings are learned from in segments: as many as the model's clips cut the hours into. */
function segmentsOf(hours: number | undefined, seconds: number | undefined, assume: Assume): number | undefined {
  if (hours === undefined || seconds === undefined) return undefined;
  const segments = Math.max(1, Math.round((hours * 3600) / seconds));
  return assume("exampleCount", segments, `${number(hours)} h of recordings in segments of ${number(seconds)} s`);
}

const optional = <K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } =>
  value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });

/**
 * Rank, alpha, targets, learning rate and samples a step were tuned together: another plan for the same run keeps them.
 * A rate that was set for adapters says nothing of every weight, nor the other way round.
 */
function keptSettings({ current, method, microBatchSize, acceleratorCount }: Brief): KeptSettings | undefined {
  if (current === undefined) return undefined;
  const { loraRank, loraAlpha, loraTargets, learningRate, gradientAccumulationSteps, baseQuantization } = current.value;
  const adapters = loraRank !== undefined || loraAlpha !== undefined || baseQuantization !== undefined;
  const same = method === undefined || (method.value === "lora" || method.value === "qlora") === adapters;
  const kept: KeptSettings = {
    ...optional("loraRank", loraRank),
    ...optional("loraAlpha", loraAlpha),
    ...optional("loraTargets", loraTargets),
    ...optional("learningRate", same ? learningRate : undefined),
    ...optional(
      "samplesPerStep",
      gradientAccumulationSteps !== undefined && microBatchSize !== undefined
        ? gradientAccumulationSteps * microBatchSize.value * (acceleratorCount?.value ?? 1)
        : undefined,
    ),
  };
  return Object.keys(kept).length > 0 ? kept : undefined;
}

export type Assume = <T>(field: string, value: T, why: string) => T;

function resolveModel(brief: Brief, catalog: Catalog, assume: Assume): WorkloadModel {
  const name = brief.model?.value;
  const size = brief.parameterCount?.value;
  // A table has no model to download: what is named is a library or an algorithm.
  if (brief.modality?.value === "tabular")
    return { id: name ?? "none", architecture: { parameterCount: 1e6, modality: "tabular" }, catalogued: false };
  if (size !== undefined && !(size > 0 && size <= 1e15)) {
    throw new AdvisorError(
      "invalid-input",
      `Cannot plan for ${size} parameters: parameterCount must be between 1 and 1e15`,
      "Give the size in parameters, such as 8B.",
    );
  }
  if (name !== undefined) {
    const found = findModel(catalog, name);
    if (found) return fromCatalog(found);
    if (size === undefined) {
      const { id, why } = standIn(name, brief, catalog);
      return fromCatalog(findModel(catalog, assume("model", id, why))!);
    }
    assume("model", name, `not in the catalog: planned as a typical decoder of ${formatSize(size)} parameters`);
    return {
      id: name,
      architecture: { parameterCount: size, modality: brief.modality?.value ?? "llm" },
      catalogued: false,
    };
  }
  if (size !== undefined) {
    assume("model", formatSize(size), "only a size was given: planned as a typical dense decoder of that size");
    return {
      id: formatSize(size),
      architecture: { parameterCount: size, modality: brief.modality?.value ?? "llm" },
      catalogued: false,
    };
  }
  if (brief.architecture?.value === "custom") {
    const parameterCount = assume(
      "parameterCount",
      OWN_MODEL,
      "the size of your own model was not said; planned as a text decoder of that size",
    );
    return {
      id: "your own model",
      architecture: { parameterCount, modality: brief.modality?.value ?? "llm" },
      catalogued: false,
    };
  }
  const assumed = defaultModel(brief);
  return fromCatalog(findModel(catalog, assume("model", assumed.id, `no model was named: ${assumed.why}`))!);
}

function fromCatalog(model: Model): WorkloadModel {
  return {
    id: model.id,
    architecture: model,
    catalogued: true,
    ...optional("maxContextLength", model.maxContextLength),
    ...optional("licence", model.licence),
    licenceVerified: model.licenceVerified,
    ...optional("gated", model.gated),
  };
}

/** 7e9 → "7B". */
export function formatSize(parameters: number): string {
  return parameters >= 1e9
    ? `${Number((parameters / 1e9).toPrecision(3))}B`
    : `${Number((parameters / 1e6).toPrecision(3))}M`;
}

function resolveHardware(
  brief: Brief,
  catalog: Catalog,
  constraints: readonly string[],
  assume: Assume,
): WorkloadHardware {
  const board = boardOf(brief, catalog);
  if (board) {
    assume("accelerator", "rented", `${board.name} is where the model will run, not where it trains`);
    return { board, ...optional("hostMemoryGib", brief.hostMemoryGib?.value), owned: false };
  }
  const stock = stockOf(brief, catalog);
  if (stock) return { stock, owned: true };
  const name = brief.accelerator?.value;
  const accelerator = name === undefined ? undefined : findAccelerator(catalog, name);
  if (name !== undefined && accelerator === undefined && brief.acceleratorMemoryGib === undefined) {
    throw unknownName("accelerator", name, catalog.accelerators, 'Or give its memory, such as "a 24 GB GPU".');
  }
  const memoryGib = brief.acceleratorMemoryGib?.value;
  const named = accelerator !== undefined || memoryGib !== undefined;
  const target = brief.deploymentTarget?.value;
  const platform = brief.platform?.value;
  const home =
    constraints.some((c) => STAYS_HOME.has(c)) ||
    target === "local" ||
    target === "on-premises" ||
    platform === "local";
  const cloud =
    (platform !== undefined && platform !== "local") ||
    target === "cloud" ||
    constraints.some((c) => CLOUD_ACCOUNTS.includes(c));
  const budget = brief.budgetUsd !== undefined && brief.budgetUsd.value > 0;
  const saidOwned = brief.owned?.value;
  // Nobody has a TPU at home.
  const rentedOnly = accelerator?.kind === "tpu" || constraints.includes("tpu");
  const owned = named && (saidOwned ?? (!cloud && !rentedOnly && (home || !budget)));
  if (named && saidOwned === undefined && !home && !cloud && !rentedOnly) {
    assume(
      "owned",
      owned,
      owned
        ? "hardware was named and no budget for renting: taken as yours"
        : 'a budget was given: taken as rented; say "we own it" if you do',
    );
  }
  const count = brief.acceleratorCount?.value;
  return {
    ...optional("accelerator", accelerator),
    ...(accelerator === undefined || (memoryGib !== undefined && Math.abs(memoryGib - accelerator.memoryGib) > 1)
      ? optional("memoryGib", memoryGib)
      : {}),
    ...optional("acceleratorCount", count ?? assumedCount(brief.nodeCount?.value, owned, assume)),
    ...optional("nodeCount", brief.nodeCount?.value),
    ...optional("hostMemoryGib", brief.hostMemoryGib?.value),
    owned,
  };
}

/** What is theirs to choose from, where no machine is named and nothing asks for a rented one. */
function stockOf(brief: Brief, catalog: Catalog): WorkloadHardware["stock"] {
  if (brief.stock === undefined || brief.owned?.value === false) return undefined;
  if (brief.accelerator !== undefined || brief.acceleratorMemoryGib !== undefined) return undefined;
  return brief.stock.value.map(({ accelerator: name = "", acceleratorCount: count = 1, nodeCount, hostMemoryGib }) => {
    const accelerator = findAccelerator(catalog, name);
    if (!accelerator) throw unknownName("accelerator", name, catalog.accelerators, "A stock names catalogued cards.");
    return { accelerator, count, nodes: nodeCount ?? 1, ...optional("hostMemoryGib", hostMemoryGib) };
  });
}

/** A small computer of which a model is the guest: nothing is trained there. */
const BOARD = /jetson/i;

function boardOf(brief: Brief, catalog: Catalog): WorkloadHardware["board"] {
  const name = brief.accelerator?.value;
  if (brief.deploymentTarget?.value !== "edge" || name === undefined) return undefined;
  const known = findAccelerator(catalog, name);
  if (known ? known.kind !== "soc" : !BOARD.test(name)) return undefined;
  return {
    name: known?.name ?? name,
    nvidia: BOARD.test(name) || /nvidia/i.test(known?.vendor ?? ""),
    ...optional("memoryGib", brief.acceleratorMemoryGib?.value ?? known?.memoryGib),
  };
}

/** Of rented cards as many are taken as are needed; of one's own, one. */
function assumedCount(nodes: number | undefined, owned: boolean, assume: Assume): number | undefined {
  if (nodes !== undefined && nodes > 1)
    return assume("acceleratorCount", nodes * PER_MACHINE, `machines for training usually hold ${PER_MACHINE}`);
  return owned ? assume("acceleratorCount", 1, "one accelerator unless told otherwise") : undefined;
}

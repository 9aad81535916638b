import type { Catalog, Model } from "../catalog/schema.ts";
import type { Assumption } from "./answer.ts";
import type { Device } from "./device.ts";
import { resolveDevice, resolveModel, shapeFor } from "./facts.ts";
import type { EstimateRequest } from "./request.ts";
import { type Settings, settingsOf } from "./settings.ts";
import type { Shape } from "./shape.ts";

/** A request with every field that formulas read filled in. */
export interface Setup {
  request: EstimateRequest;
  shape: Shape;
  model: Model | undefined;
  modelName: string;
  device: Device;
  assumptions: Assumption[];
  train: Settings;
}

/** Resolves names to facts and fills in what was left out, listing every assumption. */
export function setup(request: EstimateRequest, catalog: Catalog): Setup {
  const { model, name, architecture } = resolveModel(request.model, catalog);
  return setupWith(request, shapeFor(architecture), model, name, resolveDevice(request.accelerator, catalog));
}

/** As `setup`, for callers that hold the facts already: the planner's inner loop. */
export function setupWith(
  request: EstimateRequest,
  shape: Shape,
  model: Model | undefined,
  modelName: string,
  device: Device,
): Setup {
  const { train, assumptions } = settingsOf(request, shape, model, device);
  return { request, shape, model, modelName, device, assumptions, train };
}

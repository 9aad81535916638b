import { findAccelerator, findModel, unknownName } from "../catalog/names.ts";
import type { Architecture, Catalog, Model } from "../catalog/schema.ts";
import { AdvisorError } from "../error.ts";
import { remembered } from "../remembered.ts";
import { type Device, deviceFrom } from "./device.ts";
import type { EstimateRequest } from "./request.ts";
import { type Shape, shapeOf } from "./shape.ts";

const modelNamed = remembered(findModel, (name) => name);

const SIZE = /^\s*(\d+(?:\.\d+)?)\s*([bm])\s*$/i;

/** "7B" or "350M" → parameters. */
function parseSize(text: string): number | undefined {
  const match = SIZE.exec(text);
  return match ? Number(match[1]) * (match[2]!.toLowerCase() === "b" ? 1e9 : 1e6) : undefined;
}

export function resolveModel(
  reference: EstimateRequest["model"],
  catalog: Catalog,
): { model: Model | undefined; name: string; architecture: Architecture } {
  if (typeof reference !== "string") {
    checkParameterCount(reference.parameterCount);
    return { model: undefined, name: `${(reference.parameterCount / 1e9).toPrecision(3)}B`, architecture: reference };
  }
  const model = modelNamed(catalog, reference);
  if (model) return { model, name: model.id, architecture: model };
  const parameterCount = parseSize(reference);
  if (parameterCount !== undefined) {
    checkParameterCount(parameterCount);
    return { model: undefined, name: reference.trim(), architecture: { parameterCount } };
  }
  throw unknownName("model", reference, catalog.models, 'A size such as "7B" or an architecture object works too.');
}

/** The largest published dense or mixture model has about 3e12 parameters; 1e15 is far beyond any machine. */
function checkParameterCount(count: number): void {
  if (!(count > 0 && count <= 1e15)) {
    throw new AdvisorError(
      "invalid-input",
      `Cannot estimate for ${count} parameters: parameterCount must be between 1 and 1e15`,
      'Give the size as a number of parameters, for example 8.03e9 or "8B".',
    );
  }
}

export const resolveDevice = (reference: EstimateRequest["accelerator"], catalog: Catalog): Device =>
  deviceNamed(catalog, reference);

const deviceNamed = remembered(deviceOf, (reference: EstimateRequest["accelerator"]) =>
  typeof reference === "string" ? reference : `${reference.memoryGib} GiB|${reference.id ?? ""}`,
);

function deviceOf(catalog: Catalog, reference: EstimateRequest["accelerator"]): Device {
  const name = typeof reference === "string" ? reference : reference.id;
  const facts = name === undefined ? undefined : findAccelerator(catalog, name);
  if (name !== undefined && facts === undefined) {
    throw unknownName(
      "accelerator",
      name,
      catalog.accelerators,
      '{"memoryGib": 24} works for a card that is not catalogued.',
    );
  }
  const memoryGib = typeof reference === "string" ? facts!.memoryGib : reference.memoryGib;
  return deviceFrom(facts, facts?.id ?? `${memoryGib} GiB card`, memoryGib);
}

const shapes = new WeakMap<Architecture, Shape>();

/** The shape of a catalogued model is worked out once. */
export function shapeFor(architecture: Architecture): Shape {
  const known = shapes.get(architecture);
  if (known) return known;
  const shape = shapeOf(architecture);
  shapes.set(architecture, shape);
  return shape;
}

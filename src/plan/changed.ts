import type { Brief, BriefValues } from "../brief/brief.ts";

/** The brief as if the person had said the change: a size replaces a model's name, a place a platform. */
export function changed(brief: Brief, change: BriefValues): Brief {
  const out: Record<string, unknown> = { ...brief };
  if (change.parameterCount !== undefined) delete out.model;
  if (change.acceleratorCount !== undefined) delete out.nodeCount;
  if (change.deploymentTarget === "cloud") {
    if (brief.platform?.value === "local") delete out.platform;
    delete out.hostMemoryGib;
  }
  for (const [field, value] of Object.entries(change)) out[field] = { value, from: "stated" };
  return out as Brief;
}

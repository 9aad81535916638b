import type { Plan } from "../plan/plan.ts";

/** Whether vLLM answers, by the part that serves; else the project's own code does. */
export function isServedByVllm(plan: Plan, deployment: string | undefined): boolean {
  const engine = plan.serving?.engine;
  switch (deployment) {
    case "vllm":
      return true;
    case "modal-functions":
      return engine === undefined || engine === "vllm";
    case "hf-inference-endpoints":
      return engine === "vllm";
    default:
      return false;
  }
}

/** Weights that are made of the export before they are served, as the compressor's settings call them. */
interface MadeWeights {
  method: "awq" | "gptq";
  folder: string;
}

const MADE: Readonly<Record<string, MadeWeights>> = {
  "awq-int4": { method: "awq", folder: "models/export-awq" },
  "gptq-int4": { method: "gptq", folder: "models/export-gptq" },
};

/** The 4-bit weights that a plan's engine is to read; fp8 is made while loading, and other servers read the export. */
export const madeWeights = (plan: Plan, deployment: string | undefined): MadeWeights | undefined =>
  isServedByVllm(plan, deployment) ? MADE[plan.serving?.baseQuantization ?? "none"] : undefined;

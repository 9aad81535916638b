import { AdvisorError } from "../error.ts";
import type { Plan, TrainingSettings } from "../plan/plan.ts";
import { usesDeepSpeed } from "./launch.ts";
import { maxDevices, type Template } from "./template.ts";

/** A plan that a template's training code cannot run as planned. */
interface Refusal {
  applies: (t: TrainingSettings, plan: Plan, template: Template) => boolean;
  why: (t: TrainingSettings, template: Template) => string;
  instead: string;
}

const ONE = "`--set acceleratorCount=1`, `--set method=qlora` or a smaller model";
const eightBit = (t: TrainingSettings): boolean => t.optimizer.endsWith("8bit");

/** The same as `strategy.py` of the templates refuses, told before a project is written. */
const REFUSALS: readonly Refusal[] = [
  {
    // Plain copies only save time: a project for fewer devices runs, and its README says how long.
    applies: (t, _, template) => t.sharding !== "none" && t.acceleratorCount > maxDevices(template),
    why: (t, template) =>
      `the plan cuts the model over ${t.acceleratorCount} devices, and the template ${template.manifest.id} trains on ${maxDevices(template)}`,
    instead: ONE,
  },
  {
    applies: (t, _, template) => usesDeepSpeed(t) && !template.manifest.parts.some((part) => part.id === "deepspeed"),
    why: (_, { manifest }) => `the plan needs DeepSpeed, and the template ${manifest.id} has none`,
    instead: ONE,
  },
  {
    applies: (_, { memoryRequest: r }) => (r?.tensorParallel ?? 1) > 1 || (r?.pipelineParallel ?? 1) > 1,
    why: (_, { manifest }) => `the plan splits each layer over devices, and the template ${manifest.id} does not`,
    instead: ONE,
  },
  {
    applies: (t) => t.acceleratorCount % t.nodeCount !== 0,
    why: (t) => `${t.acceleratorCount} devices are not alike on ${t.nodeCount} machines`,
    instead: "a number of devices that the machines share evenly",
  },
  {
    applies: (t) => t.sharding === "fsdp" && t.offload !== "none",
    why: () => "states in host memory are DeepSpeed's in this version, not FSDP's",
    instead: ONE,
  },
  {
    applies: (t) => t.sharding === "fsdp" && t.baseQuantization === "int8",
    why: () => "bitsandbytes' 8-bit weights cannot be cut by FSDP; 4-bit ones can, stored in 16-bit numbers",
    instead: "a 4-bit base, or copies (DDP)",
  },
  {
    applies: (t) => t.sharding === "fsdp" && (eightBit(t) || t.optimizer === "adafactor"),
    why: (t) => `${t.optimizer} of this version's projects (bitsandbytes) does not step on the shards of FSDP`,
    instead: "more devices, so that adamw's states fit, or a trainer that shards 8-bit states (torchtune)",
  },
  {
    applies: (t) => usesDeepSpeed(t) && t.method === "qlora",
    why: () => "ZeRO would gather 4-bit weights without their scales",
    instead: "FSDP or copies (DDP)",
  },
  {
    applies: (t) => usesDeepSpeed(t) && (t.dtype === "bf16" || (t.offload !== "none" && t.optimizer !== "adamw")),
    why: (t) => `DeepSpeed does not train with dtype ${t.dtype} and ${t.optimizer}`,
    instead: "bf16-mixed with adamw",
  },
];

/** A project that fails as planned is worse than none. */
export function checkTrainable(plan: Plan, template: Template): void {
  const { training } = plan;
  if (training === undefined) return;
  const found = REFUSALS.find((refusal) => refusal.applies(training, plan, template));
  if (found === undefined) return;
  throw new AdvisorError(
    "not-available",
    `Cannot write this project: ${found.why(training, template)}`,
    `The plan itself stands. What would be written: ${found.instead}.`,
  );
}

import type { Device } from "../estimate/device.ts";
import { count, inFlight } from "./format.ts";
import type { Autoscaling, Deployment, ServingPlan, TrainingSettings } from "./plan.ts";

const UNNAMED = "a card with ";

/** A card that nobody named is called by what is known of it. */
export const unnamedCard = (memoryGib: number): string => `${UNNAMED}${memoryGib} GiB`;

/** A card to serve on, as the plan tells of it. */
export const servingCard = ({ id, memoryGib, facts }: Omit<Device, "usableGib">): ServingPlan["accelerator"] => ({
  id,
  name: facts?.name ?? unnamedCard(memoryGib),
  memoryGib,
  ...(facts?.supportsBf16 === false ? { supportsBf16: false } : {}),
});

/** "2 × NVIDIA L4"; "2 cards with 24 GiB" where the card has no name. */
export const machineText = (cards: number, name: string): string =>
  !name.startsWith(UNNAMED)
    ? `${cards} × ${name}`
    : cards === 1
      ? name
      : `${cards} cards with ${name.slice(UNNAMED.length)}`;

type Fleet = Pick<ServingPlan, "replicas" | "acceleratorCountPerReplica"> & { accelerator: { name: string } };

/** "3 × NVIDIA L4"; "2 replicas of 2 × NVIDIA A40" where a replica is cut over several. */
export const fleetText = ({ replicas, acceleratorCountPerReplica: each, accelerator: { name } }: Fleet): string =>
  each > 1
    ? `${replicas === 1 ? "1 replica" : `${count(replicas)} replicas`} of ${machineText(each, name)}`
    : machineText(replicas, name);

/** "1 to 4 replicas, one more at 44 requests in flight each"; own cards may hold no further one. */
export const growthText = ({ minReplicas: min, maxReplicas: max, ...a }: Autoscaling): string =>
  min === max
    ? `${min === 1 ? "1 replica" : `${count(min)} replicas`}, as your own cards hold no more`
    : `${min} to ${max} replicas, one more at ${inFlight(a.targetConcurrentRequests)} each${a.idleSeconds === undefined ? "" : `, none after ${a.idleSeconds} idle seconds`}`;

const METHODS: Record<TrainingSettings["method"], string> = {
  full: "full training",
  lora: "LoRA",
  qlora: "QLoRA",
  freeze: "a frozen backbone",
};

/** A method inside a sentence; decisions have longer titles. */
export const methodName = (method: string): string => METHODS[method as TrainingSettings["method"]] ?? method;

const SERVERS: Record<Deployment, string> = {
  "fastapi-docker": "FastAPI",
  vllm: "vLLM",
  "hf-inference-endpoints": "Hugging Face endpoints",
  "modal-functions": "Modal functions",
  "onnx-tensorrt": "ONNX Runtime",
  litert: "LiteRT",
};

/** What serves, inside a sentence. */
export const serverName = (deployment: string): string => SERVERS[deployment as Deployment] ?? deployment;

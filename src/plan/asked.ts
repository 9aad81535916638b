import type { Reasons } from "./why.ts";

type Topic = Pick<Reasons, "topic" | "choice" | "title" | "refused">;

/** What people call the topics of a plan. */
const TOPICS: [string, RegExp][] = [
  ["hardware", /\b(?:gpus?|cards?|hardware|machine|accelerator|instance)\b/],
  ["memory", /\b(?:memory|vram|ram|fit|fits|gib|gb|oom)\b/],
  ["cost", /\b(?:costs?|price|expensive|cheap|money|dollars?)\b/],
  ["time", /\b(?:time|long|slow|fast|hours|days)\b/],
  ["platform", /\b(?:platform|cloud|provider|where|rent)\b/],
  ["deployment", /\b(?:deployment|deploy|serv(?:e|ing|er)|inference|endpoint)\b/],
  ["method", /\b(?:method|strategy|fine-?tun(?:e|ing)|adapters?|training)\b/],
  ["framework", /\b(?:framework|library)\b/],
  ["data", /\b(?:data|dataset|pipeline)\b/],
  ["tracking", /\b(?:track(?:ing|er)|experiments?|logging)\b/],
  ["registry", /\b(?:registry|versions?)\b/],
  ["monitoring", /\b(?:monitor(?:ing)?|metrics|alerts?)\b/],
  ["verdict", /\b(?:verdict|possible|infeasible|no)\b/],
];

/** What people call options whose ids they do not know. */
const OPTIONS: [string, RegExp][] = [
  ["full", /\bfull\b/],
  ["jax-flax", /\b(?:jax|flax)\b/],
  ["tensorflow-keras", /\b(?:tensorflow|keras|tf)\b/],
  ["transformers", /\b(?:hugging ?face|transformers|peft|trl)\b/],
  ["fastapi-docker", /\b(?:fast ?api|docker)\b/],
  ["hf-inference-endpoints", /\b(?:hf|inference) endpoints?\b/],
  ["onnx-tensorrt", /\b(?:onnx|tensor-?rt)\b/],
  ["wandb", /\b(?:w&b|weights (?:and|&) biases)/],
];

const letters = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]+/g, "");

/** Which topic, and which option of it, words such as "why not QLoRA" or "this GPU" ask about. */
export function asked(words: string, topics: readonly Topic[]): { topic?: string; option?: string } {
  const low = words.toLowerCase().trim();
  const exact = topics.find((t) => letters(t.topic) === letters(low));
  if (exact) return { topic: exact.topic };
  for (const { topic, choice, refused } of topics)
    for (const option of [choice, ...refused.map((r) => r.option)]) if (names(low, option)) return { topic, option };
  const byName = TOPICS.find(([topic, pattern]) => pattern.test(low) && topics.some((t) => t.topic === topic));
  return byName ? { topic: byName[0] } : {};
}

/** Whether words name an option: its id whatever the spelling, or what people call it. */
function names(low: string, option: string): boolean {
  if (OPTIONS.some(([id, pattern]) => id === option && pattern.test(low))) return true;
  const id = letters(option);
  // Whole words only: "lora" is not in "qlora".
  const tokens = low.split(/[^a-z0-9.+-]+/).map(letters);
  return id.length > 1 && (tokens.includes(id) || tokens.some((token, i) => token + (tokens[i + 1] ?? "") === id));
}

import type { KnownBlock } from "@slack/types";
import { heading, sections } from "./text.ts";

const COMMANDS = [
  ["/ml-architect fine-tune llama 3.1 8b on 50k tickets, $500", "a plan, in a thread"],
  ["/ml-architect", "the form"],
  ["/ml-architect status", "what your latest run here is doing; `list`: your runs; `cancel`: stop"],
  ["/ml-architect examples", "requests to start from"],
  ["/ml-architect config", "settings of this channel, for administrators"],
] as const;

const WORDS = [
  ["actually 100k examples, on AWS, `epochs=2`", "changes the plan"],
  ["what if two 4090s, what would 32k context cost", "shows the difference; “keep it” takes it"],
  ["cheaper, faster, simplest", "looks for a plan that is"],
  ["why this GPU, why not QLoRA", "reasons and refusals"],
  ["2, the second, 12k, don’t know, use your judgement", "answers the question; `q2: 1` the second one"],
  ["show the plan, show the config, alternatives, undo, start over", "just that"],
] as const;

const EXAMPLES = [
  "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200",
  "Serve Qwen2.5 32B to 20 people at once, first token under a second",
  "Train a vision transformer on 2 million photos, two A100s, a week",
] as const;

export const helpBlocks = (hosts: readonly string[]): KnownBlock[] => [
  ...heading("What you can say"),
  ...sections(
    COMMANDS.map(([say, does]) => `• \`${say}\` ${does}`),
    hosts,
  ),
  ...sections(["**In a run’s thread, in your own words**", ...WORDS.map(([say, does]) => `• ${say}: ${does}`)], hosts),
  ...sections(
    ["Mention me in any thread, write to me directly, or take “Design from this message” from a message’s menu."],
    hosts,
  ),
];

export const exampleBlocks = (hosts: readonly string[]): KnownBlock[] => [
  ...heading("Requests to start from"),
  ...sections(
    EXAMPLES.map((example) => `• \`/ml-architect ${example}\``),
    hosts,
  ),
];

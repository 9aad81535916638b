import { describe, expect, it } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import { advise } from "../../src/plan/advise.ts";
import { explain } from "../../src/plan/explain.ts";
import { machineText, unnamedCard } from "../../src/plan/names.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { claimOf, refusals } from "../../src/plan/sentences.ts";

const today = "2026-11-22";
const planOf = (words: string): Plan => advise(readText(words, catalog, { today }), catalog, { today });

/** Modalities, tasks, platforms, loads and refusals, as people ask. */
const REQUESTS = [
  "Fine-tune Llama 3.1 8B on 50k support tickets on one 24 GB GPU, budget $200, serve 5 requests/s",
  "Train a 70B on my 8 GB laptop GPU for $5 by tomorrow",
  "fine-tune mistral 7b on our one RTX 3090, on premises, must serve 20 requests per second, 100k chats",
  "fine-tune whisper large v3 on 10k clips, one A10G",
  "fine-tune whisper large v3 in full on a 6 GB card, 10k clips",
  "classify 200k product images into 40 categories with ViT",
  "predict churn from 300k rows of customer data, no GPU",
  "train embedding model bge-large on 500k query-passage pairs",
  "DPO on Llama 3 8B with 20k preference pairs, 2x A100 80GB",
  "Pretrain a 1B model from scratch on 20B tokens, 8 H100",
  "fine-tune stable diffusion xl on 2000 product photos, our RTX 4090",
  "fine-tune Qwen2.5-VL 7B on 10k receipts",
  "serve llama 3.1 70B at 10 requests per second, latency 5 s",
  "serve an 8B model to 200 concurrent users, budget $1500 a month",
  "serve bge-m3 embeddings 200 requests/s with 50 ms",
  "a chatbot answering from our product docs that change every week",
  "classify support tickets into 12 classes, 8000 labelled, HIPAA, on AWS SageMaker",
  "sentiment classification on a Raspberry Pi, 30k reviews",
  "serve phi-4 in the browser",
  "fine-tune Llama 3.3 70B with QLoRA on 2x 3090, 15k examples",
  "lora qwen2.5 7b on our 4090, seq 4096, batch 4",
  "3090 or 4090 for fine-tuning a 7B with QLoRA on 30k rows?",
  "llama 405B full fine-tune with $1000",
  "Air-gapped: fine-tune Mixtral 8x7B on our 4x A100 40GB, 60k docs, serve 50 users",
  "train on MI300X llama 3 8b lora",
  "freeze backbone and train head of llama 8b on 10k reviews",
  "medical image classification 3000 x-rays, hipaa, no cloud, one RTX 3060",
  "GRPO on Qwen3 8B math, 10k prompts, 8 H100",
  "serve Qwen3 8B, 1 request per minute, cheap",
];
const PLANS = REQUESTS.map((words) => ({ words, plan: planOf(words) }));

describe("whatever was asked, the answer", () => {
  it.each(PLANS)("holds no clumsy or untrue phrase: $words", ({ plan }) => {
    for (const text of [explain(plan), explain(plan, { short: true })]) {
      // A range of one number, nothing spelled as a price, ids and counts in place of words.
      expect(text).not.toMatch(/(\$[\d.,]+|[\d.]+ GiB) \(\1 to \1\)/);
      expect(text).not.toMatch(/\$0\.00(?!\d)|\d × a card|\b1 requests |undefined|NaN/);
      expect(text).not.toMatch(/\b(?:qlora|lora|full) of |to infeasible|positions/);
      expect(text).not.toMatch(/quality: none;[^|)]*quality: none/);
    }
  });

  it.each(PLANS)("is worded for no front end: $words", ({ plan }) => {
    expect(explain(plan)).not.toMatch(/`?--[a-z]+ [a-zA-Z]+=|`?--(?:out|full|json)\b/);
  });

  it.each(PLANS)("says its headline and each blocker once: $words", ({ plan }) => {
    const text = explain(plan);
    for (const { text: blocker } of plan.blockers) expect(text.split(blocker).length, blocker).toBe(2);
  });

  it.each(PLANS)("tells each way beside the plan in one place: $words", ({ plan }) => {
    const text = explain(plan);
    for (const { title } of plan.offRamps)
      expect(
        text.split("\n").filter((line) => line.startsWith(`- **${title}**`) || line.startsWith(`| ${title} |`)).length,
        title,
      ).toBe(1);
    for (const a of plan.alternatives) expect(text.split(`- **${a.name}**`).length, a.name).toBe(2);
  });
});

it("sound and pictures are never measured in tokens", () => {
  for (const { words, plan } of PLANS.filter(({ plan }) =>
    ["audio", "vision", "diffusion"].includes(plan.workload!.modality),
  ))
    for (const said of [
      ...plan.repairs.map((r) => r.summary),
      ...plan.blockers.map((b) => b.text),
      plan.time?.formula ?? "",
    ])
      expect(said, words).not.toMatch(/tokens/);
});

it("who has no GPU and a table is told of no rented card", () => {
  const { notices } = readText("predict churn from 300k rows of customer data, no GPU", catalog, { today });
  expect(notices.join(" ")).not.toMatch(/GPU|rented/);
});

it("certificates of platforms are no risk of a machine that stands at home", () => {
  const home = planOf("medical image classification 3000 x-rays, hipaa, no cloud, one RTX 3060");
  expect(home.risks.map((r) => r.text).join(" ")).not.toMatch(/Certificates/);
  const rented = planOf("classify support tickets into 12 classes, 8000 labelled, HIPAA, on AWS SageMaker");
  expect(rented.risks[0]!.text).toMatch(/Certificates/);
});

it("risks stand worst first, whichever part of the plan they are about", () => {
  const order = { high: 0, medium: 1, low: 2 } as const;
  for (const { plan } of PLANS) {
    const found = plan.risks.map((r) => order[r.severity]);
    expect(found).toEqual([...found].sort());
  }
});

it("spot machines are offered with their price where they save a tenth, and not to who forbids them", () => {
  const words = "fine-tune Qwen3 8B on 50k chats";
  const spot = planOf(words).alternatives.find((a) => a.name === "on spot machines")!;
  expect(spot.hardware.offer?.pricing).toBe("spot");
  expect(spot.trainUsd.expected).toBeLessThan(0.9 * planOf(words).cost!.trainUsd.expected);
  expect(planOf(`${words}, no spot instances`).alternatives.map((a) => a.name)).not.toContain("on spot machines");
});

it("a way is called cheaper only where its number is below the plan's", () => {
  // 5 requests a second cost $642 a month on own servers and thousands through an API; one a minute costs $8 there, less a tokenizer that writes fewer.
  const steady = explain(planOf("serve Llama 3.1 8B at 5 requests per second"));
  expect(steady).not.toContain("## Cheaper ways");
  expect(explain(planOf("serve Qwen3 8B, 1 request per minute"))).toMatch(
    /## Cheaper ways\n\n- \*\*A hosted model\*\*, \$6\.67 to/,
  );
});

it("options that fail on the same thing stand together", () => {
  const why = "your own hardware is enough";
  expect(
    refusals([
      { option: "modal", why },
      { option: "aws", why: "dear" },
      { option: "lambda", why },
    ]),
  ).toEqual([`not modal, lambda: ${why}`, "not aws: dear"]);
});

it("a reason in short is its claim, without asides and never a stump", () => {
  expect(claimOf("1 × L4 at $0.80 per hour on-demand (2026-09-25; a third party): $5 expected.")).toBe(
    "1 × L4 at $0.80 per hour on-demand",
  );
  expect(claimOf("not hub: publishing is your decision: a script writes a folder")).toBe(
    "not hub: publishing is your decision",
  );
});

it("cards without a name are counted as cards", () => {
  expect([1, 2].map((n) => machineText(n, unnamedCard(24)))).toEqual(["a card with 24 GiB", "2 cards with 24 GiB"]);
  expect(machineText(2, "NVIDIA L4")).toBe("2 × NVIDIA L4");
});

it("set-ups that lead to the same server are not given a winner", () => {
  const plan = planOf("vLLM or SGLang for serving Llama 3.1 8B at 2 rps?");
  expect(plan.compared!.answer).toMatch(/makes no difference/);
});

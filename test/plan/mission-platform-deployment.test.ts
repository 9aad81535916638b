import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";
import type { Decision, DecisionName, Plan } from "../../src/plan/plan.ts";
import { planFor } from "../../src/plan/planner.ts";

const today = "2026-11-22";
const planOf = (words: string): Plan =>
  planFor({ brief: readText(words, catalog, { today }).brief }, catalog, { today });
const decisionOf = (words: string, name: DecisionName): Decision => {
  const plan = planOf(words);
  const decision = plan.decisions.find((d) => d.name === name);
  if (!decision) throw new Error(`${plan.status}: ${plan.headline}`);
  return decision;
};

/** A row of the mission's table: words with which it wins, words with which it is refused, and the substance of either reason. */
interface Row {
  row: string;
  wins: string;
  because: RegExp;
  loses: string;
  to: RegExp;
  why: RegExp;
}

const shortRun = "QLoRA of Qwen3 8B on a rented A10, 2k examples, budget $100";
const longRun = "LoRA of Qwen3 8B on a rented A10, 400k examples, 5 epochs, budget $3000";
const hipaaOnAws = "HIPAA: everything we have is on AWS. Fine-tune Llama 3.1 8B on 20k patient notes, budget $500";
const airGapped = "Air-gapped site with our own RTX 4090: fine-tune Qwen3 8B on 5k reports";
const inEurope = "EU only, GDPR: fine-tune Mistral 7B on 20k samples, budget $300";

const PLATFORMS: Row[] = [
  {
    row: "modal",
    wins: shortRun,
    because: /by the second while the job runs: nothing to stop.*\d+ min of a person's work/s,
    loses: longRun,
    to: /lambda/,
    why: /^\$\d+ on NVIDIA A10 against \$\d+$/,
  },
  {
    row: "lambda",
    wins: longRun,
    because: /\$1\.29 per hour.*long training runs.*launch_lambda/s,
    loses: shortRun,
    to: /modal/,
    why: /cheaper at \$\d+\.\d\d, but about \d+ min more of a person's work/,
  },
  {
    row: "sagemaker",
    wins: hipaaOnAws,
    because: /list price of us-west-2.*check it.*managed MLOps/s,
    loses: "We live on AWS: LoRA of Llama 3.1 8B, 200k examples, 3 epochs, budget $2000",
    to: /aws/,
    why: /\$\d+ on .* against \$\d+/,
  },
  {
    row: "sagemaker",
    wins: "AWS shop, managed MLOps please: fine-tune Llama 3.1 8B on 50k tickets, budget $500",
    because: /managed MLOps is asked for/,
    loses: "Everything runs on Google Cloud: fine-tune Qwen3 8B on 10k samples, budget $300",
    to: /gcp/,
    why: /you are on Google Cloud: another provider is another contract/,
  },
  {
    row: "local",
    wins: airGapped,
    because: /yours: no rent, and the data stays.*air-gapped/s,
    loses: shortRun,
    to: /modal/,
    why: /nothing in the request says that you own/,
  },
  {
    row: "runpod",
    wins: "Fine-tune Llama 3.1 8B with QLoRA on a rented 4090, 100k examples, budget $300",
    because: /\$0\.34 per hour/,
    loses: hipaaOnAws,
    to: /sagemaker/,
    why: /you are on AWS/,
  },
  {
    row: "aws",
    wins: "We live on AWS: LoRA of Llama 3.1 8B, 200k examples, 3 epochs, budget $2000",
    because: /Elsewhere is ruled out: you are on AWS/,
    loses: hipaaOnAws,
    to: /sagemaker/,
    why: /cheaper at .* but about 3\.\d h more of a person's work/,
  },
  {
    row: "gcp",
    wins: "Everything runs on Google Cloud: fine-tune Qwen3 8B on 10k samples, budget $300",
    because: /you are on Google Cloud/,
    loses: inEurope,
    to: /aws/,
    why: /^\$\d+\.\d\d on NVIDIA .+ against \$\d+\.\d\d$/,
  },
  {
    row: "azure",
    wins: "Azure shop: fine-tune Qwen3 8B on 10k samples, budget $300",
    because: /you are on Azure/,
    loses: shortRun,
    to: /modal/,
    why: /against/,
  },
  {
    row: "coreweave",
    wins: "Full fine-tuning of Llama 3.3 70B on CoreWeave, 20k samples, 8x H200, budget $20000",
    because: /you asked for coreweave.*large H100, H200, B200/s,
    loses: "Fine-tune DistilBERT on 5k labelled tickets, budget $10",
    to: /hf-jobs/,
    why: /sold only in machines of 8|over|against/,
  },
  {
    row: "vast",
    wins: "LoRA of Llama 3.1 8B on vast.ai, 20k samples, budget $50",
    because: /lowest prices for consumer and older cards/,
    loses: inEurope,
    to: /aws/,
    why: /strangers: not for data that you must answer for/,
  },
  {
    row: "together",
    wins: "QLoRA of Llama 3.3 70B on together.ai, 20k samples, H100, budget $500",
    because: /you asked for together/,
    loses: airGapped,
    to: /local/,
    why: /air-gapped: nothing may leave the building/,
  },
  {
    row: "hf-jobs",
    wins: "Fine-tune DistilBERT on 5k labelled tickets, budget $10",
    because: /no infrastructure to set up/,
    loses: hipaaOnAws,
    to: /sagemaker/,
    why: /you are on AWS/,
  },
];

const steady = "Serve Llama 3.1 8B at 5 requests per second";
const rare = "Serve Llama 3.1 8B, 100 requests a day";
const inThreeSeconds = "Serve Llama 3.1 8B, 100 requests a day, answers within 3 seconds";
const nobodyRunsServers =
  "We have no ML engineers and nobody has run servers: serve Qwen3 8B for 2 requests per second";
const ownCard = "Serve Qwen3 8B on our own A100 on-prem, 0.05 requests per second";

const DEPLOYMENTS: Row[] = [
  {
    row: "fastapi-docker",
    wins: ownCard,
    because: /custom logic in plain Python.*your own hardware/s,
    loses: steady,
    to: /vllm/,
    why: /one request at a time, about 0\.\d+ requests per second/,
  },
  {
    row: "vllm",
    wins: inThreeSeconds,
    because: /Answers within 3 s need an engine/,
    loses: "Serve Qwen3 8B on our own A100 on-prem, 0.01 requests per second",
    to: /fastapi-docker/,
    why: /batching is not needed/,
  },
  {
    row: "fastapi-docker",
    wins: "Serve Llama 3.1 8B, 2,000 requests a day",
    because: /One request at a time is enough for 0\.023 requests per second/,
    loses: inThreeSeconds,
    to: /vllm/,
    why: /a plain loop takes about [\d.]+ s an answer, and 3 s were asked for/,
  },
  {
    row: "vllm",
    wins: steady,
    because:
      /5 requests per second need continuous batching.*\$\d+ a month at this load.*Scales from \d+ to \d+ replicas/s,
    loses: ownCard,
    to: /fastapi-docker/,
    why: /batching is not needed/,
  },
  {
    row: "hf-inference-endpoints",
    wins: nobodyRunsServers,
    because: /Nobody has to run servers.*\$\d+ a month/s,
    loses: steady,
    to: /vllm/,
    why: /\$[\d,]+ a month on .* against \$\d+/,
  },
  {
    row: "hf-inference-endpoints",
    wins: nobodyRunsServers,
    because: /TLS are Hugging Face's/,
    loses: "HIPAA: serve Llama 3.1 8B at 2 requests per second",
    to: /vllm|modal-functions/,
    why: /no HIPAA certificate/,
  },
  {
    row: "modal-functions",
    wins: rare,
    because: /rare.*100 a day.*billed for their own seconds.*% of the requests find nothing running/s,
    loses: steady,
    to: /vllm/,
    why: /\$[\d,]+ a month on .* against \$\d+/,
  },
  {
    row: "modal-functions",
    wins: rare,
    because: /Scales from 0 to/,
    loses: inThreeSeconds,
    to: /vllm/,
    why: /% of the requests would wait about \d+(?:\.\d)? s for a cold start, and 3,000 ms were asked for/,
  },
  {
    row: "onnx-tensorrt",
    wins: "Fine-tune a ResNet50 on 5000 photos for a Raspberry Pi edge device",
    because: /int8 weights take 2\d MiB of the about .* GiB/,
    loses: steady,
    to: /vllm/,
    why: /continuous batching and a paged cache/,
  },
  {
    row: "onnx-tensorrt",
    wins: "Fine-tune DistilBERT to classify tickets in the browser",
    because: /int8 weights/,
    loses: ownCard,
    to: /fastapi-docker/,
    why: /tied to one card and version/,
  },
  {
    row: "onnx-tensorrt",
    wins: "AWS shop: serve a bge-base embedding model at 600 requests per second",
    because: /One pass an answer: a TensorRT engine/,
    loses: nobodyRunsServers,
    to: /hf-inference-endpoints/,
    why: /generation wants continuous batching/,
  },
  {
    row: "litert",
    wins: "Our stack is TensorFlow: MobileNet on Android, 3000 photos",
    because: /int8 weights/,
    loses: "Fine-tune MobileNet in PyTorch on 3000 photos for an Android app",
    to: /onnx-tensorrt/,
    why: /one export to ONNX serves Android and iOS/,
  },
  {
    row: "litert",
    wins: "Fine-tune MobileNet on 3000 photos for an Android app",
    because: /int8 weights.*the Keras model's own outputs/s,
    loses: "Serve a 1B language model on a phone",
    to: /onnx-tensorrt/,
    why: /the model is PyTorch's/,
  },
];

for (const [name, table] of [
  ["platform", PLATFORMS],
  ["deployment", DEPLOYMENTS],
] as const) {
  describe(`every row of the mission's ${name} table can win and can be refused`, () => {
    test.each(table)("$row wins: $wins", ({ row, wins, because }) => {
      const decision = decisionOf(wins, name);
      expect(decision.choice).toBe(row);
      expect(decision.reasons.join(" ")).toMatch(because);
    });
    test.each(table)("$row is refused: $loses", ({ row, loses, to, why }) => {
      const decision = decisionOf(loses, name);
      expect(decision.choice).toMatch(to);
      expect(decision.refused.find((r) => r.option === row)?.why).toMatch(why);
    });
  });
}

test("where a flip says that Lambda takes over from Modal, it does: a shorter run stays, a longer one goes", () => {
  const flip = decisionOf(shortRun, "platform").flips.find((f) => /the run is above/.test(f.when))!;
  expect(flip.to).toBe("lambda");
  const [, hours] = /above about ([\d.]+) h \(here/.exec(flip.when)!;
  const runOf = (examples: number): Plan =>
    planOf(`QLoRA of Qwen3 8B on a rented A10, ${examples} examples, budget $900`);
  const at = (examples: number): number => runOf(examples).time!.trainHours.expected;
  // Hours grow in a straight line with the examples: two points give it.
  const slope = (at(40_000) - at(20_000)) / 20_000;
  const examplesFor = (wanted: number): number => Math.round(20_000 + (wanted - at(20_000)) / slope);
  const platformAt = (share: number): string =>
    runOf(examplesFor(Number(hours) * share)).decisions.find((d) => d.name === "platform")!.choice;
  expect(platformAt(0.85)).toBe("modal");
  expect(platformAt(1.15)).toBe("lambda");
});

test("the rate at which own servers take over from functions is the rate at which they do", () => {
  const flip = decisionOf(rare, "deployment").flips.find((f) => /more than/.test(f.when))!;
  const [, perDay] = /more than about [\d.]+ requests per second, ([\d,]+) a day/.exec(flip.when)!;
  const daily = Number(perDay!.replaceAll(",", ""));
  const choiceAt = (requests: number): string =>
    decisionOf(`Serve Llama 3.1 8B, ${Math.round(requests)} requests a day`, "deployment").choice;
  expect(choiceAt(daily * 0.9)).toBe("modal-functions");
  expect(choiceAt(daily * 1.1)).not.toBe("modal-functions");
});

test("a model that one card does not hold is served over several, and the plan says so", () => {
  const serving = planOf("Serve Llama 3.3 70B at 2 requests per second").serving!;
  expect(serving.acceleratorCountPerReplica).toBeGreaterThan(1);
  expect(serving.notes.join(" ")).toMatch(/tensor parallel/);
});

test("a model too large for a phone is refused with its size, not planned", () => {
  // 70.6e9 weights in int4 with scales are 37 GiB; 8 GiB phones leave an app about 3.
  const plan = planOf("Serve Llama 3.3 70B on a phone, 1 request per second");
  expect(plan.status).toBe("infeasible");
  expect(plan.headline).toMatch(/37\.\d GiB even with int4.*3\.0 GiB/);
});

test("air-gapped data leaves no platform but one's own, each refused with the reason", () => {
  const { choice, refused } = decisionOf(airGapped, "platform");
  expect(choice).toBe("local");
  for (const { why } of refused) expect(why).toMatch(/air-gapped: nothing may leave the building/);
});

test("every platform says what it costs to live with, and from where that is known", () => {
  for (const { id, traits } of catalog.platforms) {
    expect(traits.startMinutes.low, id).toBeLessThanOrEqual(traits.startMinutes.expected);
    expect(traits.startMinutes.expected, id).toBeLessThanOrEqual(traits.startMinutes.high);
    expect(traits.traitsSource.length, id).toBeGreaterThan(10);
  }
});

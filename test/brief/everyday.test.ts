import { describe, expect, test } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";

const read = (text: string) => readText(text, catalog, { today: "2026-11-22" });
const values = (text: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(read(text).brief).map(([field, said]) => [field, said.value]));
const constraints = (text: string): unknown => values(text).constraints;
const notices = (text: string): string => read(text).notices.join(" ");

describe("dimensions are no days", () => {
  test.each([
    ["3D U-Net on 400 CT scans, one A100", 400],
    ["segment tumours in 3D volumes, 300 3D CT scans", 300],
    ["classify 900 3-d scans with a 3d resnet18", 900],
    ["train a 1d cnn on 20k recordings of ecg", 20_000],
  ])("%s", (text, examples) => {
    expect(values(text)).toMatchObject({ exampleCount: examples });
    expect(values(text)).not.toHaveProperty("deadlineHours");
  });

  test.each([
    ["need it in 3d, mistral 7b lora, 5k rows", 72],
    ["mistral 7b lora, 5k rows, 2d", 48],
    ["I have 3D to finish, mistral 7b lora", 72],
    ["4x A100 for 2d, mistral 7b lora", 48],
  ])("%s: days", (text, hours) => {
    expect(values(text).deadlineHours).toBe(hours);
  });
});

describe("hours of recordings are what is learned from", () => {
  test.each([
    ["fine-tune whisper small on 200 hours of call recordings", 200],
    ["80h of swahili, fine tune whisper small", 80],
    ["whisper medium with 45 minutes of my voice", 0.75],
    ["audio dataset: 120 hours, whisper small", 120],
    ["40 Stunden Sprachaufnahmen, whisper feinabstimmen", 40],
  ])("%s", (text, hours) => {
    const read = values(text);
    expect(read.audioHours).toBe(hours);
    expect(read).not.toHaveProperty("exampleCount");
    expect(read).not.toHaveProperty("deadlineHours");
  });

  test.each([
    "whisper small, 5k clips, we need it in 20 hours",
    "transcribe 500 hours of calls per day with whisper",
    "600 hours of video, detect people",
    "8 hours of downtime, whisper small",
    "a 7b lora, 100 hours on one A100",
  ])("%s: none", (text) => {
    expect(values(text)).not.toHaveProperty("audioHours");
  });
});

describe("wishes for the cheapest and the fastest", () => {
  test.each([
    "cheapest way to fine-tune mistral 7b on 5k rows",
    "fine-tune mistral 7b on 5k rows, as cheap as possible",
    "fastest possible fine-tuning of mistral 7b",
    "mistral 7b lora at the lowest cost",
  ])("%s: said back, and nothing else is read from it", (text) => {
    expect(notices(text)).toMatch(/weighs money, time and risk/);
    expect(values(text).model).toBe("mistralai/Mistral-7B-v0.3");
    expect(notices(text)).not.toMatch(/recognised/);
  });

  test.each([
    "4090 or A100 for mistral 7b, which is cheapest?",
    "cheap labels, mistral 7b lora",
    "the cheapest gpu is a T4, mistral 7b",
  ])("%s: no wish for the plan", (text) => {
    expect(notices(text)).not.toMatch(/weighs/);
  });
});

describe("one computer and nothing beside it", () => {
  test.each([
    "laptop only, qlora a 3b on 2k rows",
    "just my laptop. mistral 7b qlora",
    "nothing but my MacBook, phi-4 lora",
    "run it on my own workstation only on my workstation, mistral 7b lora",
  ])("%s: nothing is rented", (text) => {
    expect(values(text)).toMatchObject({ constraints: ["no-cloud"], owned: true });
  });

  test("a laptop whose card was not said is asked for it", () => {
    expect(values("fine-tune phi-4 on my MacBook")).toMatchObject({ deploymentTarget: "local", owned: true });
    expect(notices("fine-tune phi-4 on my MacBook")).toMatch(/MacBook has was not said/);
    expect(notices("fine-tune phi-4 on my MacBook with an M3 Max 64GB")).toBe("");
  });

  test.each([
    "I only have a laptop, budget $50, qlora a 3b",
    "not only my laptop but 4x A100 too, mistral 7b lora",
    "just one machine with 8 H100, mistral 7b lora",
  ])("%s: renting stays open", (text) => {
    expect(constraints(text)).toBeUndefined();
  });
});

describe("machines that may be taken away", () => {
  test.each([
    "mistral 7b lora on 5k rows, spot",
    "spot instances, mistral 7b lora",
    "mistral 7b lora, preemptible, 5k rows",
    "mistral 7b lora on spot A100s",
    "preemptibles are fine, mistral 7b lora",
  ])("%s: allowed", (text) => {
    expect(constraints(text)).toEqual(["spot-ok"]);
  });

  test.each([
    "mistral 7b lora, no spot",
    "no preemptible vms, mistral 7b lora",
    "we don't want spot instances, mistral 7b lora",
    "the run must not be interrupted, mistral 7b lora",
  ])("%s: refused", (text) => {
    expect(constraints(text)).toEqual(["no-spot"]);
  });

  test.each(["spot the difference, 5k images", "detect spots on leaves, 5k images", "hot spot detection, 5k images"])(
    "%s: another spot",
    (text) => {
      expect(constraints(text)).toBeUndefined();
    },
  );
});

describe("hardware of their own", () => {
  test.each([
    "lora mistral 7b on one RTX 4090 of ours",
    "two A100s that we already have, lora mistral 7b",
    "lora mistral 7b on our own 4090",
    "4x H100, in-house, lora mistral 7b",
    "a 24 GB GPU of ours, lora mistral 7b",
    "we own 4x L40S, no cloud, lora mistral 7b",
    "a 3090 (already paid for), lora mistral 7b",
  ])("%s", (text) => {
    expect(values(text).owned).toBe(true);
  });

  test.each([
    "one 4090, we have 50k tickets, lora mistral 7b",
    "50k tickets of ours, one 4090, lora mistral 7b",
    "rent a 4090 for our mistral 7b",
    "our A100 on aws, lora mistral 7b",
    "we have 300 inputs per row, xgboost",
  ])("%s: not said", (text) => {
    expect(values(text)).not.toHaveProperty("owned");
  });
});

describe("the first token is not the answer", () => {
  test.each([
    "serve mistral 7b, p95 first token under 300 ms",
    "TTFT < 500ms, mistral 7b api",
    "mistral 7b api, 400 ms to first token",
    "first word after at most 250ms, mistral 7b api",
  ])("%s: said back, no latency of answers", (text) => {
    expect(values(text)).toMatchObject({ phase: "serve" });
    expect(values(text)).not.toHaveProperty("latencyMs");
    expect(notices(text)).toMatch(/first token/);
  });

  test("both are told apart in one sentence", () => {
    const text = "mistral 7b api, first token in 300ms and the full answer under 4s";
    expect(values(text).latencyMs).toBe(4000);
    expect(notices(text)).toMatch(/"300ms" is asked of the first token/);
  });

  test("milliseconds for each further token are a rate: 1000 / 40 = 25 tokens a second", () => {
    expect(values("mistral 7b chat api, tpot under 40ms").tokensPerSecond).toBe(25);
    expect(values("mistral 7b chat api, 40 ms per token").tokensPerSecond).toBe(25);
  });

  test.each([
    ["p95 latency 300 ms, mistral 7b api", 300],
    ["mistral 7b answers within 2 s", 2000],
    ["resnet50 api, 30 ms per image", 30],
  ])("%s: the whole answer", (text, ms) => {
    expect(values(text).latencyMs).toBe(ms);
  });
});

describe("tokens of a request", () => {
  test.each([
    ["serve mistral 7b, prompts of 2000 tokens, answers of 400, 5 rps", 2000, 400],
    ["serve mistral 7b: 1500 in, 300 out, 5 rps", 1500, 300],
    ["mistral 7b api, 900 tokens in and 120 tokens out", 900, 120],
    ["mistral 7b api, input 1000 output 200", 1000, 200],
    ["mistral 7b api, 2000/400 tokens in/out", 2000, 400],
    ["ISL/OSL 2048/128, mistral 7b api", 2048, 128],
    ["mistral 7b api, answers of 400 tokens to prompts of 2000 tokens", 2000, 400],
  ])("%s", (text, promptTokens, outputTokens) => {
    expect(values(text)).toMatchObject({ promptTokens, outputTokens });
    expect(values(text)).not.toHaveProperty("sequenceLength");
  });

  test.each([
    "50k prompts with answers, lora mistral 7b",
    "10k prompt/answer pairs, lora mistral 7b",
    "5k rows in 400 files, lora mistral 7b",
  ])("%s: examples", (text) => {
    expect(values(text)).not.toHaveProperty("promptTokens");
    expect(values(text)).not.toHaveProperty("outputTokens");
  });
});

describe("counts as other languages write them", () => {
  test.each([
    ["15.000 Kundenmails klassifizieren", 15_000],
    ["mistral 7b lora, 20.000 Supporttickets", 20_000],
    ["15.250 klantmails, mistral 7b lora", 15_250],
    ["1.250.000 Produktbilder, resnet50", 1_250_000],
    ["abbiamo 12.500 immagini e vogliamo addestrare resnet50", 12_500],
    ["support tickets (50k), mistral 7b lora", 50_000],
    ["reviews: 12,000. distilbert", 12_000],
  ])("%s", (text, count) => {
    expect(values(text).exampleCount).toBe(count);
  });

  test.each(["images, 1024, sdxl lora", "version 1.250 of our docs, mistral 7b lora", "mistral 7b lora, details, 50k"])(
    "%s: no count",
    (text) => {
      expect(values(text)).not.toHaveProperty("exampleCount");
    },
  );
});

describe("data that stays behind walls", () => {
  test.each([
    "data must stay in our hospital, mistral 7b lora",
    "the data has to remain on our premises. mistral 7b lora",
    "everything inside the bank, mistral 7b lora",
    "patient data is kept within our own walls, mistral 7b lora",
    "mistral 7b lora, must be processed on our own servers",
    "Daten müssen im Krankenhaus bleiben, mistral 7b mit lora",
    "les données doivent rester dans l'hôpital, mistral 7b avec lora",
    "los datos deben quedarse en el hospital, mistral 7b con lora",
  ])("%s", (text) => {
    expect(constraints(text)).toEqual(["no-cloud"]);
  });

  test.each([
    "weights stay in memory, mistral 7b lora",
    "pictures taken inside the factory, 5k images",
    "we run it in our lab today, mistral 7b lora",
    "photos of the building, 5k images",
  ])("%s: no such wish", (text) => {
    expect(constraints(text)).toBeUndefined();
  });
});

describe("codes of a catalogue are classes", () => {
  test.each([
    "predict ICD-10 codes from discharge summaries, 20k notes",
    "assign CPT codes to 20k visit notes",
    "suggest product categories for 20k listings",
  ])("%s", (text) => {
    expect(values(text)).toMatchObject({ task: "classification", exampleCount: 20_000 });
  });

  test("writing summaries is summarization, and COVID-19 counts nothing", () => {
    expect(values("write discharge summaries from 20k notes").task).toBe("summarization");
    expect(values("COVID-19 x-rays, 4k images").exampleCount).toBe(4000);
  });
});

describe("knowledge that will not hold still", () => {
  test.each([
    "chatbot over docs that change daily",
    "knowledge base updated every week, chatbot",
    "our policies are revised several times a week, chatbot",
    "bot for constantly changing price lists",
    "new articles every day, question answering",
    "our wiki gets edited every other day, chatbot",
    "daily updates to the product catalogue, chatbot",
    "Dokumente ändern sich täglich, Chatbot",
  ])("%s", (text) => {
    expect(values(text).knowledge).toBe("changing");
  });

  test.each([
    "docs rarely change, chatbot",
    "documentation does not change often, chatbot",
    "retrain nightly on new tickets, mistral 7b",
    "prices changed in 2020, chatbot",
    "send daily updates to the team, mistral 7b lora",
    "50k daily reports, mistral 7b lora",
  ])("%s: it does", (text) => {
    expect(values(text)).not.toHaveProperty("knowledge");
  });
});

describe("counts of none and fewer", () => {
  test.each([
    ["fine-tune mistral 7b on -5 examples", "exampleCount", /"-5 examples" cannot be/],
    ["mistral 7b lora, 0 epochs", "epochs", /"0 epochs" cannot be/],
    ["mistral 7b lora, epochs = -1", "epochs", /"epochs = -1" cannot be/],
    ["mistral 7b lora with 0 GPUs", "acceleratorCount", /Without a GPU of yours/],
    ["mistral 7b lora, batch size 0", "microBatchSize", /"batch size 0" cannot be/],
  ])("%s: said back and left out", (text, field, notice) => {
    expect(values(text)).not.toHaveProperty(field);
    expect(notices(text)).toMatch(notice);
  });

  test.each([
    "zero-shot with mistral 7b",
    "zero downtime, mistral 7b api",
    "- mistral 7b\n-50k rows\n-lora",
    "mistral 7b -50k rows -lora",
    "mistral 7b lora, 5-10 epochs",
  ])("%s: nothing to say", (text) => {
    expect(notices(text)).toBe("");
  });
});

describe("names", () => {
  test.each([
    "train something on 5k rows",
    "fine-tune a model on 5k rows",
    "train image classifier on 5k images",
    "deploy to K8s, mistral 7b",
    "train a RAG-style 7B",
  ])("%s: ordinary words are none", (text) => {
    expect(notices(text)).toBe("");
  });

  test("an unknown name with a size keeps both, and says so", () => {
    const text = "fine-tune Foobar-9000 13B on 5k rows";
    expect(values(text)).toMatchObject({ model: "Foobar-9000", parameterCount: 13e9, exampleCount: 5000 });
    expect(notices(text)).toMatch(/"Foobar-9000" was not recognised as a model: a typical decoder of its size, 13B/);
  });

  test("a misspelt name is answered with the near one", () => {
    expect(notices("serve Lama-3.1-8B at 5 rps")).toMatch(/Did you mean meta-llama\/Llama-3\.1-8B\?/);
  });

  test("a size behind a model's name that counts images is no size", () => {
    expect(values("resnet-50 1M images")).toMatchObject({ model: "timm/resnet50", exampleCount: 1e6 });
  });
});

test("a verb and what it is done to are the task", () => {
  expect(values("segment 3D MRI volumes, 300 scans").task).toBe("segmentation");
  expect(values("3d printing defects detection, 2k photos").task).toBe("detection");
});

test("the same remark is made once, and a table of slips is not answered line by line", () => {
  expect(read("0 epochs. ".repeat(50)).notices).toHaveLength(1);
  const rows = Array.from({ length: 200 }, (_, i) => `on -${i + 1} examples`).join("\n");
  expect(read(rows).notices.length).toBeLessThanOrEqual(20);
});

describe("data that stays in a VPC", () => {
  test.each([
    "fine-tune Llama 3.1 8B on 50k support tickets, $500, serve 20 rps, data can't leave our VPC",
    "Mistral 7B on our tickets; nothing may leave the VNet",
    "the records must not leave our virtual private cloud, qwen3 8b lora",
    "training has to run inside our own VPC",
    "serve Qwen3 8B, everything stays within our cloud account",
    "VPC-only, llama 3.1 8b on 20k chats",
    "customer data is never allowed to leave our Azure subscription, phi-4 lora",
  ])("%s", (text: string) => {
    expect(values(text)).toMatchObject({ ownAccount: true });
  });

  test.each([
    "we have a VPC with 3 subnets, fine-tune llama 3.1 8b",
    "fine-tune a model that answers questions about VPC peering and cloud accounts",
    "classify tickets about account access, leave the account name out",
    "no need to run in our VPC, llama 3.1 8b on 5k chats",
    "it keeps the account number of each ticket, qwen3 8b",
  ])("not: %s", (text: string) => {
    expect(values(text)).not.toHaveProperty("ownAccount");
  });
});

// Briefs, each said on every way that can say it: words, a brief file, flags, a team's file and an existing project. A
// team's file and a project cannot say everything: what they leave out stands beside them as flags.

/** The programs and settings of a project, as path → text. */
const rows = (n) => `${JSON.stringify({ text: "four".repeat(60) })}\n`.repeat(n);

export const BRIEFS = {
  "an own card and a tracker": {
    text: "LoRA fine-tune Llama 3.1 8B, 2 epochs, on our own single 4090, track with mlflow",
    yaml: `model: meta-llama/Llama-3.1-8B
method: lora
epochs: 2
accelerator: rtx-4090
acceleratorCount: 1
owned: true
tracker: mlflow
phase: train
modality: llm
task: sft
`,
    flags: [
      "model=meta-llama/Llama-3.1-8B",
      "method=lora",
      "epochs=2",
      "accelerator=rtx-4090",
      "acceleratorCount=1",
      "owned=true",
      "tracker=mlflow",
      "phase=train",
      "modality=llm",
      "task=sft",
    ],
    team: "accelerators:\n  - accelerator: rtx-4090\n    count: 1\ntracker: mlflow\n",
    besideTeam: ["model=meta-llama/Llama-3.1-8B", "method=lora", "epochs=2", "phase=train", "modality=llm", "task=sft"],
    project: {
      "train.yaml": "base_model: meta-llama/Llama-3.1-8B\nadapter: lora\nnum_train_epochs: 2\nreport_to: mlflow\n",
    },
    besideProject: [
      "accelerator=rtx-4090",
      "acceleratorCount=1",
      "owned=true",
      "phase=train",
      "modality=llm",
      "task=sft",
    ],
  },
  "a run that died, with its settings": {
    text: "QLoRA of Qwen2.5 7B, micro batch 2, seq length 4096, gradient checkpointing off, on 2x 3090: it ran out of memory",
    yaml: `model: Qwen/Qwen2.5-7B
method: qlora
microBatchSize: 2
sequenceLength: 4096
accelerator: rtx-3090
acceleratorCount: 2
current:
  gradientCheckpointing: false
measured: { failed: device-memory }
phase: train
modality: llm
task: sft
`,
    flags: [
      "model=Qwen/Qwen2.5-7B",
      "method=qlora",
      "microBatchSize=2",
      "sequenceLength=4096",
      "accelerator=rtx-3090",
      "acceleratorCount=2",
      'current={"gradientCheckpointing":false}',
      'measured={"failed":"device-memory"}',
      "phase=train",
      "modality=llm",
      "task=sft",
    ],
    project: {
      "config.yaml":
        "base_model: Qwen/Qwen2.5-7B\nadapter: qlora\nmicro_batch_size: 2\nsequence_len: 4096\ngradient_checkpointing: false\n",
      "run.sh": "accelerate launch --num_processes 2 train.py\n",
    },
    besideProject: [
      "accelerator=rtx-3090",
      'measured={"failed":"device-memory"}',
      "phase=train",
      "modality=llm",
      "task=sft",
    ],
  },
  "two cards compared within a budget": {
    text: "fine-tune Qwen2.5 7B with lora: L4 or A10G, budget $100",
    yaml: `model: Qwen/Qwen2.5-7B
method: lora
budgetUsd: 100
budgetPeriod: total
alternatives:
  - accelerator: l4
  - accelerator: a10g
phase: train
modality: llm
task: sft
`,
    flags: [
      "model=Qwen/Qwen2.5-7B",
      "method=lora",
      "budgetUsd=100",
      "budgetPeriod=total",
      'alternatives=[{"accelerator":"l4"},{"accelerator":"a10g"}]',
      "phase=train",
      "modality=llm",
      "task=sft",
    ],
    team: "budget: { amount: 100, currency: USD, period: total }\n",
    besideTeam: [
      "model=Qwen/Qwen2.5-7B",
      "method=lora",
      'alternatives=[{"accelerator":"l4"},{"accelerator":"a10g"}]',
      "phase=train",
      "modality=llm",
      "task=sft",
    ],
  },
  "a server within a month's budget": {
    text: "serve Llama 3.1 8B at 5 requests/s, budget $900 a month, eu only",
    yaml: `model: Llama 3.1 8B
phase: serve
requestsPerSecond: 5
budgetUsd: 900
budgetPeriod: month
constraints: [eu-only]
modality: llm
task: generation
`,
    flags: [
      "model=Llama 3.1 8B",
      "phase=serve",
      "requestsPerSecond=5",
      "budgetUsd=900",
      "budgetPeriod=month",
      "constraints=eu-only",
      "modality=llm",
      "task=generation",
    ],
    team: "budget: { amount: 900, currency: USD, period: month }\ncompliance: [eu-only]\n",
    besideTeam: ["model=Llama 3.1 8B", "phase=serve", "requestsPerSecond=5", "modality=llm", "task=generation"],
  },
  "a project with data": {
    text: "train bert-base-uncased for classification, we already have 400 labeled examples, average 60 tokens, wandb, seq length 128",
    yaml: `model: google-bert/bert-base-uncased
task: classification
exampleCount: 400
averageTokens: 60
sequenceLength: 128
dataStatus: have
tracker: wandb
phase: train
modality: llm
`,
    flags: [
      "model=google-bert/bert-base-uncased",
      "task=classification",
      "exampleCount=400",
      "averageTokens=60",
      "sequenceLength=128",
      "dataStatus=have",
      "tracker=wandb",
      "phase=train",
      "modality=llm",
    ],
    team: "tracker: wandb\n",
    besideTeam: [
      "model=google-bert/bert-base-uncased",
      "task=classification",
      "exampleCount=400",
      "averageTokens=60",
      "sequenceLength=128",
      "dataStatus=have",
      "phase=train",
      "modality=llm",
    ],
    project: {
      "requirements.txt": "wandb\n",
      "train.py":
        'm = AutoModelForSequenceClassification.from_pretrained("google-bert/bert-base-uncased")\nmax_seq_length = 128\n',
      "data/train.jsonl": rows(400),
    },
    besideProject: ["phase=train", "modality=llm"],
  },
};

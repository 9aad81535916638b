import type { Template } from "../generate.ts";

const gib = (value: number) => ({ min: value * 0.93, max: value * 1.02 });

/** What people paste instead of a description. */
export const evidence: Template[] = [
  {
    says: "{model} {adapter}, {batch}:\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.96 GiB. GPU 0 has a total capacity of 23.64 GiB of which 1.06 GiB is free. Including non-PyTorch memory, this process has 22.57 GiB memory in use. Of the allocated memory 20.01 GiB is allocated by PyTorch, and 2.10 GiB is reserved by PyTorch but unallocated.",
    means: { acceleratorMemoryGib: gib(24) },
    mayMean: { acceleratorCount: "*" },
  },
  {
    says: "why??\nRuntimeError: CUDA out of memory. Tried to allocate 250.00 MiB (GPU 0; 14.76 GiB total capacity; 13.34 GiB already allocated; 140.75 MiB free; 13.60 GiB reserved in total by PyTorch)\n{model} {adapter} {length}",
    means: { acceleratorMemoryGib: { min: 14.4, max: 16.1 } },
    mayMean: { acceleratorCount: "*" },
  },
  {
    says: "fsdp on {cards}, {model}:\n[rank3]: torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 3 has a total capacty of 79.15 GiB of which 89.25 MiB is free. Process 1234 has 79.05 GiB memory in use. Of the allocated memory 76.20 GiB is allocated by PyTorch, and 1.25 GiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting max_split_size_mb",
    mayMean: { acceleratorMemoryGib: "*", method: "*", framework: "*" },
  },
  {
    says: "got killed during {model} load, {card}, {ram}:\n[ 1234.56] Out of memory: Killed process 4242 (python) total-vm:98123456kB, anon-rss:64123456kB, file-rss:0kB",
    mayMean: {},
  },
  {
    says: "this is my box, {model} {adapter}?\n+-----------------------------------------------------------------------------+\n| NVIDIA-SMI 535.104.05   Driver Version: 535.104.05   CUDA Version: 12.2     |\n|-------------------------------+----------------------+----------------------+\n| GPU  Name        Persistence-M| Bus-Id        Disp.A | Volatile Uncorr. ECC |\n|===============================+======================+======================|\n|   0  NVIDIA GeForce RTX 3090  | 00000000:01:00.0 Off |                  N/A |\n| 30%   45C    P8    20W / 350W |    450MiB / 24576MiB |      0%      Default |\n+-------------------------------+----------------------+----------------------+\n|   1  NVIDIA GeForce RTX 3090  | 00000000:02:00.0 Off |                  N/A |\n| 30%   41C    P8    18W / 350W |     10MiB / 24576MiB |      0%      Default |\n+-------------------------------+----------------------+----------------------+",
    means: { accelerator: "rtx-3090", acceleratorCount: 2, acceleratorMemoryGib: gib(24) },
    mayMean: { owned: "*" },
  },
  {
    says: "{rows}, {model}\n$ nvidia-smi -L\nGPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)\nGPU 1: NVIDIA A100-SXM4-80GB (UUID: GPU-6d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)\nGPU 2: NVIDIA A100-SXM4-80GB (UUID: GPU-7d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)\nGPU 3: NVIDIA A100-SXM4-80GB (UUID: GPU-8d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)",
    means: { accelerator: "a100-80gb", acceleratorCount: 4, acceleratorMemoryGib: gib(80) },
    mayMean: { owned: "*" },
  },
  {
    says: "{card}. TrainingArguments(output_dir='out', per_device_train_batch_size=2, gradient_accumulation_steps=8, num_train_epochs=3, learning_rate=2e-4, bf16=True, gradient_checkpointing=True, optim='paged_adamw_8bit') {model} {adapter}",
    means: { microBatchSize: 2, epochs: 3 },
    mayMean: { framework: "*" },
  },
  {
    says: "oom with this:\npython train.py --model_name_or_path meta-llama/Llama-3.1-8B --per_device_train_batch_size 4 --max_seq_length 4096 --num_train_epochs 2 --bf16 --gradient_checkpointing\n{card}",
    means: { model: "Llama-3.1-8B", microBatchSize: 4, sequenceLength: 4096, epochs: 2 },
    mayMean: { framework: "*" },
  },
  {
    says: "axolotl cfg, {cards}:\nbase_model: mistralai/Mistral-7B-v0.1\nload_in_4bit: true\nadapter: qlora\nsequence_len: 4096\nmicro_batch_size: 2\nnum_epochs: 4\ngradient_accumulation_steps: 4\nlora_r: 32\nlora_alpha: 16\noptimizer: paged_adamw_32bit\ndatasets:\n  - path: mhenrichsen/alpaca_2k_test\n    type: alpaca",
    means: { model: "Mistral-7B", method: "qlora", sequenceLength: 4096, microBatchSize: 2, epochs: 4 },
    mayMean: { framework: "*", dataLocation: "*" },
  },
  {
    says: "llamafactory yaml:\nmodel_name_or_path: Qwen/Qwen2.5-7B-Instruct\nstage: sft\nfinetuning_type: lora\nlora_rank: 8\ncutoff_len: 2048\nmax_samples: 1000\nper_device_train_batch_size: 1\ngradient_accumulation_steps: 8\nnum_train_epochs: 3.0\nbf16: true\n{card}, ok?",
    means: {
      model: "Qwen2.5-7B",
      method: "lora",
      sequenceLength: 2048,
      microBatchSize: 1,
      epochs: 3,
      exampleCount: 1000,
    },
    mayMean: { framework: "*", task: "sft" },
  },
  {
    says: "torchtune recipe on {card}:\nmodel:\n  _component_: torchtune.models.llama3_1.lora_llama3_1_8b\n  lora_rank: 8\ntokenizer:\n  _component_: torchtune.models.llama3.llama3_tokenizer\n  max_seq_len: 8192\nbatch_size: 2\nepochs: 1\ngradient_accumulation_steps: 8\nenable_activation_checkpointing: True\ndtype: bf16",
    means: { model: "Llama-3.1-8B", method: "lora", sequenceLength: 8192, microBatchSize: 2, epochs: 1 },
    mayMean: { framework: "*" },
  },
  {
    says: "accelerate config:\ncompute_environment: LOCAL_MACHINE\ndistributed_type: FSDP\nmixed_precision: bf16\nnum_machines: 2\nnum_processes: 16\n{model} {method}, {name}s",
    means: { nodeCount: 2, acceleratorCount: 16 },
    mayMean: { framework: "*", deploymentTarget: "*" },
  },
  {
    says: 'ds_config.json:\n{ "train_micro_batch_size_per_gpu": 4, "gradient_accumulation_steps": 2, "bf16": { "enabled": true }, "zero_optimization": { "stage": 3, "offload_optimizer": { "device": "cpu" } } }\n{model} {method} on {cards}, {ram}',
    means: { microBatchSize: 4 },
    mayMean: { framework: "*" },
  },
  {
    says: "deepspeed launcher exits with code -9 on {cards}, {ram}, {model} {method}",
    mayMean: { framework: "deepspeed" },
  },
  {
    says: "unsloth: max_seq_length = 2048, load_in_4bit = True, r = 16, per_device_train_batch_size = 2, {model}, {card}",
    means: { sequenceLength: 2048, microBatchSize: 2 },
    mayMean: { method: "qlora", framework: "unsloth" },
  },
  {
    says: '{"model_name_or_path": "mistralai/Mistral-7B-v0.3", "per_device_train_batch_size": 8, "num_train_epochs": 2, "max_seq_length": 1024, "use_peft": true, "lora_r": 16} fits on {card}?',
    means: { model: "Mistral-7B", microBatchSize: 8, epochs: 2, sequenceLength: 1024, method: "lora" },
    mayMean: { framework: "*" },
  },
];

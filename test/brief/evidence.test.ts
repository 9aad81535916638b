import { describe, expect, it } from "vitest";
import { readText } from "../../src/brief/read.ts";
import { catalog } from "../../src/catalog/catalog.ts";

const read = (text: string) => readText(text, catalog, { today: "2026-11-22" });
const values = (text: string): Record<string, unknown> =>
  Object.fromEntries(Object.entries(read(text).brief).map(([field, said]) => [field, said.value]));

describe("a pasted out-of-memory error", () => {
  it("of PyTorch 2 says what was asked for, allocated and reserved; reserved adds what was cached to what was allocated", () => {
    const { measured, acceleratorMemoryGib } = values(
      "mistral 7b qlora dies:\ntorch.OutOfMemoryError: CUDA out of memory. Tried to allocate 1.96 GiB. GPU 0 has a total capacity of 23.64 GiB of which 1.06 GiB is free. Including non-PyTorch memory, this process has 22.57 GiB memory in use. Of the allocated memory 20.01 GiB is allocated by PyTorch, and 2.10 GiB is reserved by PyTorch but unallocated.",
    );
    expect(measured).toEqual({
      failed: "device-memory",
      triedToAllocateGib: 1.96,
      capacityGib: 23.64,
      freeGib: 1.06,
      deviceGib: 22.57,
      allocatedGib: 20.01,
      reservedGib: 20.01 + 2.1,
    });
    expect(acceleratorMemoryGib).toBe(24);
  });

  it("of PyTorch 1 counts MiB, and a card of 14.76 GiB was sold as one of 16", () => {
    const { measured, acceleratorMemoryGib } = values(
      "RuntimeError: CUDA out of memory. Tried to allocate 256.00 MiB (GPU 0; 14.76 GiB total capacity; 13.34 GiB already allocated; 128.00 MiB free; 13.60 GiB reserved in total by PyTorch)",
    );
    expect(measured).toEqual({
      failed: "device-memory",
      triedToAllocateGib: 0.25,
      capacityGib: 14.76,
      allocatedGib: 13.34,
      freeGib: 0.125,
      reservedGib: 13.6,
    });
    expect(acceleratorMemoryGib).toBe(16);
  });

  it("keeps the card that the person names, and none of its numbers becomes a wish", () => {
    const read = values(
      "fsdp on 4x A100 80GB, llama 3.1 70b lora:\n[rank3]: torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 224.00 MiB. GPU 3 has a total capacty of 79.15 GiB of which 89.25 MiB is free. Process 1234 has 79.05 GiB memory in use.",
    );
    expect(read).toMatchObject({ accelerator: "a100-80gb-sxm", acceleratorCount: 4, acceleratorMemoryGib: 80 });
    expect(Object.keys(read)).not.toContain("framework");
  });

  it("of the host is told from one of the device", () => {
    const killed =
      "[ 1234.56] Out of memory: Killed process 4242 (python) total-vm:98123456kB, anon-rss:67108864kB, file-rss:0kB";
    // 67,108,864 kB are 64 GiB.
    expect(values(`while loading mistral 7b:\n${killed}`).measured).toEqual({ failed: "host-memory", hostGib: 64 });
    expect(values("deepspeed exits with return code = -9, mistral 7b").measured).toEqual({ failed: "host-memory" });
  });

  it("told in words is a failure too, asked about it is none", () => {
    expect(values("qlora 70b on 2x3090 still OOMs").measured).toEqual({ failed: "device-memory" });
    expect(values("will it OOM? qlora 8b on a 3090").measured).toBeUndefined();
    expect(values("runs without OOM, qlora 8b on a 3090").measured).toBeUndefined();
  });
});

describe("pasted output of nvidia-smi", () => {
  it("shows equal cards, their memory, the fullest one's use and the driver", () => {
    const table = [
      "| NVIDIA-SMI 535.104.05   Driver Version: 535.104.05   CUDA Version: 12.2     |",
      "|   0  NVIDIA GeForce RTX 3090  | 00000000:01:00.0 Off |                  N/A |",
      "| 30%   45C    P8    20W / 350W |  12288MiB / 24576MiB |      0%      Default |",
      "|   1  NVIDIA GeForce RTX 3090  | 00000000:02:00.0 Off |                  N/A |",
      "| 30%   41C    P8    18W / 350W |     10MiB / 24576MiB |      0%      Default |",
    ].join("\n");
    expect(values(`my box:\n${table}\nmistral 7b lora?`)).toMatchObject({
      accelerator: "rtx-3090",
      acceleratorCount: 2,
      acceleratorMemoryGib: 24,
      measured: { capacityGib: 24, deviceGib: 12, driver: "535.104.05" },
      model: "mistralai/Mistral-7B-v0.3",
    });
  });

  it("lists cards by -L and by --query-gpu", () => {
    const listed = [0, 1, 2, 3].map((i) => `GPU ${i}: NVIDIA A100-SXM4-80GB (UUID: GPU-5d5ba0d6-${i})`).join("\n");
    expect(values(listed)).toMatchObject({
      accelerator: "a100-80gb-sxm",
      acceleratorCount: 4,
      acceleratorMemoryGib: 80,
    });
    expect(values("name, memory.total [MiB]\nNVIDIA L40S, 46068 MiB\nNVIDIA L40S, 46068 MiB")).toMatchObject({
      accelerator: "l40s",
      acceleratorCount: 2,
      acceleratorMemoryGib: 48,
    });
  });
});

describe("pasted output of AMD's tools", () => {
  it("amd-smi's table shows cards, memory in MiB, the fullest one's use and the driver", () => {
    const table = [
      "+------------------------------------------------------------------------------+",
      "| AMD-SMI 26.0.0+37d158ab      amdgpu version: 6.12.12  ROCm version: 7.0.0    |",
      "| Platform: Linux Baremetal                                                    |",
      "|-------------------------------------+----------------------------------------|",
      "| BDF                        GPU-Name | Mem-Uti   Temp   UEC       Power-Usage |",
      "| GPU  HIP-ID  OAM-ID  Partition-Mode | GFX-Uti    Fan               Mem-Usage |",
      "|=====================================+========================================|",
      "| 0000:05:00.0    AMD Instinct MI300X | 0 %      41 °C   0           124/750 W |",
      "|   0       0       0        SPX/NPS1 | 0 %        N/A         65536/196592 MB |",
      "|-------------------------------------+----------------------------------------|",
      "| 0000:15:00.0    AMD Instinct MI300X | 0 %      41 °C   0           124/750 W |",
      "|   1       1       1        SPX/NPS1 | 0 %        N/A           283/196592 MB |",
      "+-------------------------------------+----------------------------------------+",
    ].join("\n");
    // 196,592 MiB are 191.98 GiB, sold as 192; 65,536 MiB are 64 GiB.
    expect(values(`my box:\n${table}\nmistral 7b lora?`)).toMatchObject({
      accelerator: "mi300x",
      acceleratorCount: 2,
      acceleratorMemoryGib: 192,
      measured: { capacityGib: 196592 / 1024, deviceGib: 64, driver: "6.12.12" },
      model: "mistralai/Mistral-7B-v0.3",
    });
  });

  it("rocm-smi names cards and counts bytes, as text, CSV and JSON", () => {
    const text = [
      "============================ ROCm System Management Interface ============================",
      "GPU[0]\t\t: Card Series: \t\tAMD Instinct MI300X OAM",
      "GPU[0]\t\t: VRAM Total Memory (B): 206141652992",
      "GPU[0]\t\t: VRAM Total Used Memory (B): 17179869184",
      "GPU[1]\t\t: Card Series: \t\tAMD Instinct MI300X OAM",
      "GPU[1]\t\t: VRAM Total Memory (B): 206141652992",
      "GPU[1]\t\t: VRAM Total Used Memory (B): 0",
      "================================== End of ROCm SMI Log ===================================",
    ].join("\n");
    expect(values(text)).toMatchObject({
      accelerator: "mi300x",
      acceleratorCount: 2,
      acceleratorMemoryGib: 192,
      measured: { deviceGib: 16 },
    });
    const csv = [
      "device,GPU use (%),VRAM Total Memory (B),VRAM Total Used Memory (B),Card Series,Card Model,Card Vendor",
      "card0,0,21458059264,27856896,Radeon RX 7900 XT,0x744c,Advanced Micro Devices Inc. [AMD/ATI]",
    ].join("\n");
    // 21,458,059,264 bytes are 19.98 GiB, sold as 20.
    expect(values(csv)).toMatchObject({ acceleratorCount: 1, acceleratorMemoryGib: 20 });
    const json =
      '{"card0": {"VRAM Total Memory (B)": "206141652992", "VRAM Total Used Memory (B)": "1073741824", "Card Series": "AMD Instinct MI300X", "Card Model": "0x74a1"}}';
    expect(values(json)).toMatchObject({ accelerator: "mi300x", acceleratorCount: 1, measured: { deviceGib: 1 } });
  });

  it("rocm-smi's plain table knows a card by its PCI id", () => {
    const table = [
      "========================================== ROCm System Management Interface ==========================================",
      "Device  Node  IDs              Temp        Power     Partitions          SCLK    MCLK    Fan  Perf  PwrCap  VRAM%  GPU%",
      "0       2     0x74a1,   28851  43.0°C      141.0W    NPS1, SPX, 0        132Mhz  900Mhz  0%   auto  750.0W  0%     0%",
      "1       3     0x74a1,   51499  40.0°C      139.0W    NPS1, SPX, 0        132Mhz  900Mhz  0%   auto  750.0W  0%     0%",
    ].join("\n");
    expect(values(`${table}\nmistral 7b lora`)).toMatchObject({ accelerator: "mi300x", acceleratorCount: 2 });
  });

  it("amd-smi static and rocminfo list a processor beside the cards, which counts as none", () => {
    const listing =
      "$ amd-smi static\nGPU: 0\n    ASIC:\n        MARKET_NAME: AMD Instinct MI325X\n    VRAM:\n        TYPE: HBM3E\n        SIZE: 262128 MB\n";
    expect(values(listing)).toMatchObject({ accelerator: "mi325x", acceleratorCount: 1, acceleratorMemoryGib: 256 });
    const agents =
      "rocminfo\n  Marketing Name:          AMD EPYC 9654 96-Core Processor\n  Marketing Name:          AMD Instinct MI300X\n";
    expect(values(agents)).toMatchObject({ accelerator: "mi300x", acceleratorCount: 1 });
  });

  it("an out-of-memory error of HIP is read like one of CUDA", () => {
    const read = values(
      "mistral 7b full ft dies:\ntorch.OutOfMemoryError: HIP out of memory. Tried to allocate 1.88 GiB. GPU 0 has a total capacity of 23.98 GiB of which 1.70 GiB is free. 1.05 GiB allowed; Of the allocated memory 21.50 GiB is allocated by PyTorch, with 17.00 MiB allocated in private pools (e.g., HIP Graphs), and 256.00 MiB is reserved by PyTorch but unallocated. If reserved but unallocated memory is large try setting PYTORCH_HIP_ALLOC_CONF=expandable_segments:True to avoid fragmentation.",
    );
    expect(read.measured).toEqual({
      failed: "device-memory",
      triedToAllocateGib: 1.88,
      capacityGib: 23.98,
      freeGib: 1.7,
      allocatedGib: 21.5,
      reservedGib: 21.75,
    });
    expect(read).toMatchObject({ acceleratorMemoryGib: 24, method: "full", model: "mistralai/Mistral-7B-v0.3" });
    expect(values("hipErrorOutOfMemory on our MI300X, mistral 7b").measured).toEqual({ failed: "device-memory" });
  });

  it("the tools' names in a sentence are no paste", () => {
    expect(values("rocm-smi shows nothing odd, mistral 7b lora, 5k rows")).not.toHaveProperty("acceleratorCount");
  });
});

describe("a pasted configuration", () => {
  it("of axolotl fills the brief, and the set-up that ran", () => {
    const read = values(
      "base_model: mistralai/Mistral-7B-v0.1\nload_in_4bit: true\nadapter: qlora\nsequence_len: 4096\nmicro_batch_size: 2\ngradient_accumulation_steps: 4\nnum_epochs: 4\nlearning_rate: 0.0002\nlora_r: 32\nlora_alpha: 16\noptimizer: paged_adamw_32bit\nbf16: auto\ngradient_checkpointing: true\nflash_attention: true",
    );
    expect(read).toMatchObject({
      model: "mistralai/Mistral-7B-v0.1",
      method: "qlora",
      sequenceLength: 4096,
      microBatchSize: 2,
      epochs: 4,
      current: {
        gradientAccumulationSteps: 4,
        gradientCheckpointing: true,
        optimizer: "paged_adamw_32bit",
        dtype: "bf16-mixed",
        baseQuantization: "nf4",
        loraRank: 32,
        attention: "flash",
      },
    });
  });

  it("of LLaMA-Factory, of torchtune and of accelerate too", () => {
    expect(
      values(
        "model_name_or_path: Qwen/Qwen2.5-7B-Instruct\nstage: sft\nfinetuning_type: lora\ncutoff_len: 2048\nmax_samples: 1000\nper_device_train_batch_size: 1\nnum_train_epochs: 3.0",
      ),
    ).toMatchObject({
      model: "Qwen/Qwen2.5-7B-Instruct",
      method: "lora",
      sequenceLength: 2048,
      exampleCount: 1000,
      microBatchSize: 1,
      epochs: 3,
    });
    expect(
      values(
        "model:\n  _component_: torchtune.models.llama3_1.lora_llama3_1_8b\n  lora_rank: 8\ntokenizer:\n  max_seq_len: 8192\nbatch_size: 2\nepochs: 1\nenable_activation_checkpointing: True\ndtype: bf16",
      ),
    ).toMatchObject({
      model: "meta-llama/Llama-3.1-8B",
      method: "lora",
      sequenceLength: 8192,
      microBatchSize: 2,
      current: { loraRank: 8, gradientCheckpointing: true, dtype: "bf16" },
    });
    expect(
      values("distributed_type: FSDP\nmixed_precision: bf16\nnum_machines: 2\nnum_processes: 16\nllama 3.1 70b"),
    ).toMatchObject({ nodeCount: 2, acceleratorCount: 16, current: { sharding: "fsdp", dtype: "bf16-mixed" } });
  });

  it("of DeepSpeed says the stage and what is offloaded", () => {
    expect(
      values(
        '{ "train_micro_batch_size_per_gpu": 4, "gradient_accumulation_steps": 2, "zero_optimization": { "stage": 3, "offload_optimizer": { "device": "cpu" }, "offload_param": { "device": "cpu" } } } qwen2.5 7b full finetune',
      ),
    ).toMatchObject({
      microBatchSize: 4,
      current: { gradientAccumulationSteps: 2, sharding: "zero-3", offload: "optimizer+parameters" },
    });
  });

  it.each([
    [
      "peft's LoraConfig beside BitsAndBytesConfig",
      'LoraConfig(r=32, lora_alpha=64, target_modules=["q_proj", "v_proj"]), BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_use_double_quant=True)',
      { loraRank: 32, loraAlpha: 64, loraTargets: "qv", baseQuantization: "nf4-dq" },
    ],
    [
      "peft's adapter_config.json",
      '{"peft_type": "LORA", "r": 8, "lora_alpha": 16, "target_modules": ["k_proj", "q_proj", "o_proj", "v_proj"]}',
      { loraRank: 8, loraAlpha: 16, loraTargets: "attention" },
    ],
    [
      "axolotl",
      "adapter: lora\nlora_r: 16\nlora_target_modules:\n  - q_proj\n  - up_proj\nsample_packing: true\nlearning_rate: 2e-4",
      { loraRank: 16, loraTargets: "all-linear", packing: true, learningRate: 2e-4 },
    ],
    [
      "LLaMA-Factory",
      "finetuning_type: lora\nlora_target: all\nlora_rank: 8",
      { loraTargets: "all-linear", loraRank: 8 },
    ],
    [
      "torchtune",
      "optimizer:\n  _component_: bitsandbytes.optim.PagedAdamW8bit\n  lr: 2e-5\nmax_seq_len: 4096\npacked: True\nbatch_size: 2",
      { optimizer: "pagedadamw8bit", learningRate: 2e-5, packing: true },
    ],
    [
      "DeepSpeed",
      '{"bf16": {"enabled": true}, "zero_optimization": {"offload_optimizer": {"device": "cpu"}, "stage": 2}}',
      { dtype: "bf16-mixed", sharding: "zero-2", offload: "optimizer" },
    ],
  ])("of %s says rank, alpha, targets, rate, packing and precision where it sets them", (_, text, current) => {
    expect(values(text).current).toMatchObject(current);
  });

  it("as Python arguments and as flags reads the same", () => {
    const python = values(
      "TrainingArguments(per_device_train_batch_size=2, num_train_epochs=3, gradient_checkpointing=True, optim='adafactor')",
    );
    const flags = values(
      "--per-device-train-batch-size 2 --num_train_epochs 3 --gradient_checkpointing --optim adafactor",
    );
    for (const read of [python, flags])
      expect(read).toMatchObject({
        microBatchSize: 2,
        epochs: 3,
        current: { gradientCheckpointing: true, optimizer: "adafactor" },
      });
  });

  it("of torchrun multiplies processes by nodes", () => {
    expect(values("torchrun --nnodes 2 --nproc_per_node 8 train.py, llama 3.1 8b")).toMatchObject({
      nodeCount: 2,
      acceleratorCount: 16,
    });
  });

  it("gives way to what the person says beside it", () => {
    expect(values("want 5 epochs instead. num_train_epochs: 3\nmicro_batch_size: 2").epochs).toBe(5);
  });

  it("is not seen in prose: stage, optimizer and adapter are words", () => {
    expect(values("at this stage: lora on mistral 7b, optimizer: whatever")).not.toHaveProperty("current");
    expect(values("our target: all customers, packing: fruit, mistral 7b lora")).not.toHaveProperty("current");
  });
});

describe("a pasted plan.json", () => {
  const plan = (brief: object) => JSON.stringify({ schemaVersion: 1, planHash: "abc", brief });
  it("gives its brief back without what was assumed, and words around it overrule it", () => {
    const text = `what if 32 rank and 5 epochs? ${plan({
      model: { value: "Qwen/Qwen3-8B", from: "stated" },
      epochs: { value: 3, from: "stated" },
      sequenceLength: { value: 2048, from: "assumed" },
    })}`;
    const read = values(text);
    expect(read).toMatchObject({ model: "Qwen/Qwen3-8B", epochs: 5 });
    expect(read).not.toHaveProperty("sequenceLength");
  });

  it("passes on no field and no value that a brief cannot hold", () => {
    expect(values(plan({ model: { value: 7, from: "stated" }, nonsense: { value: 1, from: "stated" } }))).toEqual({});
  });
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { cleanEnvironment, preparedPython } from "../../scripts/python-environment.mjs";
import { readTemplate } from "../../src/adapters/files.ts";
import { AdvisorError } from "../../src/error.ts";
import { advise, catalog, type Plan, readText } from "../../src/index.ts";
import type { TrainingSettings } from "../../src/plan/plan.ts";
import { scaffold } from "../../src/project/scaffold.ts";
import { llamaOnOneRtx4090 } from "./plan.fixture.ts";

const template = await readTemplate("transformers-sft");
const LAUNCH = "configs/accelerate.yaml";
const ZERO = "configs/deepspeed.json";

function trainedAs(change: Partial<TrainingSettings>, choice = "ddp"): Plan {
  const plan = llamaOnOneRtx4090();
  const training = { ...plan.training!, optimizer: "adamw" as const, ...change };
  const { acceleratorCount, nodeCount } = training;
  const distributed = { ...plan.decisions[0]!, name: "distributed" as const, choice, title: choice };
  return {
    ...plan,
    training,
    hardware: { ...plan.hardware!, acceleratorCount, nodeCount },
    decisions: [...plan.decisions, distributed],
  };
}
const project = (plan: Plan): Map<string, string> =>
  scaffold(plan, template, { projectName: "support-assistant", planMarkdown: "# Plan\n" });
const launchOf = (plan: Plan): Record<string, unknown> => parse(project(plan).get(LAUNCH)!, { version: "1.1" });
const zeroOf = (plan: Plan): Record<string, Record<string, unknown>> => JSON.parse(project(plan).get(ZERO)!);

const full = { method: "full", baseQuantization: "none", dtype: "bf16-mixed" } as const;
const lora = { method: "lora", baseQuantization: "none", dtype: "bf16-mixed" } as const;
const qlora = { method: "qlora", baseQuantization: "nf4", dtype: "bf16-mixed" } as const;
const two = { acceleratorCount: 2 };
const eight = { acceleratorCount: 8 };
const sixteen = { acceleratorCount: 16, nodeCount: 2 };

/** Every way to spread a run that a plan may choose. */
const SPREAD: [string, Plan][] = [
  ["one device", trainedAs({}, "single")],
  ["two copies", trainedAs({ ...two })],
  ["eight copies", trainedAs({ ...eight })],
  ["sixteen copies on two machines", trainedAs({ ...sixteen })],
  ["full fine-tuning under FSDP", trainedAs({ ...full, ...eight, sharding: "fsdp" }, "fsdp")],
  ["LoRA under FSDP on two machines", trainedAs({ ...lora, ...sixteen, sharding: "fsdp" }, "fsdp")],
  ["QLoRA under FSDP", trainedAs({ ...qlora, ...two, sharding: "fsdp" }, "fsdp")],
  ["ZeRO-2", trainedAs({ ...full, ...eight, sharding: "zero-2" }, "zero-2")],
  [
    "one device with optimizer states in host memory",
    trainedAs({ ...full, sharding: "zero-2", offload: "optimizer" }, "offload"),
  ],
  [
    "ZeRO-3 with everything in host memory, on two machines",
    trainedAs({ ...full, ...sixteen, sharding: "zero-3", offload: "optimizer+parameters" }, "offload"),
  ],
];
const spread = (name: string): Plan => SPREAD.find(([known]) => known === name)![1];

test("one process a device over all machines, and copies where nothing is cut", () => {
  expect(launchOf(spread("one device"))).toMatchObject({ distributed_type: "NO", num_processes: 1, num_machines: 1 });
  expect(launchOf(spread("two copies"))).toMatchObject({ distributed_type: "MULTI_GPU", num_processes: 2 });
  expect(launchOf(spread("eight copies"))).toMatchObject({ distributed_type: "MULTI_GPU", num_processes: 8 });
  expect(launchOf(spread("sixteen copies on two machines"))).toMatchObject({ num_processes: 16, num_machines: 2 });
});

test("FSDP is version 2 and shards checkpoints; a quantised base is read by each process", () => {
  const sharded = launchOf(spread("full fine-tuning under FSDP"));
  expect(sharded).toMatchObject({ distributed_type: "FSDP", num_processes: 8 });
  expect(sharded.fsdp_config).toMatchObject({
    fsdp_version: 2,
    fsdp_reshard_after_forward: true,
    fsdp_state_dict_type: "SHARDED_STATE_DICT",
    fsdp_cpu_ram_efficient_loading: true,
  });
  expect(launchOf(spread("LoRA under FSDP on two machines"))).toMatchObject({ num_processes: 16, num_machines: 2 });
  expect(launchOf(spread("QLoRA under FSDP")).fsdp_config).toMatchObject({ fsdp_cpu_ram_efficient_loading: false });
});

test("ZeRO is a file of DeepSpeed's own, with what the plan puts into host memory", () => {
  const plan = spread("ZeRO-3 with everything in host memory, on two machines");
  expect(launchOf(plan)).toMatchObject({
    distributed_type: "DEEPSPEED",
    num_processes: 16,
    deepspeed_config: { deepspeed_config_file: ZERO, zero3_init_flag: true, deepspeed_multinode_launcher: "standard" },
  });
  const host = { device: "cpu", pin_memory: true };
  expect(zeroOf(plan).zero_optimization).toMatchObject({ stage: 3, offload_optimizer: host, offload_param: host });
  const onOne = spread("one device with optimizer states in host memory");
  expect(launchOf(onOne)).toMatchObject({ distributed_type: "DEEPSPEED", num_processes: 1 });
  expect(zeroOf(onOne).zero_optimization).toMatchObject({ stage: 2, offload_optimizer: host });
  expect(zeroOf(onOne).zero_optimization).not.toHaveProperty("offload_param");
  expect(zeroOf(spread("ZeRO-2")).zero_optimization).not.toHaveProperty("offload_optimizer");
});

/** Fields of DeepSpeedZeroConfig in deepspeed 0.19.8, runtime/zero/config.py: it refuses any other. */
const ZERO_FIELDS = [
  "stage",
  "offload_optimizer",
  "offload_param",
  "overlap_comm",
  "contiguous_gradients",
  "reduce_bucket_size",
  "stage3_prefetch_bucket_size",
  "stage3_param_persistence_threshold",
  "stage3_gather_16bit_weights_on_model_save",
];

test.each(SPREAD)(
  "%s has DeepSpeed's files where it needs them, and then only keys that DeepSpeed knows",
  (_, plan) => {
    const files = project(plan);
    const zero = plan.training!.sharding.startsWith("zero");
    expect([...files.keys()].filter((path) => /deepspeed/.test(path))).toEqual(
      zero ? [ZERO, "distributed/deepspeed/requirements.lock", "distributed/deepspeed/requirements.txt"] : [],
    );
    if (zero) expect(ZERO_FIELDS).toEqual(expect.arrayContaining(Object.keys(zeroOf(plan).zero_optimization!)));
  },
);

test.each(SPREAD)("%s is told in the README with how it is started", (_, plan) => {
  const { acceleratorCount, nodeCount, sharding } = plan.training!;
  const readme = project(plan).get("README.md")!;
  expect(readme).not.toContain("this version's training uses");
  expect(readme.includes("one a device")).toBe(acceleratorCount > 1 || sharding.startsWith("zero"));
  expect(readme.includes("NODE_RANK=0")).toBe(nodeCount > 1);
});

const python = preparedPython();
describe.skipIf(python === undefined && process.env.CI !== "true")("accelerate's own parser", () => {
  test("takes every file, and knows every key below fsdp_config and deepspeed_config as an argument", () => {
    const folder = mkdtempSync(join(tmpdir(), "launch-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const paths = SPREAD.map(([, plan], at) => {
      const path = join(folder, `${at}.yaml`);
      writeFileSync(path, project(plan).get(LAUNCH)!);
      return path;
    });
    const read = execFileSync(python!, ["-c", READ, ...paths], { env: cleanEnvironment(), encoding: "utf8" });
    const settings: { type: string; processes: number; machines: number; unknown: string[] }[] = JSON.parse(read);
    expect(settings.map(({ processes, machines }) => [processes, machines])).toEqual(
      SPREAD.map(([, { training }]) => [training!.acceleratorCount, training!.nodeCount]),
    );
    expect(settings.flatMap(({ unknown }) => unknown)).toEqual([]);
  }, 60_000);
});
const READ = `
import json, sys
from accelerate.commands.config import load_config_from_file
from accelerate.commands.launch import launch_command_parser
known = vars(launch_command_parser().parse_args(["script.py"]))
def read(path):
    c = load_config_from_file(path)
    nested = {**c.fsdp_config, **c.deepspeed_config}
    return {"type": c.distributed_type.value, "processes": c.num_processes, "machines": c.num_machines,
            "unknown": [key for key in nested if key not in known]}
print(json.dumps([read(path) for path in sys.argv[1:]]))
`;

test.each<[Partial<TrainingSettings>, string]>([
  [{ ...full, ...eight, sharding: "fsdp", optimizer: "adamw-8bit" }, "does not step on the shards"],
  [{ ...qlora, baseQuantization: "int8", ...two, sharding: "fsdp" }, "8-bit weights cannot be cut"],
  [{ ...qlora, ...two, sharding: "zero-3" }, "without their scales"],
  [{ ...full, dtype: "bf16", ...two, sharding: "zero-2" }, "does not train with dtype bf16"],
  [{ ...full, optimizer: "adamw-8bit", sharding: "zero-2", offload: "optimizer" }, "adamw-8bit"],
  [{ ...full, ...two, sharding: "fsdp", offload: "optimizer+parameters" }, "DeepSpeed's in this version"],
  [{ ...full, acceleratorCount: 9, nodeCount: 2, sharding: "fsdp" }, "not alike on 2 machines"],
])("a plan that its trainer could not run is refused with the reason: %j", (change, reason) => {
  const refused = (): unknown => project(trainedAs(change));
  expect(refused).toThrow(AdvisorError);
  expect(refused).toThrow(reason);
});

const day = { today: "2026-11-20" };
test.each([
  "Full fine-tune Llama 3.1 8B on 100k chats with 8x H100",
  "Fine-tune Llama 3.1 70B with LoRA on 50k chats with 8x A100 80GB",
  "QLoRA of Llama 3.1 70B on 20k chats on two RTX 4090",
  "Full fine-tune of a 13B model on 50k chats, 4x A100 40GB",
  "Full fine-tune Qwen 2.5 72B on 200k chats on 16 H100 in two nodes",
  "Full fine-tune Llama 3.1 8B on 50k chats on 2x A100 80GB with 1 TB of RAM",
])("what the planner answers is a project that its trainer takes: %s", (words) => {
  const plan = advise(readText(words, catalog, day), catalog, day);
  if (plan.status !== "feasible") return;
  const launch = launchOf(plan);
  expect(launch.num_processes).toBe(plan.training!.acceleratorCount);
  expect(launch.num_machines).toBe(plan.training!.nodeCount);
});

import { asConfiguration, CONFIG_KEYS } from "../plan/configuration.ts";
import { hasKey } from "./configs.ts";
import { command, type ProjectContext } from "./context.ts";
import { servedByVllm } from "./deployment-settings.ts";
import { isText } from "./example.ts";
import { code, list, page, sentence } from "./markdown.ts";
import { gib, hours, number, ranged, seconds, secondsPerStep } from "./quantities.ts";

/** README's troubleshooting: memory and GPU first, since they end most first runs. */
export function troubleshooting(context: ProjectContext): string {
  const { plan, training } = context;
  const install = command(context, ["install", "setup"], "pip install --require-hashes -r requirements.lock");
  return page(
    "## Troubleshooting",
    training ? outOfMemory(context) : outOfMemoryServing(context),
    page(
      "### The GPU is not found, or CUDA does not start",
      list([
        "`nvidia-smi` must list the card. If it does not, the driver is missing, or a container was started without `--gpus all`.",
        'Inside the environment: `python -c "import torch; print(torch.__version__, torch.version.cuda, torch.cuda.is_available())"`. `False` beside a listed card means the driver is older than that CUDA needs, or that a CPU build of torch was installed.',
        "`no kernel image is available`: the card is newer or older than this build of PyTorch supports.",
        "`CUDA error: device-side assert`: run once with `CUDA_LAUNCH_BLOCKING=1`, the trace then names the true place. Most often a token id is outside the vocabulary.",
        "`Xid` lines in `dmesg`: hardware or power. Lower the power limit (`nvidia-smi -pl`) or try another machine.",
      ]),
    ).trimEnd(),
    training &&
      page(
        "### Numbers go wrong",
        list([
          ...(training.dtype === "fp16-mixed"
            ? [
                "The loss is `nan`: this plan uses fp16, which overflows sooner than bf16. Halve training.learning_rate and raise training.warmup_ratio.",
              ]
            : [
                "The loss is `nan` or jumps: halve training.learning_rate; look at the examples of that step (the log has its number).",
              ]),
          `The loss does not fall: look at five examples as the model reads them (notebooks/exploration.ipynb)${hasKey(context, "data.mask_prompt") ? ", at data.format and data.mask_prompt" : ""}; then try three times the learning rate.`,
          "Training is good, validation is not: leaks or duplicates (the data report shows them), or too many epochs: set training.early_stopping_patience.",
          ...(training.attention === "flash"
            ? [
                "`flash_attn` is not installed, or fails to import: set model.attention to sdpa, which uses PyTorch's own flash kernels.",
              ]
            : []),
        ]),
      ).trimEnd(),
    processes(context),
    training &&
      page(
        "### It is slow",
        list([
          ...(plan.time
            ? [
                `The plan expects ${ranged(plan.time.trainHours, hours)}: about ${seconds(secondsPerStep(plan.time))} for one optimizer step, set-up and evaluation apart. Compare after the first hundred; the first ones are slower.`,
              ]
            : []),
          "`nvidia-smi dmon`: a low `sm` column means that the card waits for data or for the disk; a full one with a low clock means heat or a power limit.",
          ...(hasKey(context, "data.packing") ? ["Short examples waste padding: try data.packing."] : []),
        ]),
      ).trimEnd(),
    page(
      "### Downloads and keys",
      list([
        `401 or 403 from the hub: ${context.workload.model.gated ? "this model is gated: ask for access on its page, then" : "the model may be gated or private:"} set HF_TOKEN (SECURITY.md says how to get one).`,
        "No network: download the model elsewhere, set model.id to the folder, and `HF_HUB_OFFLINE=1`.",
        `The disk is full: \`HF_HOME\` moves the hub's cache${training ? "; old checkpoints are in project.output_dir" : ""}.`,
        `An installation that fails on a hash: the lock is for Python ${context.template.manifest.python}; use that, start a fresh \`.venv\`, and run ${code(install)} again.`,
      ]),
    ).trimEnd(),
    training &&
      page(
        "### The run was stopped",
        list([
          "Start the same command again: it goes on from the last complete checkpoint (training.resume: auto).",
          "Exit code 71: out of memory. 75: it was told to stop and saved a checkpoint. 2: configuration or data. 3: something outside.",
        ]),
      ).trimEnd(),
  ).trimEnd();
}

/** What only runs of several processes have. */
function processes({ training: t }: ProjectContext): string | undefined {
  if (t === undefined || t.acceleratorCount === 1) return undefined;
  return page(
    "### Several processes",
    list([
      "It hangs at the start: the machines or cards do not reach each other. `NCCL_DEBUG=INFO` shows where; behind a firewall open MASTER_PORT, and name the network with `NCCL_SOCKET_IFNAME`.",
      "It hangs in the middle, and one card is idle: the log of that process has the reason; the others wait for it until the launcher ends them.",
      "`torch sees` fewer cards than processes: the container was given fewer (`--gpus all`), or CUDA_VISIBLE_DEVICES hides some.",
      "NCCL fails with `unhandled system error` in a container: shared memory is too small; start it with `--ipc=host`.",
      "`holds checkpoints of another run; different: processes`: it goes on with as many processes as it had; for another number start anew.",
      ...(t.nodeCount > 1
        ? [
            "`output_not_shared` in the log: each machine writes its own part of a checkpoint, and a resume needs all of them in one folder.",
          ]
        : []),
    ]),
  ).trimEnd();
}

/** Of a plan that serves alone: the limits that the server holds memory for. */
function outOfMemoryServing(context: ProjectContext): string {
  const { memory } = context.plan;
  const byVllm = servedByVllm(context);
  return page(
    "### CUDA out of memory",
    memory &&
      `The plan needs ${ranged(memory.neededGib, gib)} of ${gib(memory.usableGib)} on each device${byVllm ? ", and the engine takes its whole share of the card whatever it needs" : ""}; the largest part is ${code(memory.bindingTerm)}.`,
    "First look whether something else is on the card (`nvidia-smi`). Then, in this order:",
    list([
      ...(byVllm
        ? [
            "`max-num-seqs` in inference/vllm/engine.yaml: fewer requests at a time; the others wait.",
            "`max-model-len` there, with serving.max_input_tokens in configs/serve.yaml: a shorter prompt and answer.",
            "`gpu-memory-utilization` there: lower, where another program needs its part of the card.",
          ]
        : [
            "serving.max_concurrent_requests in configs/serve.yaml: fewer at a time; the others wait.",
            ...["serving.max_input_tokens", "serving.max_new_tokens"]
              .filter((key) => hasKey(context, key))
              .map((key) => `${key} there: shorter.`),
          ]),
    ]),
  ).trimEnd();
}

function outOfMemory(context: ProjectContext): string {
  const { memory } = context.plan;
  const probe = command(context, ["probe", "probe-memory"], "python scripts/probe_memory.py");
  const planned = repairLines(context);
  const fixes =
    planned.length > 0
      ? planned
      : [
          "training.micro_batch_size: half, with twice the training.gradient_accumulation_steps: the same result.",
          "training.gradient_checkpointing: true: about a third more time.",
          "training.fused_loss: true: the same loss, without the whole logits.",
          "model.max_length: shorter, where the longest examples may be cut.",
          "model.image_size: smaller, where the model takes it.",
          "model.max_pixels: smaller pictures take fewer tokens.",
        ].filter((line) => hasKey(context, line.slice(0, line.indexOf(":"))));
  return page(
    "### CUDA out of memory",
    memory &&
      `The plan needs ${ranged(memory.neededGib, gib)} of ${gib(memory.usableGib)} on each device; the peak is the moment "${memory.peakMoment}", and the largest part to cut is ${code(memory.bindingTerm)}. ${code(probe)} measures it in two steps.`,
    "First look whether something else is on the card (`nvidia-smi`): a forgotten notebook, a desktop, a second run. Then, in this order:",
    list(fixes),
    list([
      "It fails at evaluation, not in training: evaluation.batch_size: 1.",
      ...(isText(context.workload)
        ? ["It fails after hours: a longer example came. The longest one is tried first only in the probe."]
        : []),
      "`reserved but unallocated` is large in the message: `PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True`.",
      "The process is killed without a message: host memory, not the card's. Look in `dmesg` for the kernel's out-of-memory killer.",
      ...(memory?.warnings ?? []).map((w) => sentence(w.text)),
    ]),
  ).trimEnd();
}

/** The plan's repairs as configuration, the cheapest first. */
const repairLines = (context: ProjectContext): string[] =>
  (context.plan.memory?.repairs ?? [])
    .filter((r) => Object.keys(r.change).every((field) => hasKey(context, CONFIG_KEYS[field] ?? field)))
    .map(
      (r) =>
        `${code(asConfiguration(r.change))}: ${gib(r.deviceGib)} expected, ${number(r.timeFactor)} times the time. ${sentence(r.cost)}`,
    );

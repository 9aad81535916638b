import { CONFIG_FILES } from "./configs.ts";
import { settingsOf } from "./configuration-values.ts";
import { type YamlScalar, yamlScalar } from "./yaml-edit.ts";

/** A project tried in a minute: what each step runs, and with which settings. */

export const SMOKE_OVERLAY = "configs/smoke.yaml";
/** Where it writes: beside the project's own runs, so that it never goes on from one of them. */
export const SMOKE_OUTPUT = "outputs/notebook";

/** Makes the pictures and sounds of the sample data, in projects that have some. */
export const MAKE_SAMPLE = "scripts/make_sample.py";

export const SMOKE_STEPS = ["parse", "data", "model", "train", "serve"] as const;
export type SmokeStep = (typeof SMOKE_STEPS)[number];

export const isSmokeStep = (word: string): word is SmokeStep => (SMOKE_STEPS as readonly string[]).includes(word);

/** How a step is run: by the project's own programs, or by a few lines over its own packages. */
type SmokeProgram = { script: string; options: readonly string[] } | { python: string };

export interface SmokeStepEntry {
  title: string;
  does: string;
  program: SmokeProgram;
  /** Longer than this it is stopped. */
  minutes: number;
  /** The section whose keys are looked at first when it fails. */
  section: string;
}

/** The arguments that every program of a project takes. */
const CONFIGURED = `from pipeline.cli import config_from, parser
config = config_from(parser(None).parse_args())`;

const PARSE = `from pipeline.config import load_config
from pipeline.settings import config_hash
config = load_config("configs")
print(f"configuration {config_hash(config)}: {config.model.id}, {config.method.name}, {config.training.dtype}, "
      f"{config.training.micro_batch_size} x {config.training.gradient_accumulation_steps} examples a step")
${CONFIGURED}
print(f"smoke test: {config.model.id}, {config.method.name}, {config.training.dtype}")`;

const INITIALISE = `${CONFIGURED}
from pipeline.data import load_dataset
from pipeline.model import load_for_training, load_processor
model, processor = load_for_training(config), load_processor(config)
trained = sum(p.numel() for p in model.parameters() if p.requires_grad)
print(f"{len(load_dataset(config.data.train_path, processor, config))} examples, {trained} trained parameters")`;

/** The server as a process of its own, one request, and its end: it must start, answer and stop when it is told to. */
const SERVE = `import json, socket, subprocess, sys, time, urllib.error, urllib.request
from inference.payload import payload
from inference.routes import PATH, sample_request
${CONFIGURED}
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
server = subprocess.Popen([sys.executable, "-m", "inference", *sys.argv[1:], "--set", f"serving.port={port}",
                           "--set", "serving.host=127.0.0.1"])
url = f"http://127.0.0.1:{port}"
try:
    while True:
        if server.poll() is not None:
            sys.exit(server.returncode or 3)
        try:
            urllib.request.urlopen(f"{url}/readyz", timeout=5).close()
            break
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        except OSError:
            pass
        time.sleep(0.2)
    fields = sample_request(config)
    if "max_tokens" in fields:
        fields["max_tokens"] = 8
    body, kind = payload(fields)
    request = urllib.request.Request(url + PATH, body, {"Content-Type": kind})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=120) as response:
        answer = json.load(response)
    tokens = answer.get("usage", {}).get("completion_tokens")
    counted = "" if tokens is None else f"{tokens} tokens "
    print(f"answered {response.status}: {counted}in {time.perf_counter() - began:.2f} s")
finally:
    server.terminate()
    code = server.wait(60)
print(f"stopped when it was told to, exit code {code}")
sys.exit(0 if code == 0 else 3)`;

export const SMOKE: Readonly<Record<SmokeStep, SmokeStepEntry>> = {
  parse: {
    title: "Parse the configuration",
    does: "the project's own loader reads every file",
    program: { python: PARSE },
    minutes: 2,
    section: "training",
  },
  data: {
    title: "Load the sample data",
    does: "every row is read and checked",
    program: { script: "scripts/prepare_data.py", options: ["--check-only"] },
    minutes: 5,
    section: "data",
  },
  model: {
    title: "Initialise the model",
    does: "weights, adapter and tokenizer",
    program: { python: INITIALISE },
    minutes: 30,
    section: "model",
  },
  train: {
    title: "Two steps and an evaluation",
    does: "longest samples first; memory and speed are measured",
    program: { script: "scripts/probe_memory.py", options: [] },
    minutes: 30,
    section: "training",
  },
  serve: {
    title: "Serve once",
    does: "the server starts, answers one request and stops",
    program: { python: SERVE },
    minutes: 15,
    section: "serving",
  },
};

/** What a smoke test runs with: arguments of the project's programs, and what of the configuration is not tried here. */
export interface SmokeSettings {
  arguments: string[];
  /** `method.name: lora in place of qlora` */
  replaced: string[];
}

/** Keys that a tiny model on a processor obeys as any other model would: they are tried as the project has them. */
const TRIED = [
  "method.name",
  "method.lora_rank",
  "method.lora_alpha",
  "method.lora_dropout",
  "method.lora_targets",
  "data.mask_prompt",
  "data.packing",
  "training.loss",
  "training.beta",
  "training.label_smoothing",
  "training.class_weights",
  "training.negatives_from",
  "training.temperature",
  "training.micro_batch_size",
  "training.gradient_accumulation_steps",
  "training.learning_rate",
  "training.scheduler",
  "training.weight_decay",
  "training.max_grad_norm",
  "training.gradient_checkpointing",
  "training.fused_loss",
  "evaluation.batch_size",
] as const;
/** What the overlay states in place of what needs the hub or an accelerator. */
const REPLACED = ["model.id", "method.name", "method.quantization", "training.optimizer", "training.dtype"] as const;

/**
 * With an accelerator the project's own configuration is tried, on the sample data, every sequence as long as the
 * configuration allows: that is what `calibrate` compares with the plan. Without one it is tried as far as a tiny model
 * on a processor can: batches, adapters, packing, losses.
 */
export function smokeSettings(files: ReadonlyMap<string, string>, accelerator: boolean): SmokeSettings {
  const configured = settingsOf(CONFIG_FILES.map((path) => files.get(path) ?? ""));
  const common = { "project.output_dir": SMOKE_OUTPUT, "serving.model_path": null };
  if (accelerator) {
    const sample = {
      "data.train_path": "data/sample/train.jsonl",
      "data.validation_path": "data/sample/validation.jsonl",
      "tracking.provider": "none",
    };
    return { arguments: settingArguments({ ...common, ...sample }), replaced: [] };
  }
  const overlay = settingsOf([files.get(SMOKE_OVERLAY) ?? ""]);
  const tried = Object.fromEntries(
    TRIED.flatMap((key) =>
      configured.has(key) && runsOnProcessor(key, configured.get(key)) ? [[key, configured.get(key)]] : [],
    ),
  );
  const replaced = REPLACED.filter((key) => configured.has(key) && !(key in tried))
    .filter((key) => configured.get(key) !== overlay.get(key))
    .map((key) => `${key}: ${overlay.get(key)} in place of ${configured.get(key)}`);
  return { arguments: ["--overlay", SMOKE_OVERLAY, ...settingArguments({ ...common, ...tried })], replaced };
}

const runsOnProcessor = (key: string, value: unknown): boolean =>
  !(key === "method.name" && value === "qlora") && !(key === "method.lora_targets" && Array.isArray(value));

const settingArguments = (settings: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(settings).flatMap(([key, value]) => ["--set", `${key}=${yamlScalar(value as YamlScalar)}`]);

/** The words after `python` for one step. */
export function smokeCommand(step: SmokeStep, settings: SmokeSettings, accelerator: boolean): string[] {
  const { program } = SMOKE[step];
  if ("python" in program) return ["-c", program.python, ...settings.arguments];
  const whole = step === "train" && accelerator ? ["--full-length"] : [];
  return [program.script, ...settings.arguments, ...program.options, ...whole];
}

"""Measures one training set-up in a process of its own, and prints one JSON object.

Two optimizer steps and an evaluation at the full length, as the generated project's probe does, then
a few steps more for the rate: the first ones pay for the optimizer's states and for autotuning.
"""

from __future__ import annotations

import contextlib
import gc
import json
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from grid import MODELS, Case

GIB = 2**30
STEPS = 2
TIMED_STEPS = 3
CHUNK_TOKENS = 1024
PACKAGES = ("torch", "transformers", "peft", "accelerate", "bitsandbytes")
CUDA = torch.cuda.is_available()
DEVICE = "cuda" if CUDA else "cpu"


def config_of(model: dict[str, Any], attention: str) -> Any:
    """A transformers configuration with these dimensions."""
    from transformers import LlamaConfig, Qwen3Config

    kind = {"llama": LlamaConfig, "qwen3": Qwen3Config}[model["kind"]]
    config = kind(
        hidden_size=model["hidden"],
        num_hidden_layers=model["layers"],
        num_attention_heads=model["heads"],
        num_key_value_heads=model["kv"],
        head_dim=model["head_dim"],
        intermediate_size=model["mlp"],
        vocab_size=model["vocab"],
        tie_word_embeddings=model["tied"],
        max_position_embeddings=16_384,
        use_cache=False,
    )
    config._attn_implementation = attention
    return config


def weights_folder(case: Case, work: Path) -> Path:
    """Random weights on disk in 16 bits, made once a model: loading is then what a real run does."""
    from transformers import AutoModelForCausalLM

    folder = work / case["model"]
    if not (folder / "config.json").exists():
        config = config_of(MODELS[case["model"]], "sdpa")
        torch.manual_seed(0)
        try:
            with torch.device(DEVICE):
                model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
        except torch.OutOfMemoryError:
            # Too large for the card in 16 bits, which says nothing of the case: slowly, on the processor.
            model = AutoModelForCausalLM.from_config(config, dtype=torch.bfloat16)
        staged = folder.with_name(folder.name + ".part")
        model.save_pretrained(staged)
        staged.rename(folder)
        del model
        gc.collect()
        if CUDA:
            torch.cuda.empty_cache()
    return folder


def base_dtype(case: Case) -> torch.dtype:
    """How the base is held: full training under autocast keeps fp32 weights."""
    full = case["method"] == "full"
    return torch.float32 if case["dtype"] == "fp32" or (full and "mixed" in case["dtype"]) else torch.bfloat16


def load(case: Case, folder: Path) -> Any:
    """The model, ready to train."""
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    options: dict[str, Any] = {"dtype": base_dtype(case), "attn_implementation": case["attention"]}
    if case["method"] == "qlora":
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.bfloat16
        )
    model = AutoModelForCausalLM.from_pretrained(folder, device_map={"": DEVICE}, **options)
    model.config.use_cache = False
    kwargs = {"use_reentrant": False}
    if case["method"] == "qlora":
        from peft import prepare_model_for_kbit_training

        model = prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=case["checkpointing"], gradient_checkpointing_kwargs=kwargs
        )
    elif case["checkpointing"]:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs=kwargs)
        if case["method"] != "full":
            model.enable_input_require_grads()
    if case["method"] != "full":
        from peft import LoraConfig, get_peft_model

        model = get_peft_model(
            model,
            LoraConfig(r=case["lora_rank"], lora_alpha=2 * case["lora_rank"], target_modules="all-linear",
                       task_type="CAUSAL_LM"),
            autocast_adapter_dtype=case["dtype"] != "bf16",
        )
    model.train()
    return model


def optimizer_of(case: Case, model: Any) -> Any:
    """The optimizer that the name stands for in transformers."""
    parameters = [p for p in model.parameters() if p.requires_grad]
    name = case["optimizer"]
    if name == "adamw":
        return torch.optim.AdamW(parameters, lr=1e-5)
    if name == "sgd":
        return torch.optim.SGD(parameters, lr=1e-5)
    if name == "adafactor":
        from transformers.optimization import Adafactor

        return Adafactor(parameters, lr=1e-5, scale_parameter=False, relative_step=False)
    import bitsandbytes

    kinds = {"adamw-8bit": bitsandbytes.optim.AdamW8bit, "paged-adamw-8bit": bitsandbytes.optim.PagedAdamW8bit}
    return kinds[name](parameters, lr=1e-5)


def chunk_loss(head: Any, hidden: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of a few tokens."""
    return functional.cross_entropy(head(hidden).float(), targets, reduction="sum")


def loss_of(case: Case, model: Any, ids: torch.Tensor) -> torch.Tensor:
    """The stock loss, or the same sum over chunks of tokens so that the logits never exist whole."""
    if not case["fused_loss"]:
        return model(input_ids=ids, labels=ids).loss
    causal = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = causal.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state
    hidden, targets = hidden[:, :-1].reshape(-1, hidden.shape[-1]), ids[:, 1:].reshape(-1)
    total = hidden.new_zeros((), dtype=torch.float32)
    head = causal.get_output_embeddings()
    for start in range(0, len(targets), CHUNK_TOKENS):
        part = slice(start, start + CHUNK_TOKENS)
        if torch.is_grad_enabled():
            total = total + checkpoint(chunk_loss, head, hidden[part], targets[part], use_reentrant=False)
        else:
            total = total + chunk_loss(head, hidden[part], targets[part])
    return total / len(targets)


class Instruments:
    """Peaks by moment, as three instruments read them."""

    def __init__(self) -> None:
        self.moments: dict[str, float] = {}
        self.reserved = 0.0
        self.device = 0.0

    def read(self, moment: str) -> None:
        """Keep what the moment needed, and start the next one."""
        if not CUDA:
            return
        torch.cuda.synchronize()
        peak = torch.cuda.max_memory_allocated() / GIB
        self.moments[moment] = round(max(peak, self.moments.get(moment, 0.0)), 4)
        self.reserved = max(self.reserved, torch.cuda.max_memory_reserved() / GIB)
        free, total = torch.cuda.mem_get_info()
        self.device = max(self.device, (total - free) / GIB)
        torch.cuda.reset_peak_memory_stats()


def host_gib() -> float:
    """This process's highest resident memory."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB


def versions() -> dict[str, str | None]:
    """The packages that change results."""
    found: dict[str, str | None] = {"python": sys.version.split()[0], "cuda": torch.version.cuda}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    return found


def measure(case: Case, work: Path) -> dict[str, Any]:
    """Run the case. Running out of memory is a result, not a failure."""
    instruments = Instruments()
    before = None
    if CUDA:
        free, total = torch.cuda.mem_get_info()
        before = round((total - free) / GIB, 4)
    result: dict[str, Any] = {
        **case,
        "status": "measured",
        "model_parameters": parameter_count(MODELS[case["model"]]),
        "device": torch.cuda.get_device_name() if CUDA else "cpu",
        "device_total_gib": round(torch.cuda.mem_get_info()[1] / GIB, 4) if CUDA else None,
        "device_before_gib": before,
        "versions": versions(),
    }
    moment = "load"
    seconds: list[float] = []
    try:
        folder = weights_folder(case, work)
        if CUDA:
            torch.cuda.reset_peak_memory_stats()
        model = load(case, folder)
        check_count(result["model_parameters"], model)
        result["trainable_parameters"] = sum(p.numel() for p in model.parameters() if p.requires_grad)
        instruments.read(moment)
        optimizer = optimizer_of(case, model)
        mixed = torch.autocast(DEVICE, torch.bfloat16) if "mixed" in case["dtype"] else contextlib.nullcontext()
        vocabulary = MODELS[case["model"]]["vocab"]
        ids = torch.randint(vocabulary, (case["batch"], case["length"]), device=DEVICE)

        def step() -> None:
            nonlocal moment
            started = time.perf_counter()
            for _ in range(case["accumulation"]):
                moment = "forward"
                with mixed:
                    loss = loss_of(case, model, ids)
                instruments.read(moment)
                moment = "backward"
                (loss / case["accumulation"]).backward()
                instruments.read(moment)
            moment = "optimizer-step"
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            instruments.read(moment)
            seconds.append(time.perf_counter() - started)
            if not torch.isfinite(loss):
                raise ArithmeticError(f"the loss is {loss.item()}")

        for _ in range(STEPS):
            step()
        moment = "evaluation"
        model.eval()
        with torch.no_grad(), mixed:
            loss_of(case, model, ids)
        instruments.read(moment)
        model.train()
        for _ in range(TIMED_STEPS):
            step()
    except torch.OutOfMemoryError as error:
        result |= {"status": "out-of-memory", "moment": moment, "message": str(error).splitlines()[0][:300]}
    if result["status"] == "measured":
        later = sorted(seconds[STEPS:])[TIMED_STEPS // 2]
        tokens = case["batch"] * case["length"] * case["accumulation"]
        peaks = instruments.moments
        result |= {
            "allocated_gib": max(peaks.values()) if peaks else None,
            "reserved_gib": round(instruments.reserved, 4) if CUDA else None,
            "device_gib": round(instruments.device, 4) if CUDA else None,
            "peak_moment": max(peaks, key=lambda name: peaks[name]) if peaks else None,
            "moments_gib": peaks,
            "tokens_per_second": round(tokens / later, 2),
            "step_seconds": [round(s, 4) for s in seconds],
        }
    return result | {"host_gib": round(host_gib(), 4)}


def parameter_count(model: dict[str, Any]) -> int:
    """Parameters of the base, from its dimensions: known even where loading fails."""
    attention = model["hidden"] * model["head_dim"] * (2 * model["heads"] + 2 * model["kv"])
    norms = 2 * model["hidden"] + (2 * model["head_dim"] if model["kind"] == "qwen3" else 0)
    layer = attention + 3 * model["hidden"] * model["mlp"] + norms
    embeddings = model["vocab"] * model["hidden"] * (1 if model["tied"] else 2)
    return model["layers"] * layer + embeddings + model["hidden"]


def check_count(counted: int, model: Any) -> None:
    """The model built is the one that the row will describe; quantised tensors hide their size."""
    base = [p for name, p in model.named_parameters() if "lora_" not in name]
    built = sum(p.numel() for p in base)
    if not any(hasattr(p, "quant_state") for p in base) and built != counted:
        raise ArithmeticError(f"{built} parameters built, {counted} counted from the dimensions")


if __name__ == "__main__":
    print(json.dumps(measure(json.loads(sys.argv[1]), Path(sys.argv[2]))))

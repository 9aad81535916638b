"""One simulated run and the request that asks the estimator for the same run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import torch
import transformers

from runner import Run

ALL_LINEAR = {"r": 16, "target_modules": "all-linear", "lora_dropout": 0.0}
# What a request has no word for: its SGD has momentum, and its AdamW steps over many tensors at a time or is fused.
UNSAID = {"adamw-one-by-one", "sgd-plain"}
NAMED = {"adamw-fused": "adamw", "adamw-one-by-one": "adamw", "sgd-plain": "sgd"}


@dataclass
class Case:
    id: str
    architecture: str
    modality: str
    request: dict
    run: Run

    @property
    def weight(self) -> int:
        return 0 if self.run.optimizer in UNSAID else 1

    @property
    def split(self) -> str:
        """Two of five architectures are held out, by their name alone: constants are never fitted to those."""
        return "held-out" if hashlib.sha256(self.architecture.encode()).digest()[0] % 5 < 2 else "fit"


@dataclass(frozen=True)
class Setting:
    """How a case trains: what varies over every architecture of a group."""

    method: str
    dtype: str
    checkpointing: bool
    batch: int
    length: int = 0
    optimizer: str = "adamw"
    task: str = ""

    @property
    def name(self) -> str:
        words = (self.task, self.method, self.optimizer, self.dtype, "ckpt" if self.checkpointing else "nockpt",
                 str(self.batch), str(self.length or ""))
        return "-".join(w for w in words if w)


def case(architecture: str, modality: str, model, s: Setting, build, step, lora=None, companion=0, **request) -> Case:
    """`model` is a catalog id or an architecture object, whose parameters are counted when the run is built."""
    adapter = {"loraRank": 16, "loraTargets": "all-linear", "loraDropout": 0.0} if s.method == "lora" else {}
    stepped = {"adamw": "foreach", "adamw-fused": "fused"}.get(s.optimizer)
    return Case(
        id=f"sim-{architecture.split('/')[-1]}-{s.name}",
        architecture=architecture,
        modality=modality,
        request={
            "phase": "train", "model": model, "accelerator": {"memoryGib": 141}, "acceleratorCount": 1,
            "method": s.method, "dtype": s.dtype, "optimizer": NAMED.get(s.optimizer, s.optimizer),
            "microBatchSize": s.batch, "gradientCheckpointing": s.checkpointing, "attention": "sdpa",
            "trainer": "transformers", "trainerVersion": ".".join(transformers.__version__.split(".")[:2]),
        } | ({"optimizerImplementation": stepped} if stepped else {}) | adapter | ({"sequenceLength": s.length} if s.length else {}) | request,
        run=Run(build, step, s.dtype, s.optimizer, s.checkpointing,
                (lora or ALL_LINEAR) if s.method == "lora" else None, companion),
    )


def text(batch: int, length: int):
    return torch.zeros(batch, length, dtype=torch.long)


def from_config(model_class, config, attention="sdpa"):
    """In fp32; the run casts it."""
    make = getattr(model_class, "from_config", None) or model_class._from_config
    return make(config, attn_implementation=attention, dtype=torch.float32)


def inline(config, modality: str, gated: bool, **more) -> dict:
    """The architecture object of a request, read off a configuration."""
    first = lambda *names: next(getattr(config, n) for n in names if getattr(config, n, None) is not None)
    heads = first("num_attention_heads", "encoder_attention_heads")
    hidden = first("hidden_size", "d_model")
    return {
        "parameterCount": 0,
        "hiddenSize": hidden,
        "layers": first("num_hidden_layers"),
        "heads": heads,
        "kvHeads": getattr(config, "num_key_value_heads", None) or heads,
        "intermediateSize": next(
            (v for n in ("intermediate_size", "encoder_ffn_dim", "d_ff", "ffn_dim", "n_inner")
             if (v := getattr(config, n, None)) is not None), 4 * hidden),
        "vocabSize": config.vocab_size,
        "tieEmbeddings": bool(getattr(config, "tie_word_embeddings", True)),
        "gatedMlp": gated,
        "modality": modality,
    } | ({"headDim": config.head_dim} if getattr(config, "head_dim", None) else {}) | more

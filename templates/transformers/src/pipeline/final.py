"""What a run leaves: the trained weights as safetensors, whole however they were spread."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from peft import PeftModel
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict

from pipeline.settings import RunConfig
from pipeline.strategy import launch


def final_model_path(config: RunConfig) -> Path:
    """Where the trained adapter (or, for full fine-tuning, the model) is saved."""
    return config.project.output_dir / "final"


def save_final(trainer: Any, folder: Path) -> None:
    """Save the trained weights, unlike checkpoints without optimizer states.

    Every process takes part in gathering them, and the first one writes.
    """
    here, model = launch(), trainer.model
    if here.is_first:
        shutil.rmtree(folder, ignore_errors=True)
    if here.strategy.startswith("zero"):
        trainer.save_model(str(folder))
        if here.is_first:
            (folder / "training_args.bin").unlink(missing_ok=True)  # a pickle nobody needs
        return
    whole = None
    if here.strategy == "fsdp":
        adapter = isinstance(model, PeftModel)  # its frozen base is published elsewhere
        whole = get_model_state_dict(
            model,
            options=StateDictOptions(
                full_state_dict=True, cpu_offload=True, ignore_frozen_params=adapter
            ),
        )
    if here.is_first:
        model.save_pretrained(folder, state_dict=whole)

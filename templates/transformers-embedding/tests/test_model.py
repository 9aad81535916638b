"""The encoder: the prompts it was published with, and what is kept of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from pipeline.model import Processor, load_base_model, load_processor
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train


def test_prompts_are_written_before_each_kind() -> None:
    processor = Processor(tiny_tokenizer(), {"query": "find: ", "document": ""}, 12)
    texts = [
        processor.tokenizer.decode(processor.encode(["a page"], kind)[0].tolist())
        for kind in ("query", "document")
    ]
    assert texts == ["find: a page", "a page"]
    assert len(processor.encode(["a page that is longer"], "query")[0]) == 12


def test_published_prompts_hold_until_others_are_configured(smoke: Any, tmp_path: Path) -> None:
    published = smoke('model.query_prompt="search: "')
    load_base_model(published, torch.float32).save_pretrained(str(tmp_path / "base"))
    folder = f"model.id={tmp_path / 'base'}"
    assert load_processor(smoke(folder)).prompts == {"query": "search: ", "document": ""}
    changed = load_processor(smoke(folder, 'model.query_prompt=""', 'model.document_prompt="d: "'))
    assert changed.prompts == {"query": "", "document": "d: "}


def test_a_checkpoint_of_an_adapter_holds_no_base(smoke: Any) -> None:
    config = smoke("training.max_steps=1", "training.save_steps=1")
    train(config)
    weights = config.project.output_dir / "checkpoint-1" / "model.safetensors"
    base = sum(value.numel() * 4 for value in load_base_model(config, torch.float32).parameters())
    assert weights.stat().st_size < base / 4

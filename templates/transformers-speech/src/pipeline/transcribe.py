"""Transcripts from a model: one place for evaluation and for the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel

from pipeline.config import Config
from pipeline.data import log_mel


def transcribe(
    model: PreTrainedModel,
    processor: Any,
    recordings: Sequence[np.ndarray],
    languages: Sequence[str | None],
    config: Config,
    *,
    max_new_tokens: int,
) -> list[str]:
    """What is said in each recording, written greedily.

    Language and task are told to the model, so that it neither guesses nor translates unasked; an
    English-only model (data.language: null) knows no such words.
    """
    mel = torch.stack([log_mel(samples, processor.feature_extractor) for samples in recordings])
    told: dict[str, Any] = {}
    if config.data.language is not None:
        told = {
            "language": [language or config.data.language for language in languages],
            "task": config.model.task,
        }
    with torch.inference_mode():
        ids = model.generate(
            mel.to(model.device, model.dtype),
            return_timestamps=False,
            do_sample=False,
            num_beams=1,
            max_new_tokens=max_new_tokens,
            **told,
        )
    texts = processor.batch_decode(ids, skip_special_tokens=True)
    return [str(text).strip() for text in texts]

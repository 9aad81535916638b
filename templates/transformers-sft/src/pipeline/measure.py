"""How good a language model is on this project's data.

Two measures: the loss per learned token on the validation file (exact, not a mean of batch means),
and a small golden set of prompts whose answers must match or must hold given words.
"""

from __future__ import annotations

import math
import sys

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from pipeline.config import Config
from pipeline.data import IGNORED, Collator, load_dataset
from pipeline.examples import Examples
from pipeline.golden import golden_answers
from pipeline.loss import chunked_loss, require_plain_head
from pipeline.measurement import Measure, Measurement

PRIMARY = Measure("validation_loss", better="lower")
"""What decides whether a model is promoted."""


def reference(config: Config) -> Measurement | None:  # noqa: ARG001 - other tasks look at it
    """A baseline that needs no model; null here: the base model itself is measured."""
    return None


def token_loss(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, data: Examples, config: Config
) -> float:
    """Mean loss over every learned token of a dataset."""
    collate = Collator(int(tokenizer.pad_token_id or 0), config.data.packing)
    fused = config.training.fused_loss
    if fused:
        require_plain_head(model)
    total, count = 0.0, 0
    size = config.evaluation.batch_size
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(data), size):
            rows = [data[index] for index in range(start, min(start + size, len(data)))]
            batch = {name: value.to(model.device) for name, value in collate(rows).items()}
            labels = batch.pop("labels")
            learned = int((labels[:, 1:] != IGNORED).sum())
            if fused:
                hidden = model.get_decoder()(**batch, use_cache=False).last_hidden_state
                loss = chunked_loss(model.get_output_embeddings(), hidden, labels, divisor=1)
            else:
                logits = model(**batch, use_cache=False).logits[:, :-1].float()
                loss = torch.nn.functional.cross_entropy(
                    logits.reshape(-1, logits.shape[-1]),
                    labels[:, 1:].reshape(-1),
                    ignore_index=IGNORED,
                    reduction="sum",
                )
            total += float(loss)
            count += learned
    return total / max(count, 1)


def measure(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, config: Config
) -> Measurement:
    """Both measures of one model."""
    data = load_dataset(config.data.validation_path, tokenizer, config).largest_first()
    loss = token_loss(model, tokenizer, data, config)
    answers = golden_answers(model, tokenizer, config)
    return Measurement(
        metrics={
            "validation_loss": loss,
            "perplexity": math.exp(min(loss, math.log(sys.float_info.max))),
        },
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )

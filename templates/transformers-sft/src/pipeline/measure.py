"""How good a language model is on this project's data.

Two measures: the loss per learned token on the validation file (exact, not a mean of batch means),
and a small golden set of prompts whose answers must match or must hold given words.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from pipeline.config import Config
from pipeline.data import IGNORED, Collator, load_dataset
from pipeline.errors import DataError
from pipeline.examples import Examples
from pipeline.generate import generate, render_prompt
from pipeline.loss import chunked_loss, require_plain_head
from pipeline.measurement import Measure, Measurement
from pipeline.rows import read_rows

PRIMARY = Measure("validation_loss", better="lower")
"""What decides whether a model is promoted."""


def reference(config: Config) -> Measurement | None:  # noqa: ARG001 - other tasks look at it
    """A baseline that needs no model; null here: the base model itself is measured."""
    return None


def read_golden(path: Path) -> list[dict[str, Any]]:
    """Golden rows: `id`, `messages` up to the user's turn, `expect` (`exact` or `keywords`)."""
    rows = list(read_rows(path))
    for number, row in enumerate(rows, start=1):
        expect = row.get("expect") if isinstance(row, dict) else None
        valid = isinstance(expect, dict) and (
            isinstance(expect.get("exact"), str) or isinstance(expect.get("keywords"), list)
        )
        if not valid or not isinstance(row.get("messages"), list) or not row["messages"]:
            raise DataError(
                f"{path}:{number} is no golden row",
                'Write {"id", "messages", "expect": {"exact": "…"} or {"keywords": ["…"]}}.',
            )
    return rows


def matches(answer: str, expect: dict[str, Any]) -> bool:
    """Whether an answer is the exact one, or holds every keyword; case and spacing do not count."""
    text = " ".join(answer.lower().split())
    if "exact" in expect:
        return text == " ".join(expect["exact"].lower().split())
    return all(" ".join(str(word).lower().split()) in text for word in expect["keywords"])


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
    tokenizer.padding_side = "right"
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    data = load_dataset(config.data.validation_path, tokenizer, config).largest_first()
    loss = token_loss(model, tokenizer, data, config)
    answers = []
    for row in read_golden(config.evaluation.golden_path):
        answer = generate(
            model,
            tokenizer,
            render_prompt(row["messages"], tokenizer),
            max_new_tokens=config.evaluation.max_new_tokens,
        )
        answers.append(
            {
                "id": row.get("id"),
                "answer": answer.text,
                "passed": matches(answer.text, row["expect"]),
            }
        )
    return Measurement(
        metrics={
            "validation_loss": loss,
            "perplexity": math.exp(min(loss, math.log(sys.float_info.max))),
        },
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )

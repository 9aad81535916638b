"""How good a language model is at telling the better answer from the worse.

What decides is the share of validation pairs whose chosen answer the model itself finds likelier
than the rejected one, a token. The training loss would not do: it depends on `training.beta` and on
the reference, so it compares no two runs, and the base model has none. Beside it stand the mean
margin and how likely chosen answers are: tuning that makes both answers unlikely shows there.
"""

from __future__ import annotations

import math

import torch
from torch.nn import functional
from transformers import PreTrainedModel, PreTrainedTokenizerBase
from trl.trainer.dpo_trainer import DataCollatorForPreference

from pipeline.config import Config
from pipeline.data import load_dataset
from pipeline.examples import Examples
from pipeline.golden import golden_answers
from pipeline.measurement import Measure, Measurement

PRIMARY = Measure("preference_accuracy", better="higher")
"""What decides whether a model is promoted."""


def reference(config: Config) -> Measurement | None:  # noqa: ARG001 - other tasks look at it
    """A baseline that needs no model; null here: the base model itself is measured."""
    return None


def log_probabilities(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, data: Examples, config: Config
) -> torch.Tensor:
    """Mean log-probability a token of each pair's chosen and rejected answer: `pairs x 2`."""
    collate = DataCollatorForPreference(int(tokenizer.pad_token_id or 0))
    size = config.evaluation.batch_size
    found = []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(data), size):
            rows = [data[index] for index in range(start, min(start + size, len(data)))]
            batch = {name: value.to(model.device) for name, value in collate(rows).items()}
            answered = batch.pop("completion_mask")[:, 1:].bool()
            # Logits only from the first answer on: prompts are most of the tokens.
            first = int(answered.any(dim=0).nonzero()[0])
            logits = model(**batch, use_cache=False, logits_to_keep=answered.shape[1] + 1 - first)
            losses = functional.cross_entropy(
                logits.logits[:, :-1].transpose(1, 2).float(),
                batch["input_ids"][:, first + 1 :],
                reduction="none",
            )
            kept = answered[:, first:]
            means = -(losses * kept).sum(dim=1) / kept.sum(dim=1)
            found.append(torch.stack(means.chunk(2), dim=1).cpu())
    return torch.cat(found)


def measure(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, config: Config
) -> Measurement:
    """Both measures of one model."""
    data = load_dataset(config.data.validation_path, tokenizer, config).largest_first()
    chosen, rejected = log_probabilities(model, tokenizer, data, config).unbind(dim=1)
    accuracy = float((chosen > rejected).float().mean())
    answers = golden_answers(model, tokenizer, config)
    return Measurement(
        metrics={
            "preference_accuracy": accuracy,
            "preference_accuracy_standard_error": math.sqrt(accuracy * (1 - accuracy) / len(data)),
            "margin_per_token": float((chosen - rejected).mean()),
            "chosen_log_probability_per_token": float(chosen.mean()),
        },
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )

"""How good a classifier is on this project's data.

What decides is macro-F1, the mean of the classes' F1: a class counts as much as any other, however
rare it is, so a model that ignores one does not pass. Accuracy stands beside it, with how far
stated probabilities can be believed; the confusion matrix says what is taken for what.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from pipeline.config import Config
from pipeline.data import Collator, Example, TextDataset, label_counts, labels_of, load_dataset
from pipeline.errors import DataError
from pipeline.examples import Examples
from pipeline.measurement import Measure, Measurement
from pipeline.rows import read_rows

PRIMARY = Measure("macro_f1", better="higher")
"""What decides whether a model is promoted."""

CALIBRATION_BINS = 15
"""As Guo et al. 2017, On Calibration of Modern Neural Networks."""


def reference(config: Config) -> Measurement:
    """Always the commonest class of the training data: what any classifier has to beat.

    The base model is no baseline: its head is random until it is trained.
    """
    labels = labels_of(config)
    counts = label_counts(config.data.train_path, config)
    commonest = max(labels, key=lambda label: counts[label])
    actual = [
        labels.index(row["label"])
        for row in read_rows(config.data.validation_path, config.data.max_rows)
    ]
    table = np.zeros((len(labels), len(labels)), dtype=np.int64)
    np.add.at(table, (actual, labels.index(commonest)), 1)
    golden = read_golden(config.evaluation.golden_path, labels)
    answers = [
        {"id": row.get("id"), "answer": commonest, "passed": row["label"] == commonest}
        for row in golden
    ]
    return _measurement(table, labels, answers)


def read_golden(path: Path, labels: list[str]) -> list[dict[str, Any]]:
    """Golden rows: `id`, `text` and the `label` that it must get."""
    rows = list(read_rows(path))
    for number, row in enumerate(rows, start=1):
        valid = isinstance(row, dict) and isinstance(row.get("text"), str) and row["text"].strip()
        if not valid or row.get("label") not in labels:
            raise DataError(
                f"{path}:{number} is no golden row",
                f'Write {{"id", "text", "label"}} with a label of {", ".join(labels)}.',
            )
    return rows


def confusion(actual: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Rows are true classes, columns predicted ones."""
    table = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(table, (actual, predicted), 1)
    return table


def f1_scores(table: np.ndarray) -> np.ndarray:
    """F1 of each class; zero for one that is neither there nor predicted."""
    hits = np.diag(table).astype(float)
    involved = table.sum(axis=0) + table.sum(axis=1)
    return np.divide(2 * hits, involved, out=np.zeros_like(hits), where=involved > 0)


def calibration_error(probabilities: np.ndarray, actual: np.ndarray) -> float:
    """How far stated confidence is from the share that is right, over equal bins."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == actual
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    error = 0.0
    for index in np.unique(bins):
        inside = bins == index
        error += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    return float(error)


def predict(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, data: Examples, batch_size: int
) -> np.ndarray:
    """Probabilities of each class: `examples x classes`."""
    collate = Collator(int(tokenizer.pad_token_id or 0))
    found = []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(data), batch_size):
            rows = [data[index] for index in range(start, min(start + batch_size, len(data)))]
            batch = {name: value.to(model.device) for name, value in collate(rows).items()}
            batch.pop("labels")
            found.append(model(**batch).logits.float().softmax(dim=-1).cpu().numpy())
    return np.concatenate(found)


def encode_texts(
    texts: list[str], tokenizer: PreTrainedTokenizerBase, max_length: int
) -> TextDataset:
    """Texts without labels, cut as in training."""
    encoded = tokenizer(texts, truncation=True, max_length=max_length)["input_ids"]
    return TextDataset([Example(np.asarray(ids, dtype=np.int32), 0) for ids in encoded])


def measure(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, config: Config
) -> Measurement:
    """Validation file and golden set of one model."""
    labels = labels_of(config)
    size = config.evaluation.batch_size
    data = load_dataset(config.data.validation_path, tokenizer, config).largest_first()
    actual = np.asarray([int(data[index]["labels"]) for index in range(len(data))])
    probabilities = predict(model, tokenizer, data, size)
    table = confusion(actual, probabilities.argmax(axis=1), len(labels))

    golden = read_golden(config.evaluation.golden_path, labels)
    texts = encode_texts([row["text"] for row in golden], tokenizer, config.model.max_length)
    chosen = predict(model, tokenizer, texts, size).argmax(axis=1)
    answers = [
        {"id": row.get("id"), "answer": labels[number], "passed": labels[number] == row["label"]}
        for row, number in zip(golden, chosen, strict=True)
    ]
    likelihood = np.log(np.maximum(probabilities[np.arange(len(actual)), actual], 1e-12))
    return _measurement(
        table,
        labels,
        answers,
        validation_loss=float(-likelihood.mean()),
        calibration_error=calibration_error(probabilities, actual),
    )


def _measurement(
    table: np.ndarray, labels: list[str], answers: list[dict[str, Any]], **more: float
) -> Measurement:
    scores = f1_scores(table)
    return Measurement(
        metrics={
            "macro_f1": float(scores.mean()),
            "accuracy": float(np.trace(table) / max(table.sum(), 1)),
            **more,
        },
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
        details={
            "labels": labels,
            "f1": dict(zip(labels, scores.round(4).tolist(), strict=True)),
            "confusion": table.tolist(),
        },
    )

"""How good a classifier is on this project's data.

Macro F1 on the validation file: the mean over classes, so that a rare class counts as much as a
common one. A small golden set holds the pictures that must not be got wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from pipeline.config import Config
from pipeline.data import collate, load_dataset, still_transform
from pipeline.errors import DataError
from pipeline.images import open_image
from pipeline.labels import label_id, label_names
from pipeline.measurement import Measure, Measurement
from pipeline.rows import read_rows

PRIMARY = Measure("macro_f1", better="higher")
"""What decides whether a model is promoted."""


def reference(config: Config) -> Measurement | None:
    """The baseline that needs no model: every picture is said to be of the commonest class."""
    rows = read_rows(config.data.train_path, config.data.max_rows)
    commonest = Counter(row["label"] for row in rows).most_common(1)[0][0]
    truth = [row["label"] for row in read_rows(config.data.validation_path, config.data.max_rows)]
    answers = [
        {"id": row["id"], "answer": commonest, "passed": row["label"] == commonest}
        for row in read_golden(config.evaluation.golden_path)
    ]
    return Measurement(
        metrics=scores(truth, [commonest] * len(truth)),
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )


def read_golden(path: Path) -> list[dict[str, Any]]:
    """Golden rows: `id`, `image` (beside the golden file) and the `label` it must get."""
    rows = list(read_rows(path))
    for number, row in enumerate(rows, start=1):
        wanted = ("id", "image", "label")
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in wanted):
            raise DataError(f"{path}:{number} is no golden row", 'Write {"id", "image", "label"}.')
        if not (path.parent / row["image"]).is_file():
            raise DataError(
                f'{path}:{number}: there is no "{path.parent / row["image"]}"',
                "Golden pictures lie beside the golden file; those of the sample are drawn by "
                "scripts/make_sample.py.",
            )
    return rows


def scores(truth: Sequence[Any], said: Sequence[Any]) -> dict[str, float]:
    """Accuracy, and the mean F1 over the classes that occur in either."""
    pairs = Counter(zip(truth, said, strict=True))
    f1 = []
    for label in {*truth, *said}:
        right = pairs[label, label]
        asked = sum(count for (true, _), count in pairs.items() if true == label)
        given = sum(count for (_, answer), count in pairs.items() if answer == label)
        f1.append(2 * right / (asked + given))
    right = sum(count for (true, answer), count in pairs.items() if true == answer)
    return {
        "accuracy": right / max(len(truth), 1),
        "macro_f1": sum(f1) / max(len(f1), 1),
    }


def measure(model: PreTrainedModel, processor: Any, config: Config) -> Measurement:
    """Both measures of one model."""
    data = load_dataset(config.data.validation_path, processor, config)
    size = config.evaluation.batch_size
    truth: list[int] = []
    said: list[int] = []
    total = 0.0
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(data), size):
            batch = collate([data[index] for index in range(start, min(start + size, len(data)))])
            labels = batch["labels"].to(model.device)
            logits = model(pixel_values=batch["pixel_values"].to(model.device, model.dtype)).logits
            total += float(
                torch.nn.functional.cross_entropy(logits.float(), labels, reduction="sum")
            )
            truth += labels.tolist()
            said += logits.argmax(dim=-1).tolist()
    answers = golden_answers(model, processor, config)
    return Measurement(
        metrics={**scores(truth, said), "validation_loss": total / len(data)},
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )


def golden_answers(model: PreTrainedModel, processor: Any, config: Config) -> list[dict[str, Any]]:
    """What the model says of each golden picture."""
    path = config.evaluation.golden_path
    names = label_names(config)
    still = still_transform(processor, config.model.image_size)
    answers = []
    for row in read_golden(path):
        image = open_image(path.parent / row["image"], config.data.max_image_pixels)
        wanted = label_id(row["label"], names, path)
        with torch.inference_mode():
            pixels = still(image).unsqueeze(0).to(model.device, model.dtype)
            answer = int(model(pixel_values=pixels).logits[0].argmax())
        answers.append({"id": row["id"], "answer": names[answer], "passed": answer == wanted})
    return answers

"""How well a model writes down what is said in this project's data.

Word error rate: substitutions, insertions and deletions for each word that was said. Case and
punctuation do not count (Whisper's own basic normaliser). It may exceed 1. A small golden set holds
the recordings that must not be got wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jiwer
from transformers import PreTrainedModel
from transformers.models.whisper.english_normalizer import BasicTextNormalizer

from pipeline.audio import read_audio
from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.measurement import Measure, Measurement
from pipeline.media import media_file
from pipeline.rows import Row, read_rows
from pipeline.transcribe import transcribe

PRIMARY = Measure("wer", better="lower")
"""What decides whether a model is promoted."""

normalised = BasicTextNormalizer()


def reference(config: Config) -> Measurement | None:  # noqa: ARG001 - other tasks look at it
    """A baseline that needs no model; null here: the base model itself is measured."""
    return None


def read_golden(path: Path) -> list[dict[str, Any]]:
    """Golden rows: `id`, `audio` (beside the golden file), `text`, and `max_wer` (0 without)."""
    rows = list(read_rows(path))
    for number, row in enumerate(rows, start=1):
        wanted = ("id", "audio", "text")
        if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in wanted):
            raise DataError(f"{path}:{number} is no golden row", 'Write {"id", "audio", "text"}.')
        if not (path.parent / row["audio"]).is_file():
            raise DataError(
                f'{path}:{number}: there is no "{path.parent / row["audio"]}"',
                "Golden recordings lie beside the golden file; those of the sample are made by "
                "scripts/make_sample.py.",
            )
    return rows


def error_rates(said: Sequence[str], written: Sequence[str]) -> dict[str, float]:
    """Word and character error rate over all texts together; long ones weigh more."""
    pairs = [
        (before, normalised(after).strip())
        for before, after in zip(map(_words, said), written, strict=True)
        if before
    ]
    if not pairs:
        return {"wer": 0.0, "cer": 0.0}
    truth, answer = (list(texts) for texts in zip(*pairs, strict=True))
    return {"wer": float(jiwer.wer(truth, answer)), "cer": float(jiwer.cer(truth, answer))}


def _words(text: str) -> str:
    return str(normalised(text)).strip()


def measure(model: PreTrainedModel, processor: Any, config: Config) -> Measurement:
    """Both measures of one model."""
    rows = list(read_rows(config.data.validation_path, config.data.max_rows))
    folder = media_file("", config.data)
    written = list(_written(model, processor, rows, folder, config))
    golden_path = config.evaluation.golden_path
    golden = read_golden(golden_path)
    answers = []
    for row, text in zip(
        golden, _written(model, processor, golden, golden_path.parent, config), strict=True
    ):
        wer = error_rates([row["text"]], [text])["wer"]
        passed = wer <= float(row.get("max_wer", 0.0))
        answers.append({"id": row["id"], "answer": text, "wer": wer, "passed": passed})
    return Measurement(
        metrics=error_rates([row["text"] for row in rows], written),
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
    )


def _written(
    model: PreTrainedModel, processor: Any, rows: Sequence[Row], folder: Path, config: Config
) -> Iterator[str]:
    """What the model writes for each row, a batch at a time."""
    size = config.evaluation.batch_size
    for start in range(0, len(rows), size):
        batch = rows[start : start + size]
        yield from transcribe(
            model,
            processor,
            [read_audio(folder / row["audio"], config.data.max_seconds) for row in batch],
            [row.get("language") for row in batch],
            config,
            max_new_tokens=config.evaluation.max_new_tokens,
        )

"""Rows of recordings and texts to batches of spectrograms and tokens.

A row is `{"audio": name, "text": what is said}`, with `"language"` where it is not data.language;
the name starts from data.media_path. Recordings are decoded when they are needed, never all at
once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from pipeline.adapters import base_dtype
from pipeline.audio import SAMPLE_RATE, read_audio
from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.examples import Examples
from pipeline.media import media_file
from pipeline.rows import Row, read_rows

IGNORED = -100
"""The label the loss skips."""


def transcript_ids(row: Row, processor: Any, config: Config) -> np.ndarray:
    """What the decoder learns to write: language, task, the text, and the end.

    The token that starts a transcript is left out: the model puts it before the labels itself.
    """
    tokenizer = processor.tokenizer
    try:
        tokenizer.set_prefix_tokens(
            language=row.get("language") or config.data.language,
            task=config.model.task if config.data.language else None,
            predict_timestamps=False,
        )
    except ValueError as error:
        raise DataError(f"The language of a row is not known: {error}") from error
    return np.asarray(tokenizer(row["text"].strip()).input_ids[1:], dtype=np.int32)


class SpeechDataset(Examples):
    """Recordings on disk and their transcripts as tokens.

    The encoder pays the same for each, as a clip is padded to the whole window; the decoder pays
    for the transcript.
    """

    unit = "transcript_tokens"

    def __init__(
        self, rows: Sequence[tuple[Path, np.ndarray]], processor: Any, config: Config
    ) -> None:
        self._rows = rows
        self._features = processor.feature_extractor
        self._max_seconds = config.data.max_seconds

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        path, ids = self._rows[index]
        return {
            "input_features": log_mel(read_audio(path, self._max_seconds), self._features),
            "labels": torch.from_numpy(ids.astype(np.int64)),
        }

    def size(self, index: int) -> int:
        """Tokens of the transcript."""
        return len(self._rows[index][1])


class Held(Examples):
    """Examples in memory."""

    unit = SpeechDataset.unit

    def __init__(self, examples: Sequence[dict[str, torch.Tensor]]) -> None:
        self._examples = examples

    def __len__(self) -> int:
        return len(self._examples)

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        return self._examples[index]

    def size(self, index: int) -> int:
        """Tokens of the transcript."""
        return len(self._examples[index]["labels"])


def largest_example(data: Examples, config: Config) -> Examples:
    """The longest transcript that is learned."""
    longest = data[data.by_size()[0]]
    labels = np.resize(longest["labels"].numpy(), config.data.max_transcript_tokens)
    return Held([longest | {"labels": torch.from_numpy(labels)}])


def log_mel(samples: np.ndarray, feature_extractor: Any) -> torch.Tensor:
    """The spectrogram that the encoder reads, padded to its window."""
    found = feature_extractor(samples, sampling_rate=SAMPLE_RATE, return_tensors="pt")
    return found.input_features[0]


def load_dataset(path: Path, processor: Any, config: Config) -> SpeechDataset:
    """The recordings of a file; a transcript that the decoder cannot hold is an error."""
    rows = []
    for number, row in enumerate(read_rows(path, config.data.max_rows), start=1):
        ids = transcript_ids(row, processor, config)
        if len(ids) > config.data.max_transcript_tokens:
            raise DataError(
                f'{path}: row {number} has a transcript of {len(ids)} tokens; at most '
                f"{config.data.max_transcript_tokens} are learned",
                "Cut the recording at a pause, with its text.",
            )
        rows.append((media_file(row["audio"], config.data), ids))
    if not rows:
        raise DataError(f'"{path}" holds no rows', "Put rows into data/raw and run `make data`.")
    return SpeechDataset(rows, processor, config)


@dataclass(frozen=True)
class Collator:
    """Stacks spectrograms and pads transcripts on the right; padding is not learned."""

    dtype: torch.dtype

    def __call__(self, features: Sequence[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        """One batch."""
        return {
            "input_features": torch.stack([row["input_features"] for row in features]).to(
                self.dtype
            ),
            "labels": torch.nn.utils.rnn.pad_sequence(
                [row["labels"] for row in features], batch_first=True, padding_value=IGNORED
            ),
        }


def collator(config: Config) -> Collator:
    """Spectrograms in the precision of the encoder's weights."""
    return Collator(base_dtype(config))

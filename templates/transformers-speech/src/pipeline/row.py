"""What one row of this project's data must hold, and what tells two rows apart."""

from __future__ import annotations

import math
from typing import Any

from transformers.models.whisper.tokenization_whisper import LANGUAGES

from pipeline.audio import AudioError, read_audio, seconds_of
from pipeline.config import DataConfig
from pipeline.media import Fault, content_key, file_fault, media_file
from pipeline.rows import Row

SIZE_UNIT = "seconds"
"""What `row_size` counts; the data report's histogram is named by it."""

SIZE_EDGES = (1, 2, 3, 5, 8, 12, 16, 20, 25, 30)
"""Upper bounds of the histogram's bins."""


def row_fault(row: Any, data: DataConfig) -> Fault | None:
    """The first thing wrong with a row: a code and a sentence."""
    if not isinstance(row, dict):
        return "schema", "the line must hold a JSON object"
    if not isinstance(row.get("text"), str):
        return "schema", '"text" must be what is said'
    if not row["text"].strip():
        return "empty", '"text" is empty: a model that learns silence from speech invents it'
    language = row.get("language")
    if language is not None and language not in LANGUAGES:
        return "unknown-language", f'"{language}" is no language code of Whisper, such as "en"'
    return file_fault("audio", row.get("audio"), data) or _audio_fault(row["audio"], data)


def _audio_fault(name: str, data: DataConfig) -> Fault | None:
    path = media_file(name, data)
    try:
        read_audio(path, data.max_seconds)
    except AudioError as error:
        return error.code, f'"{path}": {error}'
    if (seconds := seconds_of(path)) < data.min_seconds:
        return "too-short", f'"{path}" has {seconds:.2f} s'
    return None


def split_key(row: Row, data: DataConfig) -> str:
    """A hash of the recording: copies of it must share a split."""
    return content_key(media_file(row["audio"], data))


def row_key(row: Row, data: DataConfig) -> str:
    """The same: a recording with two texts is a repetition too, and one of them is wrong."""
    return split_key(row, data)


def row_size(row: Row, data: DataConfig) -> int:
    """Seconds, rounded up."""
    return math.ceil(seconds_of(media_file(row["audio"], data)))

"""Recordings and texts are checked before anything is spent, and become what they should."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from conftest import SMOKE
from pipeline.audio import SAMPLE_RATE, AudioError, read_audio
from pipeline.config import Config, load_config, parse_config
from pipeline.data import IGNORED, collator, largest_example, load_dataset
from pipeline.data_checks import check_data, require_valid
from pipeline.errors import DataError
from pipeline.measure import read_golden
from pipeline.rows import read_rows
from pipeline.tiny import tiny_processor


def tone(
    seconds: float, rate: int = SAMPLE_RATE, channels: int = 1, pitch: int = 440
) -> np.ndarray:
    time = np.arange(int(seconds * rate)) / rate
    return np.stack([0.5 * np.sin(2 * np.pi * pitch * time)] * channels, axis=1)


def encoded(samples: np.ndarray, rate: int = SAMPLE_RATE, kind: str = "WAV") -> bytes:
    content = io.BytesIO()
    soundfile.write(content, samples, rate, format=kind)
    return content.getvalue()


def row(folder: Path, name: str, pitch: int, text: str = "tone") -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(encoded(tone(0.5, pitch=pitch)))
    return {"audio": name, "text": text}


def write(path: Path, rows: list[Any]) -> Path:
    lines = [entry if isinstance(entry, str) else json.dumps(entry) for entry in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def configured(tmp_path: Path, train: list[Any], validation: list[Any], **data: Any) -> Config:
    paths = {
        "train_path": str(write(tmp_path / "train.jsonl", train)),
        "validation_path": str(write(tmp_path / "validation.jsonl", validation)),
        "media_path": str(tmp_path / "media"),
        "max_seconds": 2,
    }
    return parse_config({"data": {**paths, **data}})


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (16000, 2), (44100, 2), (48000, 6)])
def test_any_usual_recording_becomes_one_channel_at_16_khz(rate: int, channels: int) -> None:
    samples = read_audio(encoded(tone(1.0, rate, channels), rate), 30)
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert len(samples) == pytest.approx(SAMPLE_RATE, abs=2)
    # The tone is where it was: the strongest frequency of a second of sound, in hertz.
    assert np.abs(np.fft.rfft(samples)).argmax() == pytest.approx(440, abs=1)


def test_a_small_file_that_would_unpack_to_hours_is_refused_by_its_header() -> None:
    silence = encoded(np.zeros(SAMPLE_RATE * 600), kind="FLAC")
    assert len(silence) < 100_000
    with pytest.raises(AudioError) as raised:
        read_audio(silence, 30)
    assert raised.value.code == "too-long"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "corrupt"),
        (b"RIFF....WAVEnonsense", "corrupt"),
        (encoded(tone(0.5), kind="FLAC")[:2000], "corrupt"),
        (encoded(tone(0.5), kind="OGG"), "wrong-format"),
        (encoded(tone(0.5, 4000), 4000), "wrong-format"),
    ],
)
def test_what_cannot_be_heard_is_refused_with_a_code(content: bytes, code: str) -> None:
    with pytest.raises(AudioError) as raised:
        read_audio(content, 30)
    assert raised.value.code == code


def test_the_sample_passes_every_check(tmp_path: Path) -> None:
    config = load_config("configs", [SMOKE])
    assert require_valid(config.data, tmp_path / "report.json").status == "pass"
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    train = written["files"]["data/sample/train.jsonl"]
    assert train["rows"] == sum(train["seconds"]["histogram"].values()) == 48


def test_each_fault_of_a_row_is_found(tmp_path: Path) -> None:
    media = tmp_path / "media"
    good, other = row(media, "good.wav", 440), row(media, "other.wav", 880)
    (media / "long.wav").write_bytes(encoded(tone(2.5)))
    (media / "short.wav").write_bytes(encoded(tone(0.05)))
    (media / "cut.wav").write_bytes(b"RIFF")
    faulty = {
        "{not json": "json",
        "[1]": "schema",
        json.dumps({"audio": "good.wav"}): "schema",
        json.dumps({"audio": "good.wav", "text": "  "}): "empty",
        json.dumps({"text": "x"}): "schema",
        json.dumps({"audio": "none.wav", "text": "x"}): "missing",
        json.dumps({"audio": "../train.jsonl", "text": "x"}): "outside",
        json.dumps({"audio": "good.wav", "text": "x", "language": "xx"}): "unknown-language",
        json.dumps({"audio": "long.wav", "text": "x"}): "too-long",
        json.dumps({"audio": "short.wav", "text": "x"}): "too-short",
        json.dumps({"audio": "cut.wav", "text": "x"}): "corrupt",
        json.dumps({"audio": "good.wav", "text": "another text"}): "duplicate",
    }
    for line, code in faulty.items():
        config = configured(tmp_path, [good, line], [other])
        assert dict(check_data(config.data).fault_counts) == {code: 1}, line
    shared = configured(tmp_path, [good], [good])
    assert dict(check_data(shared.data).fault_counts) == {"leakage": 1}


def test_the_decoder_learns_language_task_text_and_end(tmp_path: Path) -> None:
    media = tmp_path / "media"
    rows = [row(media, "a.wav", 440, "Hi"), row(media, "b.wav", 880, "Ja") | {"language": "de"}]
    processor = tiny_processor(2)

    def learned(config: Config) -> list[str]:
        data = load_dataset(config.data.train_path, processor, config)
        return [processor.tokenizer.decode(data[index]["labels"].tolist()) for index in range(2)]

    assert learned(configured(tmp_path, rows, [])) == [
        "<|en|><|transcribe|><|notimestamps|>Hi<|endoftext|>",
        "<|de|><|transcribe|><|notimestamps|>Ja<|endoftext|>",
    ]


def test_a_transcript_that_the_decoder_cannot_hold_is_an_error(tmp_path: Path) -> None:
    rows = [row(tmp_path / "media", "a.wav", 440, "far too many letters")]
    config = configured(tmp_path, rows, rows, max_transcript_tokens=16)
    with pytest.raises(DataError, match="at most 16"):
        load_dataset(config.data.train_path, tiny_processor(2), config)


def test_batches_are_padded_and_padding_is_not_learned() -> None:
    config = load_config("configs", [SMOKE])
    data = load_dataset(config.data.train_path, tiny_processor(2), config).largest_first()
    batch = collator(config)([data[0], data[len(data) - 1]])
    # Two seconds at a hundred frames a second, eighty bands.
    assert batch["input_features"].shape == (2, 80, 200)
    assert (batch["labels"][1, data.size(len(data) - 1) :] == IGNORED).all()
    worst = largest_example(data, config)
    assert worst.size(0) == len(worst[0]["labels"]) == config.data.max_transcript_tokens


def test_the_golden_set_is_well_formed_and_not_in_the_training_data(tmp_path: Path) -> None:
    golden = read_golden(Path("data/golden/golden.jsonl"))
    trained = {entry["audio"] for entry in read_rows(Path("data/sample/train.jsonl"))}
    assert len(golden) == len({entry["id"] for entry in golden}) > 0
    assert not {entry["audio"] for entry in golden} & trained
    missing = write(tmp_path / "g.jsonl", [{"id": "g", "audio": "none.wav", "text": "x"}])
    with pytest.raises(DataError, match="make_sample"):
        read_golden(missing)

"""Pictures and labels are checked before anything is spent, and become the batches they should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from conftest import SMOKE
from pipeline.config import Config, load_config, parse_config
from pipeline.data import collate, load_dataset
from pipeline.data_checks import check_data, require_valid
from pipeline.errors import DataError
from pipeline.labels import label_names
from pipeline.measure import read_golden
from pipeline.prepare import prepare
from pipeline.rows import read_rows
from pipeline.tiny import tiny_processor

COLOURS = {"red": (200, 0, 0), "blue": (0, 0, 200)}


def picture(folder: Path, name: str, colour: tuple[int, int, int], side: int = 48) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (side, side), colour).save(folder / name)
    return name


def row(folder: Path, name: str, label: str, shade: int = 0) -> dict[str, str]:
    red, green, blue = COLOURS[label]
    return {"image": picture(folder, name, (red, green + shade, blue)), "label": label}


def write(path: Path, rows: list[Any]) -> Path:
    lines = [entry if isinstance(entry, str) else json.dumps(entry) for entry in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def configured(tmp_path: Path, train: list[Any], validation: list[Any], **data: Any) -> Config:
    paths = {
        "train_path": str(write(tmp_path / "train.jsonl", train)),
        "validation_path": str(write(tmp_path / "validation.jsonl", validation)),
        "media_path": str(tmp_path / "media"),
    }
    return parse_config({"model": {"image_size": 32}, "data": {**paths, **data}})


def test_the_sample_passes_every_check(tmp_path: Path) -> None:
    config = load_config("configs", [SMOKE])
    assert require_valid(config.data, tmp_path / "report.json").status == "pass"
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    train = written["files"]["data/sample/train.jsonl"]
    assert train["rows"] == 48
    assert train["shorter_side_pixels"]["histogram"] == {"<=64": 48}


def test_each_fault_of_a_row_is_found(tmp_path: Path) -> None:
    media = tmp_path / "media"
    good = row(media, "good.png", "red")
    (media / "cut.png").write_bytes((media / "good.png").read_bytes()[:60])
    picture(media, "small.png", (1, 2, 3), side=8)
    faulty = {
        "{not json": "json",
        "[1]": "schema",
        json.dumps({"label": "red"}): "schema",
        json.dumps({"image": "good.png"}): "schema",
        json.dumps({"image": "good.png", "label": " "}): "empty",
        json.dumps({"image": "good.png", "label": "green"}): "unknown-label",
        json.dumps({"image": "none.png", "label": "red"}): "missing",
        json.dumps({"image": "../train.jsonl", "label": "red"}): "outside",
        json.dumps({"image": "cut.png", "label": "red"}): "corrupt",
        json.dumps({"image": "small.png", "label": "red"}): "too-small",
    }
    other = row(media, "other.png", "blue")
    for line, code in faulty.items():
        config = configured(tmp_path, [good, line], [other], labels=["red", "blue"])
        assert dict(check_data(config.data).fault_counts) == {code: 1}, line


def test_a_copy_under_another_name_is_a_duplicate_or_leakage(tmp_path: Path) -> None:
    media = tmp_path / "media"
    first, copy = row(media, "a.png", "red"), row(media, "b.png", "red")
    other = row(media, "c.png", "blue")
    twice = configured(tmp_path, [first, copy], [other])
    assert dict(check_data(twice.data).fault_counts) == {"duplicate": 1}
    shared = configured(tmp_path, [first, other], [copy])
    assert dict(check_data(shared.data).fault_counts) == {"leakage": 1}


def test_prepare_keeps_copies_of_a_picture_in_one_split(tmp_path: Path) -> None:
    media = tmp_path / "media"
    rows = [row(media, f"{n}.png", "red" if n % 2 else "blue", shade=n // 2) for n in range(60)]
    again = [row(media, f"again-{n}.png", "blue", shade=n // 2) for n in range(0, 60, 2)]
    config = configured(tmp_path, [], [], raw_path=str(tmp_path / "raw"), allow_duplicates=True)
    (tmp_path / "raw").mkdir()
    write(tmp_path / "raw" / "rows.jsonl", [*rows, *again, "{"])
    report = prepare(config)
    assert report["dropped"] == {"json": 1}
    assert report["train_rows"] + report["validation_rows"] == 90
    assert check_data(config.data).status == "pass"


def test_labels_are_those_of_the_training_unless_they_are_named(tmp_path: Path) -> None:
    media = tmp_path / "media"
    train = [row(media, "a.png", "red"), row(media, "b.png", "blue")]
    validation = [{"image": row(media, "c.png", "red", 9)["image"], "label": "green"}]
    config = configured(tmp_path, train, validation)
    assert label_names(config) == ["blue", "red"]
    with pytest.raises(DataError, match=r'"green".*blue, red'):
        load_dataset(config.data.validation_path, tiny_processor(32), config)
    named = configured(tmp_path, train, validation, labels=["red", "green", "blue"])
    assert load_dataset(named.data.validation_path, tiny_processor(32), named)[0]["labels"] == 1
    with pytest.raises(DataError, match="at least two"):
        label_names(configured(tmp_path, train[:1], []))


def test_pixels_are_scaled_as_the_base_model_wants_them(tmp_path: Path) -> None:
    media = tmp_path / "media"
    rows = [
        {"image": picture(media, "white.png", (255, 255, 255), side=60), "label": "a"},
        {"image": picture(media, "black.png", (0, 0, 0)), "label": "b"},
    ]
    config = configured(tmp_path, rows, rows, augment=False)
    data = load_dataset(config.data.train_path, tiny_processor(32), config)
    batch = collate([data[0], data[1]])
    assert batch["pixel_values"].shape == (2, 3, 32, 32)
    # (1 - 0.5) / 0.5 = 1 and (0 - 0.5) / 0.5 = -1
    assert batch["pixel_values"][0].unique().tolist() == [1.0]
    assert batch["pixel_values"][1].unique().tolist() == [-1.0]
    assert batch["labels"].tolist() == [0, 1]


def test_crops_change_with_the_epoch_and_are_the_same_when_it_is_resumed() -> None:
    config = load_config("configs", [SMOKE], ["data.min_crop=0.2"])
    data = load_dataset(config.data.train_path, tiny_processor(32), config)
    first = data[0]["pixel_values"]
    torch.manual_seed(5)  # whatever else draws random numbers
    assert torch.equal(first, data[0]["pixel_values"])
    data.epoch = 1
    assert not torch.equal(first, data[0]["pixel_values"])
    validation = load_dataset(config.data.validation_path, tiny_processor(32), config)
    before = validation[0]["pixel_values"]
    validation.epoch = 1
    assert torch.equal(before, validation[0]["pixel_values"])


def test_the_golden_set_is_well_formed_and_not_in_the_training_data(tmp_path: Path) -> None:
    golden = read_golden(Path("data/golden/golden.jsonl"))
    trained = {entry["image"] for entry in read_rows(Path("data/sample/train.jsonl"))}
    assert len(golden) == len({entry["id"] for entry in golden}) > 0
    assert not {entry["image"] for entry in golden} & trained
    missing = write(tmp_path / "g.jsonl", [{"id": "g", "image": "none.png", "label": "ok"}])
    with pytest.raises(DataError, match="make_sample"):
        read_golden(missing)

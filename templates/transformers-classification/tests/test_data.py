"""Labelled texts: their checks, their classes, their batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from conftest import SMOKE
from labelled_rows import LABELS, config_of, row
from pipeline.config import load_config
from pipeline.data import Collator, labels_of, largest_example, load_dataset, report_balance
from pipeline.data_checks import check_data, require_valid
from pipeline.errors import ConfigError, DataError
from pipeline.measure import (
    read_golden,
)
from pipeline.model import load_processor
from pipeline.rows import read_rows


def test_the_sample_passes_every_check_and_golden_texts_are_not_in_it(tmp_path: Path) -> None:
    config = load_config("configs", [SMOKE])
    assert require_valid(config.data, tmp_path / "report.json").status == "pass"
    trained = {entry["text"] for entry in read_rows(config.data.train_path)}
    golden = read_golden(config.evaluation.golden_path, LABELS)
    assert not trained & {entry["text"] for entry in golden}


@pytest.mark.parametrize(
    ("faulty", "code"),
    [
        ([1, 2], "schema"),
        ({"text": "no label"}, "schema"),
        ({"text": "a number", "label": 3}, "schema"),
        (row("  ", "a"), "empty"),
        (row("misspelt", "A"), "unknown-label"),
        (row("Text", "b"), "duplicate"),  # as an earlier text, with another label
    ],
)
def test_each_fault_of_a_row_is_found(tmp_path: Path, faulty: Any, code: str) -> None:
    config = config_of(tmp_path, [row("text", "a"), faulty], labels=["a", "b"])
    assert dict(check_data(config.data).fault_counts) == {code: 1}


def test_labels_are_those_of_the_training_file_unless_they_are_listed(tmp_path: Path) -> None:
    rows = [row("1", "late"), row("2", "early"), row("3", "late")]
    assert labels_of(config_of(tmp_path, rows)) == ["early", "late"]
    assert labels_of(config_of(tmp_path, rows, labels=["late", "early"])) == ["late", "early"]
    with pytest.raises(DataError, match="1 class"):
        labels_of(config_of(tmp_path, rows[:1]))
    with pytest.raises(ConfigError, match="stands twice"):
        config_of(tmp_path, rows, labels=["late", "late"])


def test_a_class_that_only_validation_has_stops_the_run(tmp_path: Path) -> None:
    config = config_of(tmp_path, [row("1", "a"), row("2", "b")], row("3", "c"))
    tokenizer = load_processor(config)
    with pytest.raises(DataError, match='has the label "c"'):
        load_dataset(config.data.validation_path, tokenizer, config)


def test_rare_classes_are_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rows = [row(str(number), "often") for number in range(30)] + [row("x", "rarely")]
    with caplog.at_level("INFO"):
        report_balance(config_of(tmp_path, rows))
    (record,) = [entry for entry in caplog.records if entry.getMessage() == "classes"]
    assert record.levelname == "WARNING"


def test_texts_are_cut_padded_and_stretched_to_the_full_length() -> None:
    config = load_config("configs", [SMOKE], ["model.max_length=16"])
    tokenizer = load_processor(config)
    data = load_dataset(config.data.train_path, tokenizer, config)
    assert {data.size(index) for index in range(len(data))} == {16}
    assert largest_example(data, config).size(0) == 16
    batch = Collator(0)([data[0], {"input_ids": torch.tensor([5]), "labels": torch.tensor(1)}])
    assert batch["attention_mask"].sum(dim=1).tolist() == [16, 1]
    assert batch["labels"].tolist()[1] == 1

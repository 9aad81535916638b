"""Queries and documents: their checks, their prompts, their batches."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import SMOKE
from pipeline.config import load_config, parse_config
from pipeline.data import (
    Collator,
    DistinctTexts,
    Group,
    GroupDataset,
    largest_example,
    load_dataset,
)
from pipeline.data_checks import check_data, require_valid
from pipeline.measure import read_golden
from pipeline.model import load_processor
from pipeline.rows import read_rows


def pair(query: str, positive: str, *negative: str) -> dict[str, Any]:
    return {"query": query, "positive": positive} | (
        {"negative": list(negative)} if negative else {}
    )


def faults(tmp_path: Path, rows: list[Any], **settings: Any) -> dict[str, int]:
    for name, content in (("train", rows), ("validation", [pair("z", "y", "x")])):
        lines = "".join(f"{json.dumps(row)}\n" for row in content)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    paths = {f"{name}_path": str(tmp_path / f"{name}.jsonl") for name in ("train", "validation")}
    return dict(check_data(parse_config({"data": {**paths, **settings}}).data).fault_counts)


def test_the_sample_passes_every_check_and_golden_queries_are_not_in_it(tmp_path: Path) -> None:
    config = load_config("configs", [SMOKE])
    assert require_valid(config.data, tmp_path / "report.json").status == "pass"
    asked = {row["query"] for row in read_rows(config.data.train_path)}
    assert not asked & {row["query"] for row in read_golden(config.evaluation.golden_path)}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"query": "q"}, "schema"),
        ({"query": "q", "positive": "p", "negative": 3}, "schema"),
        ({"query": "q", "positive": "p", "negative": ["n", 3]}, "schema"),
        (pair("q", " "), "empty"),
        (pair("q", "The page", "the  page"), "no-difference"),
        (pair("A", "B"), "duplicate"),
    ],
)
def test_each_fault_of_a_row_is_found(tmp_path: Path, row: Any, code: str) -> None:
    assert faults(tmp_path, [pair("a", "b"), row]) == {code: 1}


def test_rows_hold_as_many_negatives_as_are_used(tmp_path: Path) -> None:
    rows = [pair("a", "b", "c"), pair("d", "e")]
    assert faults(tmp_path, rows, hard_negatives=1) == {"too-few-negatives": 1}


def test_columns_are_padded_apart_and_stretched_to_the_full_length() -> None:
    config = load_config("configs", [SMOKE], ["model.max_length=200"])
    processor = load_processor(config)
    data = load_dataset(config.data.train_path, processor, config)
    batch = Collator(0)([data[0], data[1]])
    assert len(batch["columns"]) == 3  # query, document, one hard negative
    queries, documents, _ = batch["columns"]
    assert queries["input_ids"].shape[1] < documents["input_ids"].shape[1]
    assert queries["attention_mask"].sum() == sum(len(data[i]["texts"][0]) for i in (0, 1))
    assert batch["labels"].tolist() == [0, 1]
    largest = largest_example(data, config)
    assert [len(text) for text in largest[0]["texts"]] == [200, 200, 200]


def test_no_text_stands_twice_within_a_batch_while_there_are_others() -> None:
    def group(*texts: int) -> Group:
        return Group(tuple(np.array([text]) for text in texts))

    # Four documents, each the answer to six queries: batches of four hold each document once.
    groups = [group(100 + number, number % 4) for number in range(24)]
    sampler = DistinctTexts(GroupDataset(groups), batch_size=4, seed=1)
    orders = []
    for epoch in range(2):
        sampler.set_epoch(epoch)
        order = list(sampler)
        assert sorted(order) == list(range(24))
        for start in range(0, 24, 4):
            assert len({number % 4 for number in order[start : start + 4]}) == 4
        orders.append(order)
    assert orders[0] != orders[1]
    sampler.set_epoch(0)
    assert list(sampler) == orders[0]
    # One document only: nothing is lost.
    same = DistinctTexts(GroupDataset([group(n + 1, 0) for n in range(5)]), 4, 1)
    assert sorted(same) == [0, 1, 2, 3, 4]

"""Pairs of answers: their checks and their tokens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conftest import SMOKE
from pipeline.config import load_config, parse_config
from pipeline.data import encode, largest_example, load_dataset
from pipeline.data_checks import check_data, require_valid
from pipeline.errors import DataError
from pipeline.golden import read_golden
from pipeline.rows import read_rows
from pipeline.tokenizer import tiny_tokenizer


def pair(question: str, chosen: str, rejected: str) -> dict[str, Any]:
    return {
        "prompt": [{"role": "user", "content": question}],
        "chosen": [{"role": "assistant", "content": chosen}],
        "rejected": [{"role": "assistant", "content": rejected}],
    }


GOOD = pair("a", "b", "c")


def write(path: Path, rows: list[Any]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def faults(tmp_path: Path, train_rows: list[Any], **settings: Any) -> dict[str, int]:
    validation = {"prompt": "z", "chosen": "y", "rejected": "x"}
    paths = {
        "train_path": str(write(tmp_path / "train.jsonl", train_rows)),
        "validation_path": str(
            write(
                tmp_path / "validation.jsonl",
                [validation if settings else pair("z", "y", "x")],
            )
        ),
    }
    config = parse_config({"data": {**paths, **settings}})
    return dict(check_data(config.data).fault_counts)


def test_the_sample_passes_every_check_and_golden_prompts_are_not_in_it(tmp_path: Path) -> None:
    config = load_config("configs", [SMOKE])
    assert require_valid(config.data, tmp_path / "report.json").status == "pass"
    trained = {row["prompt"][-1]["content"] for row in read_rows(config.data.train_path)}
    golden = read_golden(config.evaluation.golden_path)
    assert not trained & {row["messages"][-1]["content"] for row in golden}


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"chosen": [], "rejected": []}, "schema"),
        ({**GOOD, "chosen": "text in place of turns"}, "schema"),
        ({**GOOD, "chosen": GOOD["prompt"]}, "schema"),
        ({**GOOD, "prompt": [*GOOD["prompt"], *GOOD["chosen"]]}, "schema"),
        ({**GOOD, "rejected": []}, "empty"),
        (pair("question", "The  answer", "the answer"), "no-preference"),
    ],
)
def test_each_fault_of_a_pair_is_found(tmp_path: Path, row: Any, code: str) -> None:
    assert faults(tmp_path, [GOOD, row]) == {code: 1}


def test_a_pair_that_contradicts_an_earlier_one_is_found(tmp_path: Path) -> None:
    assert faults(tmp_path, [GOOD, pair("A", "c", "b")]) == {"duplicate": 1}


def test_plain_pairs_are_checked_too(tmp_path: Path) -> None:
    rows = [{"prompt": "a", "chosen": "b", "rejected": "c"}, {"prompt": "a", "chosen": "b"}]
    assert faults(tmp_path, rows, format="plain") == {"schema": 1}


def test_a_pair_shares_its_prompt_and_ends_both_answers() -> None:
    tokenizer = tiny_tokenizer()
    encoded = encode(pair("Ü?", "Yes.", "No."), tokenizer, load_config("configs", [SMOKE]))
    texts = [tokenizer.decode(ids) for ids in (encoded.prompt, encoded.chosen, encoded.rejected)]
    assert texts == [
        "<|im_start|>user\nÜ?<|im_end|>\n<|im_start|>assistant\n",
        "Yes.<|im_end|>\n",
        "No.<|im_end|>\n",
    ]
    assert len(encoded) == len(encoded.prompt) + len(encoded.chosen)


def test_plain_answers_end_with_the_end_token() -> None:
    tokenizer = tiny_tokenizer()
    config = parse_config({"data": {"format": "plain"}})
    encoded = encode({"prompt": "1+1=", "chosen": "2", "rejected": "3"}, tokenizer, config)
    assert tokenizer.decode(encoded.chosen) == "2<|im_end|>"


def test_pairs_that_no_longer_differ_once_cut_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    same_start = pair("q", "same start, then this", "same start, then that")
    path = write(tmp_path / "rows.jsonl", [same_start, GOOD])
    config = parse_config({"model": {"max_length": 36}})
    assert len(load_dataset(path, tiny_tokenizer(), config)) == 1
    (record,) = [entry for entry in caplog.records if entry.getMessage() == "rows_too_long"]
    assert vars(record)["fields"]["left_out"] == 1
    only = write(tmp_path / "only.jsonl", [same_start])
    with pytest.raises(DataError, match=r"model\.max_length"):
        load_dataset(only, tiny_tokenizer(), config)


def test_the_largest_example_fills_both_sequences() -> None:
    config = load_config("configs", [SMOKE], ["model.max_length=300"])
    data = load_dataset(config.data.train_path, tiny_tokenizer(), config)
    largest = largest_example(data, config)[0]
    for key in ("chosen_ids", "rejected_ids"):
        assert len(largest["prompt_ids"]) + len(largest[key]) == 300

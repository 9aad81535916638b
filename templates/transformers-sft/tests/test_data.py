"""Data is checked before anything is spent, and becomes the tokens it should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from conftest import SMOKE
from pipeline.chat import PLAIN_CHAT_TEMPLATE
from pipeline.config import load_config, parse_config
from pipeline.data import (
    IGNORED,
    Collator,
    Example,
    TokenDataset,
    encode,
    load_dataset,
    pack,
)
from pipeline.data_checks import check_data, require_valid
from pipeline.errors import DataError
from pipeline.golden import read_golden
from pipeline.prepare import prepare
from pipeline.rows import read_rows
from pipeline.tiny import tiny_model
from pipeline.tokenizer import tiny_tokenizer


def chat(question: str, answer: str) -> dict[str, Any]:
    return {
        "messages": [
            {"role": "user", "content": question},
            {"role": "assistant", "content": answer},
        ]
    }


def write(path: Path, rows: list[Any]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def faults(
    tmp_path: Path, train: list[Any], validation: list[Any], **settings: Any
) -> dict[str, int]:
    paths = {
        "train_path": str(write(tmp_path / "train.jsonl", train)),
        "validation_path": str(write(tmp_path / "validation.jsonl", validation)),
    }
    config = parse_config({"data": {**paths, **settings}})
    return dict(check_data(config.data).fault_counts)


def test_the_sample_passes_every_check(tmp_path: Path) -> None:
    config = load_config("configs", [SMOKE])
    report = require_valid(config.data, tmp_path / "report.json")
    assert report.status == "pass"
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    train = written["files"]["data/sample/train.jsonl"]
    assert train["rows"] == 50
    assert sum(train["characters"]["histogram"].values()) == 50


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("{not json", "json"),
        ("[1, 2]", "schema"),
        ({"text": "no messages"}, "schema"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "schema"),
        ({"messages": [{"role": "user", "content": "no answer"}]}, "schema"),
        ({"messages": [{"role": "assistant", "content": "no question"}]}, "schema"),
        ({"messages": []}, "empty"),
        (chat("question", "   "), "empty"),
    ],
)
def test_each_fault_of_a_row_is_found(tmp_path: Path, row: Any, code: str) -> None:
    assert faults(tmp_path, [chat("a", "b"), row], [chat("c", "d")]) == {code: 1}


def test_duplicates_leakage_and_empty_files_are_found(tmp_path: Path) -> None:
    repeated = [chat("Same  question", "Yes"), chat("same question", "yes")]
    assert faults(tmp_path, repeated, [chat("c", "d")]) == {"duplicate": 1}
    assert faults(tmp_path, repeated, [chat("c", "d")], allow_duplicates=True) == {}
    assert faults(tmp_path, [chat("a", "b")], [chat("A", "another answer")]) == {"leakage": 1}
    assert faults(tmp_path, [chat("a", "b")], []) == {"empty-file": 1}


def test_prompt_completion_rows_are_checked_too(tmp_path: Path) -> None:
    good = {"prompt": "a", "completion": "b"}
    other = {"prompt": "c", "completion": "d"}
    found = faults(tmp_path, [good, {"prompt": "x"}], [other], format="prompt-completion")
    assert found == {"schema": 1}


def test_faulty_data_stops_with_file_and_line(tmp_path: Path) -> None:
    train = write(tmp_path / "train.jsonl", [chat("a", "b"), "{"])
    config = parse_config({"data": {"train_path": str(train), "validation_path": str(train)}})
    with pytest.raises(DataError, match=r"train\.jsonl:2 \[json\]"):
        require_valid(config.data)


def test_a_missing_file_says_what_to_run(tmp_path: Path) -> None:
    config = parse_config({"data": {"train_path": str(tmp_path / "none.jsonl")}})
    with pytest.raises(DataError, match="make data"):
        check_data(config.data)


def prepared(folder: Path, rows: list[Any]) -> tuple[dict[str, Any], set[str], set[str]]:
    raw = folder / "raw"
    raw.mkdir(parents=True, exist_ok=True)
    write(raw / "rows.jsonl", rows)
    config = parse_config(
        {
            "data": {
                "raw_path": str(raw),
                "train_path": str(folder / "train.jsonl"),
                "validation_path": str(folder / "validation.jsonl"),
                "validation_fraction": 0.2,
            }
        }
    )
    report = prepare(config)
    assert check_data(config.data).status == "pass"
    train = set((folder / "train.jsonl").read_text(encoding="utf-8").splitlines())
    return (
        report,
        train,
        set((folder / "validation.jsonl").read_text(encoding="utf-8").splitlines()),
    )


def test_prepare_drops_faults_and_splits_without_leakage(tmp_path: Path) -> None:
    rows: list[Any] = [chat(f"question {n // 2}", f"answer {n}") for n in range(100)]
    report, train, validation = prepared(tmp_path, [*rows, rows[0], "{", chat("x", " ")])
    assert report["dropped"] == {"duplicate": 1, "json": 1, "empty": 1}
    assert len(train) + len(validation) == 100
    assert 5 <= len(validation) <= 40


def test_rows_added_later_do_not_move_earlier_ones(tmp_path: Path) -> None:
    rows = [chat(f"question {n}", "answer") for n in range(60)]
    _, _, before = prepared(tmp_path / "a", rows)
    _, _, after = prepared(tmp_path / "b", [chat("a new one", "answer"), *rows])
    assert before <= after


def test_only_the_assistant_is_learned() -> None:
    tokenizer = tiny_tokenizer()
    config = load_config("configs", [SMOKE])
    row = {
        "messages": [
            {"role": "system", "content": "Be brief. Überall."},
            {"role": "user", "content": "First?"},
            {"role": "assistant", "content": "One — ja."},
            {"role": "user", "content": "Second?"},
            {"role": "assistant", "content": "Two."},
        ]
    }
    example = encode(row, tokenizer, config)
    learned = tokenizer.decode(example.input_ids[example.learned].tolist())
    assert learned == "One — ja.<|im_end|>\nTwo.<|im_end|>\n"
    everything = parse_config({"data": {"mask_prompt": False}})
    assert encode(row, tokenizer, everything).learned.all()


def test_a_completion_is_learned_with_its_end() -> None:
    tokenizer = tiny_tokenizer()
    config = parse_config({"data": {"format": "prompt-completion"}})
    example = encode({"prompt": "1 + 1 =", "completion": " 2"}, tokenizer, config)
    assert tokenizer.decode(example.input_ids[example.learned].tolist()) == " 2<|im_end|>"


def test_the_plain_template_learns_the_space_with_the_answer() -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.chat_template = PLAIN_CHAT_TEMPLATE
    example = encode(chat("Hi", "Hello"), tokenizer, parse_config({}))
    learned = tokenizer.decode(example.input_ids[example.learned].tolist())
    assert learned == " Hello<|im_end|>\n"


@pytest.mark.parametrize("data_format", ["chat", "prompt-completion"])
def test_a_long_document_loses_its_middle_and_keeps_its_summary(data_format: str) -> None:
    tokenizer = tiny_tokenizer()
    document = "Summarise this: " + "word " * 200 + "That was it."
    row = chat(document, "Words.") | {"prompt": document, "completion": " Words."}
    limits = {"model": {"max_length": 128}, "data": {"format": data_format}}
    example = encode(row, tokenizer, parse_config(limits))
    assert example.is_cut
    assert len(example) == 128
    text = tokenizer.decode(example.input_ids.tolist())
    assert "Summarise this: word" in text
    assert "That was it." in text
    learned = tokenizer.decode(example.input_ids[example.learned].tolist())
    assert learned.strip() == "Words.<|im_end|>"
    # Nothing but the document became shorter: the template's own words stand.
    whole = parse_config(limits | {"model": {"max_length": 4096}})
    everything = tokenizer.decode(encode(row, tokenizer, whole).input_ids.tolist())
    assert text[:20] == everything[:20]
    assert text[-40:] == everything[-40:]


def test_an_answer_longer_than_its_question_is_cut_at_its_end() -> None:
    tokenizer = tiny_tokenizer()
    config = parse_config({"model": {"max_length": 64}})
    example = encode(chat("Count.", "one two " * 20), tokenizer, config)
    assert len(example) == 64
    text = tokenizer.decode(example.input_ids.tolist())
    assert "user\nCount.<|im_end|>" in text
    assert not text.rstrip().endswith("<|im_end|>")


def test_rows_without_a_learned_token_are_left_out_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Neither turn alone is long enough to pay for the other: the answer is cut off.
    lost = {"messages": [{"role": "user", "content": "ab"} for _ in range(9)]}
    lost["messages"].append({"role": "assistant", "content": "cut off"})
    rows = [lost, chat("long " * 50, "kept"), chat("q", "a")]
    path = write(tmp_path / "rows.jsonl", rows)
    config = parse_config({"model": {"max_length": 64}})
    assert len(load_dataset(path, tiny_tokenizer(), config)) == 2
    (record,) = (entry for entry in caplog.records if entry.getMessage() == "rows_too_long")
    assert vars(record)["fields"] == {
        "path": str(path),
        "cut": 1,
        "left_out": 1,
        "max_length": 64,
    }
    only_long = write(tmp_path / "long.jsonl", [lost])
    with pytest.raises(DataError, match=r"model\.max_length"):
        load_dataset(only_long, tiny_tokenizer(), config)


def test_batches_are_padded_and_padding_is_not_learned() -> None:
    config = load_config("configs", [SMOKE])
    data = load_dataset(config.data.train_path, tiny_tokenizer(), config).largest_first()
    batch = Collator(pad_token_id=0)([data[0], data[len(data) - 1]])
    short = data.size(len(data) - 1)
    assert batch["input_ids"].shape == (2, data.size(0))
    assert batch["attention_mask"].sum(dim=1).tolist() == [data.size(0), short]
    assert (batch["labels"][1, short:] == IGNORED).all()


def test_packed_examples_do_not_see_each_other() -> None:
    tokenizer = tiny_tokenizer()
    config = load_config("configs", [SMOKE], ["data.packing=true", "model.max_length=1024"])
    rows = list(read_rows(config.data.train_path, 5))
    examples = [encode(row, tokenizer, config) for row in rows]
    packed = load_dataset(config.data.train_path, tokenizer, config)
    assert len(packed) < 50
    assert max(packed.size(index) for index in range(len(packed))) <= 1024

    model = tiny_model(len(tokenizer)).eval()
    apart = TokenDataset([[example] for example in examples])
    together = TokenDataset(pack(examples, capacity=1024))
    totals = []
    for dataset, packing in ((apart, False), (together, True)):
        batch = Collator(0, packing)([dataset[index] for index in range(len(dataset))])
        with torch.no_grad():
            totals.append(model(**batch, use_cache=False).loss)
    torch.testing.assert_close(totals[0], totals[1])


def test_packing_splits_no_example_and_overfills_no_sequence() -> None:
    examples = [
        Example(np.full(size, size, dtype=np.int32), np.ones(size, dtype=bool))
        for size in (90, 10, 50, 50, 30, 70)
    ]
    bins = pack(examples, capacity=100)
    assert sorted(sum(len(example) for example in members) for members in bins) == [100, 100, 100]


def test_the_golden_set_is_well_formed_and_not_in_the_training_data() -> None:
    golden = read_golden(Path("data/golden/golden.jsonl"))
    asked = {row["messages"][-1]["content"] for row in golden}
    trained = {row["messages"][-2]["content"] for row in read_rows(Path("data/sample/train.jsonl"))}
    assert len(golden) == len(asked) > 0
    assert not asked & trained

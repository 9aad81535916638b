"""Pairs of answers: their checks, their tokens, the loss they give, and what is measured."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel

from conftest import SMOKE
from pipeline.config import load_config, parse_config
from pipeline.data import Pair, PairDataset, encode, largest_example, load_dataset
from pipeline.data_checks import check_data, require_valid
from pipeline.errors import ConfigError, DataError
from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.golden import read_golden
from pipeline.measure import log_probabilities
from pipeline.model import load_finished, load_for_training
from pipeline.probe import probe
from pipeline.rows import read_rows
from pipeline.tiny import tiny_model
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train
from pipeline.trainer import build_trainer


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


def test_pairs_that_no_longer_differ_once_cut_are_left_out(tmp_path: Path) -> None:
    same_start = pair("q", "same start, then this", "same start, then that")
    path = write(tmp_path / "rows.jsonl", [same_start, GOOD])
    config = parse_config({"model": {"max_length": 36}})
    assert len(load_dataset(path, tiny_tokenizer(), config)) == 1
    only = write(tmp_path / "only.jsonl", [same_start])
    with pytest.raises(DataError, match=r"model\.max_length"):
        load_dataset(only, tiny_tokenizer(), config)


def test_the_largest_example_fills_both_sequences() -> None:
    config = load_config("configs", [SMOKE], ["model.max_length=300"])
    data = load_dataset(config.data.train_path, tiny_tokenizer(), config)
    largest = largest_example(data, config)[0]
    for key in ("chosen_ids", "rejected_ids"):
        assert len(largest["prompt_ids"]) + len(largest[key]) == 300


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_first_loss_is_that_of_a_model_that_is_its_own_reference(
    smoke: Any, method: str
) -> None:
    result = probe(smoke(f"method.name={method}"))
    # -log sigmoid(0): policy and reference agree before the first step.
    assert result["losses"][0] == pytest.approx(math.log(2), abs=1e-4)
    assert result["losses"][1] < math.log(2)


def test_the_loss_is_the_published_formula(smoke: Any) -> None:
    config = smoke("method.name=full", "training.beta=0.5")
    tokenizer = tiny_tokenizer()
    data = load_dataset(config.data.train_path, tokenizer, config)
    model = load_for_training(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.01)
    trainer = build_trainer(config, model, tokenizer, data, data, [], output_dir="unused")
    rows = [data[0], data[1]]
    loss = trainer.compute_loss(model, trainer.data_collator(rows))

    def summed(scored: Any, ids: list[int], answer: int) -> torch.Tensor:
        logits = scored(torch.tensor([ids])).logits[0, :-1].log_softmax(-1)
        taken = logits.gather(1, torch.tensor(ids[1:])[:, None])
        return taken[-answer:].sum()

    reference = tiny_model(len(tokenizer))
    margins = []
    for row in rows:
        ratios = []
        for answer in (row["chosen_ids"], row["rejected_ids"]):
            ids = row["prompt_ids"] + answer
            ratios.append(summed(model, ids, len(answer)) - summed(reference, ids, len(answer)))
        margins.append(ratios[0] - ratios[1])
    # Rafailov et al. 2023, equation 7.
    expected = -torch.nn.functional.logsigmoid(0.5 * torch.stack(margins)).mean()
    torch.testing.assert_close(loss, expected, rtol=1e-4, atol=1e-5)


def test_the_reference_of_an_adapter_costs_no_second_one(smoke: Any) -> None:
    config = smoke()
    tokenizer = tiny_tokenizer()
    data = load_dataset(config.data.train_path, tokenizer, config)
    model = load_for_training(config)
    assert isinstance(model, PeftModel)
    trainer = build_trainer(config, model, tokenizer, data, data, [], output_dir="unused")
    assert list(trainer.model.peft_config) == ["default"]
    assert trainer.ref_model is None
    assert any(value.requires_grad for value in trainer.model.parameters())


def test_likelihoods_are_those_of_the_answer_a_token() -> None:
    tokenizer = tiny_tokenizer()
    config = load_config("configs", [SMOKE])
    model = tiny_model(len(tokenizer)).eval()
    pairs = [Pair([5, 6, 7], [8, 9], [10]), Pair([5], [6, 7, 8, 9, 10], [11, 12])]
    found = log_probabilities(model, tokenizer, PairDataset(pairs), config)
    for row, expected_pair in enumerate(pairs):
        for column, answer in enumerate((expected_pair.chosen, expected_pair.rejected)):
            ids = torch.tensor([expected_pair.prompt + answer])
            with torch.no_grad():
                scores = model(ids).logits[0, :-1].log_softmax(-1)
            taken = scores.gather(1, ids[0, 1:, None])[-len(answer) :]
            torch.testing.assert_close(found[row, column], taken.mean())


def test_smoothing_is_for_the_sigmoid_loss_alone() -> None:
    with pytest.raises(ConfigError, match="label_smoothing is for loss sigmoid"):
        parse_config({"training": {"loss": "ipo", "label_smoothing": 0.1}})


@pytest.mark.parametrize("loss", ["ipo", "hinge"])
def test_the_other_losses_train(smoke: Any, loss: str) -> None:
    assert train(smoke(f"training.loss={loss}", "training.max_steps=1")).steps == 1


@pytest.mark.parametrize("method", ["full", "lora"])
def test_sixteen_bit_training_with_checkpointing_runs(smoke: Any, method: str) -> None:
    result = train(
        smoke(
            f"method.name={method}",
            "training.dtype=bf16-mixed",
            "training.max_steps=2",
            "training.gradient_checkpointing=true",
        )
    )
    assert result.validation_loss is not None
    assert result.validation_loss < 0.7


def test_train_evaluate_and_export(smoke: Any, tmp_path: Path) -> None:
    config = smoke("evaluation.max_new_tokens=4")
    baseline = measure_baseline(config)
    assert baseline.golden_total == 6
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"]
    accuracies = [
        report[which]["metrics"]["preference_accuracy"] for which in ("baseline", "candidate")
    ]
    assert accuracies[1] > accuracies[0]
    summary = export(config, tmp_path / "export")
    assert set(summary["sha256"]) == {"model.safetensors"}
    merged, tokenizer = load_finished(config, tmp_path / "export", None, torch.float32)
    adapted, _ = load_finished(config, None, trained.final_model, torch.float32)
    ids = torch.tensor([tokenizer("Category: billing")["input_ids"]])
    with torch.no_grad():
        torch.testing.assert_close(merged(ids).logits, adapted(ids).logits)

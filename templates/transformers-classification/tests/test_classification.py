"""Labelled texts: their checks, their loss, what is measured, and the route that serves them."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient
from transformers import LlamaConfig, LlamaForCausalLM

from conftest import SMOKE
from inference.app import create_app
from inference.engine import Judgement
from inference.routes import PATH, sample_request
from inference.schemas import ClassifyRequest
from pipeline.config import Config, load_config, parse_config
from pipeline.data import Collator, labels_of, largest_example, load_dataset, report_balance
from pipeline.data_checks import check_data, require_valid
from pipeline.errors import ConfigError, DataError, PipelineError
from pipeline.evaluate import evaluate
from pipeline.export import export
from pipeline.measure import (
    calibration_error,
    confusion,
    encode_texts,
    f1_scores,
    predict,
    read_golden,
    reference,
)
from pipeline.model import load_finished, load_for_training, load_processor
from pipeline.probe import probe
from pipeline.rows import read_rows
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train
from pipeline.trainer import balanced_weights, build_trainer

LABELS = ["access", "billing", "bug", "how-to", "outage"]


def write(path: Path, rows: list[Any]) -> str:
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def row(text: str, label: str) -> dict[str, str]:
    return {"text": text, "label": label}


def config_of(tmp_path: Path, train_rows: list[Any], *held_out: Any, **settings: Any) -> Config:
    return parse_config(
        {
            "data": {
                "train_path": write(tmp_path / "train.jsonl", train_rows),
                "validation_path": write(
                    tmp_path / "validation.jsonl", list(held_out) or [row("z", "a")]
                ),
                **settings,
            }
        }
    )


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


def test_balanced_weights_make_classes_count_alike() -> None:
    # 8 + 2 examples of two classes: 10 / (2 x 8) and 10 / (2 x 2).
    weights = balanced_weights([8, 2])
    torch.testing.assert_close(weights, torch.tensor([0.625, 2.5]))
    assert 8 * weights[0] == 2 * weights[1]


@pytest.mark.parametrize("method", ["lora", "full"])
def test_the_first_loss_is_that_of_a_guess(smoke: Any, method: str) -> None:
    result = probe(smoke(f"method.name={method}"))
    assert result["losses"][0] == pytest.approx(math.log(len(LABELS)), abs=0.1)


def test_micro_batches_add_up_to_one_step(smoke: Any, tmp_path: Path) -> None:
    whole = train(
        smoke("training.max_steps=2", "training.micro_batch_size=8", output=tmp_path / "whole")
    )
    parts = train(
        smoke(
            "training.max_steps=2",
            "training.micro_batch_size=2",
            "training.gradient_accumulation_steps=8",
            output=tmp_path / "parts",
        )
    )
    assert whole.validation_loss == pytest.approx(parts.validation_loss, rel=1e-3)


def test_the_new_head_is_trained_beside_an_adapter(smoke: Any) -> None:
    model = load_for_training(smoke())
    trained = {name for name, value in model.named_parameters() if value.requires_grad}
    assert any("classifier" in name for name in trained)
    assert not any("embeddings" in name for name in trained)


@pytest.mark.parametrize("weights", ["none", "balanced"])
def test_the_loss_is_cross_entropy_with_the_weights_asked_for(smoke: Any, weights: str) -> None:
    config = smoke("method.name=full", f"training.class_weights={weights}")
    tokenizer = load_processor(config)
    data = load_dataset(config.data.train_path, tokenizer, config)
    model = load_for_training(config).eval()
    trainer = build_trainer(config, model, tokenizer, data, data, [], output_dir="unused")
    batch = Collator(0)([data[0], data[1], data[2]])
    labels = batch["labels"].clone()
    loss = trainer.compute_loss(model, dict(batch))
    batch.pop("labels")
    scores = model(**batch).logits.log_softmax(dim=-1)
    taken = -scores[torch.arange(3), labels]
    counts = [
        sum(int(data[index]["labels"]) == number for index in range(len(data)))
        for number in range(len(LABELS))
    ]
    factors = torch.ones(3) if weights == "none" else balanced_weights(counts)[labels]
    torch.testing.assert_close(loss, (taken * factors).sum() / factors.sum())


def test_macro_f1_by_hand() -> None:
    # Three classes, one never predicted: F1 2/3, 4/5 and 0.
    table = confusion(np.array([0, 0, 1, 1, 2]), np.array([0, 1, 1, 1, 0]), 3)
    assert table.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 0]]
    np.testing.assert_allclose(f1_scores(table), [2 * 1 / 4, 2 * 2 / 5, 0.0])
    assert f1_scores(np.zeros((2, 2), dtype=np.int64)).tolist() == [0.0, 0.0]


def test_the_calibration_error_by_hand() -> None:
    # Two texts at 0.9, one of them right: |0.5 - 0.9|. One at 0.6, right: |1 - 0.6|.
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.4, 0.6]])
    found = calibration_error(probabilities, np.array([0, 1, 1]))
    assert found == pytest.approx((2 * 0.4 + 1 * 0.4) / 3)


def test_the_baseline_always_says_the_commonest_class(tmp_path: Path) -> None:
    golden = write(
        tmp_path / "golden.jsonl", [{"id": "1", **row("x", "a")}, {"id": "2", **row("y", "b")}]
    )
    config = config_of(
        tmp_path, [row("1", "a"), row("2", "a"), row("3", "b")], row("4", "a"), row("5", "b")
    )
    values = config.model_dump()
    values["evaluation"]["golden_path"] = golden
    baseline = reference(parse_config(values))
    # F1 of "a": 2 x 1 / (2 + 1); of "b": 0.
    assert baseline.metrics["macro_f1"] == pytest.approx((2 / 3) / 2)
    assert baseline.metrics["accuracy"] == 0.5
    assert (baseline.golden_passed, baseline.golden_total) == (1, 2)


def test_padding_changes_no_probability(smoke: Any) -> None:
    config = smoke()
    model, tokenizer = load_finished(config, None, None, torch.float32)
    texts = ["short", "a text that is a good deal longer than the other"]
    together = predict(model, tokenizer, encode_texts(texts, tokenizer, 512), 2)
    apart = predict(model, tokenizer, encode_texts(texts, tokenizer, 512), 1)
    np.testing.assert_allclose(together, apart, atol=1e-5)
    np.testing.assert_allclose(together.sum(axis=1), 1.0, atol=1e-5)


def test_a_base_model_is_not_served_with_a_head_of_chance(smoke: Any) -> None:
    with pytest.raises(PipelineError, match="no trained head"):
        load_finished(smoke("model.id=organisation/model"), None, None, torch.float32)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_decoder_from_a_folder_gets_a_head_too(smoke: Any, tmp_path: Path, method: str) -> None:
    tokenizer = tiny_tokenizer()
    tokenizer.save_pretrained(tmp_path / "base")
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
    base = LlamaForCausalLM(LlamaConfig(vocab_size=len(tokenizer), **shape, **heads))
    base.save_pretrained(tmp_path / "base")
    config = smoke(f"model.id={tmp_path / 'base'}", f"method.name={method}", "training.max_steps=1")
    model = load_for_training(config)
    assert model.config.pad_token_id == tokenizer.pad_token_id
    assert any("score" in name for name, value in model.named_parameters() if value.requires_grad)
    train(config)
    assert len(evaluate(config)["candidate"]["details"]["labels"]) == len(LABELS)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_train_evaluate_and_export(smoke: Any, tmp_path: Path, method: str) -> None:
    config = smoke(f"method.name={method}")
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"], report["reasons"]
    assert np.asarray(report["candidate"]["details"]["confusion"]).sum() == 12
    summary = export(config, tmp_path / "export")
    assert set(summary["sha256"]) == {"model.safetensors"}
    merged, tokenizer = load_finished(config, tmp_path / "export", None, torch.float32)
    assert merged.config.id2label == dict(enumerate(LABELS))
    final = trained.final_model
    finished, _ = (
        load_finished(config, None, final, torch.float32)
        if method == "lora"
        else load_finished(config, final, None, torch.float32)
    )
    data = encode_texts(["The export button crashes."], tokenizer, 512)
    np.testing.assert_allclose(
        predict(merged, tokenizer, data, 1), predict(finished, tokenizer, data, 1), atol=1e-5
    )


class StubEngine:
    """Says the first class of every text."""

    labels: tuple[str, ...] = ("spam", "ham")

    def classify(self, texts: list[str]) -> list[Judgement]:
        return [Judgement([0.75, 0.25], 3, text == "long") for text in texts]


@contextmanager
def serving(config: Config) -> Iterator[TestClient]:
    with TestClient(create_app(config, lambda _: StubEngine())) as client:  # type: ignore[arg-type, return-value]
        deadline = time.monotonic() + 10
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield client


def test_a_batch_of_texts_is_answered_in_its_order(smoke: Any) -> None:
    with serving(smoke()) as client:
        body = client.post(PATH, json={"input": ["first", "long"]}).json()
        text = client.get("/metrics").text
    assert body["labels"] == ["spam", "ham"]
    assert body["data"][1] == {
        "index": 1,
        "label": "spam",
        "probs": [0.75, 0.25],
        "num_classes": 2,
        "truncated": True,
    }
    assert body["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert 'classifications_total{label="spam"} 2.0' in text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"input": 3}, "invalid_request"),
        ({"input": []}, "empty_input"),
        ({"input": "  "}, "empty_input"),
        ({"input": ["x"] * 9}, "too_many_texts"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(smoke: Any, body: Any, code: str) -> None:
    with serving(smoke("serving.max_texts=8")) as client:
        response = client.post(PATH, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_the_load_test_sends_what_the_route_accepts(smoke: Any) -> None:
    assert ClassifyRequest.model_validate(sample_request(smoke())).texts

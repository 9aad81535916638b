"""Queries and documents: their checks, batches, losses, what is measured, and their route."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from starlette.testclient import TestClient

from conftest import SMOKE
from inference.app import create_app
from inference.engine import Vectors
from inference.routes import PATH, sample_request
from inference.schemas import EmbeddingRequest
from pipeline.config import Config, load_config, parse_config
from pipeline.data import (
    Collator,
    DistinctTexts,
    Group,
    GroupDataset,
    largest_example,
    load_dataset,
)
from pipeline.data_checks import check_data, require_valid
from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.measure import ranked, read_golden, retrieval_metrics, searched
from pipeline.model import Processor, embed, load_base_model, load_finished, load_processor
from pipeline.probe import probe
from pipeline.rows import read_rows
from pipeline.tokenizer import tiny_tokenizer
from pipeline.train import train
from pipeline.trainer import build_trainer


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


def test_prompts_are_written_before_each_kind() -> None:
    processor = Processor(tiny_tokenizer(), {"query": "find: ", "document": ""}, 12)
    texts = [
        processor.tokenizer.decode(processor.encode(["a page"], kind)[0].tolist())
        for kind in ("query", "document")
    ]
    assert texts == ["find: a page", "a page"]
    assert len(processor.encode(["a page that is longer"], "query")[0]) == 12


def test_published_prompts_hold_until_others_are_configured(smoke: Any, tmp_path: Path) -> None:
    published = smoke('model.query_prompt="search: "')
    load_base_model(published, torch.float32).save_pretrained(str(tmp_path / "base"))
    folder = f"model.id={tmp_path / 'base'}"
    assert load_processor(smoke(folder)).prompts == {"query": "search: ", "document": ""}
    changed = load_processor(smoke(folder, 'model.query_prompt=""', 'model.document_prompt="d: "'))
    assert changed.prompts == {"query": "", "document": "d: "}


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


@pytest.mark.parametrize("negatives_from", ["micro-batch", "step"])
def test_the_loss_is_that_of_each_querys_own_document(smoke: Any, negatives_from: str) -> None:
    config = smoke("method.name=full", f"training.negatives_from={negatives_from}")
    processor = load_processor(config)
    data = load_dataset(config.data.train_path, processor, config)
    model = load_base_model(config, torch.float32)
    trainer = build_trainer(config, model, processor, data, data, [], output_dir="unused")
    batch = Collator(0)([data[index] for index in range(4)])
    loss = trainer.compute_loss(model, batch)
    with torch.no_grad():
        query, document, negative = (
            torch.nn.functional.normalize(model(dict(column))["sentence_embedding"])
            for column in batch["columns"]
        )
    scores = query @ torch.cat([document, negative]).T / config.training.temperature
    expected = torch.nn.functional.cross_entropy(scores, torch.arange(4))
    torch.testing.assert_close(loss.detach(), expected, rtol=1e-4, atol=1e-5)


def test_negatives_of_the_whole_step_give_the_same_step_in_smaller_pieces(
    smoke: Any, tmp_path: Path
) -> None:
    whole = train(
        smoke(
            "training.max_steps=2",
            "training.micro_batch_size=8",
            "training.gradient_accumulation_steps=1",
            output=tmp_path / "whole",
        )
    )
    pieces = train(
        smoke(
            "training.max_steps=2",
            "training.micro_batch_size=2",
            "training.gradient_accumulation_steps=4",
            "training.negatives_from=step",
            output=tmp_path / "pieces",
        )
    )
    assert pieces.train_loss == pytest.approx(whole.train_loss, rel=1e-3)


@pytest.mark.parametrize("dtype", ["bf16", "bf16-mixed"])
@pytest.mark.parametrize("negatives_from", ["micro-batch", "step"])
def test_sixteen_bit_training_with_checkpointing_runs(
    smoke: Any, dtype: str, negatives_from: str
) -> None:
    result = train(
        smoke(
            f"training.dtype={dtype}",
            f"training.negatives_from={negatives_from}",
            "training.max_steps=2",
            "training.gradient_checkpointing=true",
        )
    )
    assert result.validation_loss is not None


def test_a_checkpoint_of_an_adapter_holds_no_base(smoke: Any) -> None:
    config = smoke("training.max_steps=1", "training.save_steps=1")
    train(config)
    weights = config.project.output_dir / "checkpoint-1" / "model.safetensors"
    base = sum(value.numel() * 4 for value in load_base_model(config, torch.float32).parameters())
    assert weights.stat().st_size < base / 4


def test_retrieval_metrics_by_hand() -> None:
    # One query with its document at rank 2 of one; one with two documents at ranks 1 and 4.
    hits = np.zeros((2, 10), dtype=bool)
    hits[0, 1] = hits[1, 0] = hits[1, 3] = True
    found = retrieval_metrics(hits, np.array([1, 2]))
    assert found["recall_at_1"] == (0 / 1 + 1 / 2) / 2
    assert found["recall_at_5"] == found["recall_at_10"] == 1.0
    assert found["mrr_at_10"] == (1 / 2 + 1 / 1) / 2
    log2 = np.log2
    first = (1 / log2(3)) / (1 / log2(2))
    second = (1 / log2(2) + 1 / log2(5)) / (1 / log2(2) + 1 / log2(3))
    assert found["ndcg_at_10"] == pytest.approx((first + second) / 2)
    nothing = retrieval_metrics(np.zeros((1, 10), dtype=bool), np.array([1]))
    assert set(nothing.values()) == {0.0}


def test_equal_scores_are_ranked_in_the_documents_order() -> None:
    assert ranked(np.array([[0.5, 0.9, 0.5]]), 3).tolist() == [[1, 0, 2]]


def test_all_documents_are_searched_and_the_corpus_adds_to_them(smoke: Any, tmp_path: Path) -> None:
    more = tmp_path / "corpus.jsonl"
    more.write_text('{"text": "another page"}\n', encoding="utf-8")
    _, corpus = searched(smoke())
    _, larger = searched(smoke(f"evaluation.corpus_path={more}"))
    assert len(set(corpus)) == len(corpus) == 12
    assert set(larger) - set(corpus) == {"another page"}


@pytest.mark.parametrize("method", ["lora", "full"])
def test_train_evaluate_and_export(smoke: Any, tmp_path: Path, method: str) -> None:
    config = smoke(f"method.name={method}", 'model.query_prompt="query: "')
    baseline = measure_baseline(config)
    trained = train(config)
    report = evaluate(config)
    assert report["promoted"], report["reasons"]
    assert report["candidate"]["metrics"]["ndcg_at_10"] > baseline.metrics["ndcg_at_10"]
    summary = export(config, tmp_path / "export")
    assert list(summary["sha256"]) == ["model.safetensors"]
    merged, processor = load_finished(config, tmp_path / "export", None, torch.float32)
    assert processor.prompts["query"] == "query: "
    final = trained.final_model
    finished, _ = (
        load_finished(config, None, final, torch.float32)
        if method == "lora"
        else load_finished(config, final, None, torch.float32)
    )
    texts = ["Where do I find the bill?", "short"]
    vectors = embed(merged, texts, "query", 2)
    np.testing.assert_allclose(vectors, embed(finished, texts, "query", 1), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert not np.allclose(vectors, embed(merged, texts, "document", 2))


def test_two_steps_with_negatives_of_the_step_lower_the_loss(smoke: Any) -> None:
    result = probe(smoke("training.negatives_from=step"), full_length=True)
    assert result["longest_tokens"] == 512


class StubEngine:
    """Tells queries from documents."""

    def embed(self, texts: list[str], kind: str) -> Vectors:
        row = [1.0, 0.0] if kind == "query" else [0.6, 0.8]
        return Vectors(np.array([row] * len(texts), dtype=np.float32), 3 * len(texts))


@contextmanager
def serving(config: Config) -> Iterator[TestClient]:
    with TestClient(create_app(config, lambda _: StubEngine())) as client:
        deadline = time.monotonic() + 10
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        yield client


def test_an_answer_has_the_shape_that_clients_expect(smoke: Any) -> None:
    with serving(smoke()) as client:
        query = client.post(PATH, json={"input": "one", "input_type": "query"}).json()
        coded = client.post(PATH, json={"input": ["a", "b"], "encoding_format": "base64"}).json()
        text = client.get("/metrics").text
    assert query["data"] == [{"object": "embedding", "index": 0, "embedding": [1.0, 0.0]}]
    assert query["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    decoded = np.frombuffer(base64.b64decode(coded["data"][1]["embedding"]), dtype="<f4")
    np.testing.assert_allclose(decoded, [0.6, 0.8])
    assert 'texts_embedded_total{kind="document"} 2.0' in text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "invalid_request"),
        ({"input": [1, 2]}, "invalid_request"),
        ({"input": "x", "input_type": "passage"}, "invalid_request"),
        ({"input": []}, "empty_input"),
        ({"input": ["x", " "]}, "empty_input"),
        ({"input": ["x"] * 9}, "too_many_texts"),
        ({"input": "x", "dimensions": 64}, "unsupported"),
    ],
)
def test_a_wrong_request_is_the_clients_to_correct(smoke: Any, body: Any, code: str) -> None:
    with serving(smoke("serving.max_texts=8")) as client:
        response = client.post(PATH, json=body)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


def test_the_load_test_sends_what_the_route_accepts(smoke: Any) -> None:
    assert EmbeddingRequest.model_validate(sample_request(smoke())).input_type == "query"

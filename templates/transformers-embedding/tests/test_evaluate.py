"""Retrieval: what is measured, and what a finished encoder has to beat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.evaluate import evaluate, measure_baseline
from pipeline.export import export
from pipeline.measure import ranked, retrieval_metrics, searched
from pipeline.model import embed, load_finished
from pipeline.train import train


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

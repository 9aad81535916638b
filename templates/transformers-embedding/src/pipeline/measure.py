"""How well a model finds the right document.

Held-out queries search all documents of the validation file and of `evaluation.corpus_path`. What
decides is nDCG@10: it says whether the right documents are among the first ten and how far up. The
first document of each golden query must be the wanted one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from sentence_transformers import SentenceTransformer

from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.measurement import Measure, Measurement
from pipeline.model import Processor, embed
from pipeline.row import negatives
from pipeline.rows import read_rows

PRIMARY = Measure("ndcg_at_10", better="higher")
"""What decides whether a model is promoted."""

CUTOFFS = (1, 5, 10)


def reference(config: Config) -> Measurement | None:  # noqa: ARG001 - other tasks look at it
    """A baseline that needs no model; null here: the base model itself is measured."""
    return None


def read_golden(path: Path) -> list[dict[str, Any]]:
    """Golden rows: `id`, `query`, and the `document` that must come first."""
    rows = list(read_rows(path))
    for number, row in enumerate(rows, start=1):
        texts = [row.get("query"), row.get("document")] if isinstance(row, dict) else [None]
        if not all(isinstance(text, str) and text.strip() for text in texts):
            raise DataError(
                f"{path}:{number} is no golden row", 'Write {"id", "query", "document"}.'
            )
    return rows


def searched(config: Config) -> tuple[dict[str, set[str]], list[str]]:
    """Each validation query with its documents, and all documents that are searched."""
    wanted: dict[str, set[str]] = {}
    corpus: dict[str, None] = {}
    for row in read_rows(config.data.validation_path, config.data.max_rows):
        wanted.setdefault(row["query"], set()).add(row["positive"])
        corpus |= dict.fromkeys([row["positive"], *negatives(row)])
    corpus |= dict.fromkeys(row["document"] for row in read_golden(config.evaluation.golden_path))
    if config.evaluation.corpus_path is not None:
        corpus |= dict.fromkeys(row["text"] for row in read_rows(config.evaluation.corpus_path))
    return wanted, list(corpus)


def ranked(scores: np.ndarray, depth: int) -> np.ndarray:
    """Documents of each query, the best first, down to a depth."""
    return np.argsort(-scores, axis=1, kind="stable")[:, :depth]


def retrieval_metrics(hits: np.ndarray, relevant: np.ndarray) -> dict[str, float]:
    """Recall, nDCG and reciprocal rank.

    `hits` tells for each query and rank whether the document there is right; `relevant` how many
    right documents the query has.
    """
    depth = hits.shape[1]
    metrics = {
        f"recall_at_{cutoff}": float((hits[:, :cutoff].sum(axis=1) / relevant).mean())
        for cutoff in CUTOFFS
    }
    discounts = 1 / np.log2(np.arange(2, depth + 2))
    ideal = np.cumsum(discounts)[np.minimum(relevant, depth) - 1]
    first = np.where(hits.any(axis=1), 1 / (hits.argmax(axis=1) + 1), 0.0)
    return {
        f"ndcg_at_{max(CUTOFFS)}": float(((hits * discounts).sum(axis=1) / ideal).mean()),
        f"mrr_at_{max(CUTOFFS)}": float(first.mean()),
        **metrics,
    }


def measure(
    model: SentenceTransformer,
    processor: Processor,  # noqa: ARG001 - the model holds its own
    config: Config,
) -> Measurement:
    """Retrieval and golden set of one model."""
    size = config.evaluation.batch_size
    wanted, corpus = searched(config)
    documents = embed(model, corpus, "document", size)

    queries = embed(model, list(wanted), "query", size)
    places = ranked(queries @ documents.T, max(CUTOFFS))
    hits = np.zeros((len(wanted), max(CUTOFFS)), dtype=bool)
    for number, (right, found) in enumerate(zip(wanted.values(), places, strict=True)):
        hits[number, : len(found)] = [corpus[place] in right for place in found]
    relevant = np.asarray([len(right) for right in wanted.values()])

    golden = read_golden(config.evaluation.golden_path)
    asked = embed(model, [row["query"] for row in golden], "query", size)
    answers = [
        {"id": row.get("id"), "answer": corpus[place], "passed": corpus[place] == row["document"]}
        for row, (place,) in zip(golden, ranked(asked @ documents.T, 1), strict=True)
    ]
    return Measurement(
        metrics=retrieval_metrics(hits, relevant),
        golden_total=len(answers),
        golden_passed=sum(bool(entry["passed"]) for entry in answers),
        answers=answers,
        details={"queries": len(wanted), "documents": len(corpus)},
    )

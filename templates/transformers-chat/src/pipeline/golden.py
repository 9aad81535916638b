"""The golden set: a few prompts whose answers must match or must hold given words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers import PreTrainedModel

from pipeline.config import Config
from pipeline.errors import DataError
from pipeline.generate import generate
from pipeline.prompt import golden_prompt
from pipeline.rows import read_rows


def read_golden(path: Path) -> list[dict[str, Any]]:
    """Golden rows: `id`, `messages` up to the user's turn, `expect` (`exact` or `keywords`)."""
    rows = list(read_rows(path))
    for number, row in enumerate(rows, start=1):
        expect = row.get("expect") if isinstance(row, dict) else None
        valid = isinstance(expect, dict) and (
            isinstance(expect.get("exact"), str) or isinstance(expect.get("keywords"), list)
        )
        if not valid or not isinstance(row.get("messages"), list) or not row["messages"]:
            raise DataError(
                f"{path}:{number} is no golden row",
                'Write {"id", "messages", "expect": {"exact": "…"} or {"keywords": ["…"]}}.',
            )
    return rows


def matches(answer: str, expect: dict[str, Any]) -> bool:
    """Whether an answer is the exact one, or holds every keyword; case and spacing do not count."""
    text = " ".join(answer.lower().split())
    if "exact" in expect:
        return text == " ".join(expect["exact"].lower().split())
    return all(" ".join(str(word).lower().split()) in text for word in expect["keywords"])


def golden_answers(model: PreTrainedModel, processor: Any, config: Config) -> list[dict[str, Any]]:
    """What the model answers to each golden prompt, and whether that passes."""
    answers = []
    for row in read_golden(config.evaluation.golden_path):
        answer = generate(
            model,
            processor,
            golden_prompt(row, processor, config),
            max_new_tokens=config.evaluation.max_new_tokens,
        )
        passed = matches(answer.text, row["expect"])
        answers.append({"id": row.get("id"), "answer": answer.text, "passed": passed})
    return answers

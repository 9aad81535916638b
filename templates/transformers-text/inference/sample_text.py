"""Texts for the load test: about as long as the plan counts on, and no two alike."""

from __future__ import annotations

SENTENCE = "Every call to your API fails with 503 since ten minutes. What do I do? "
TOKENS_PER_WORD = 1.3
"""Of English prose with vocabularies of 32k to 256k entries; what was really sent is measured."""


def sample_text(number: int, tokens: int) -> str:
    """A support ticket of this number, so that no cache answers it."""
    words = f"Ticket {number}. {SENTENCE}".split()
    wanted = max(len(words), round(tokens / TOKENS_PER_WORD))
    return " ".join((words * (wanted // len(words) + 1))[:wanted])

"""Secrets come from the environment, and from nowhere else."""

from __future__ import annotations

import os
import re

_PLACEHOLDER = re.compile(r"your_\w*key_here$|your_\w*token_here$")


def forget_placeholders() -> None:
    """Libraries read keys themselves, and would send a placeholder as one."""
    for name in [name for name, value in os.environ.items() if _PLACEHOLDER.search(value)]:
        del os.environ[name]


def secret(name: str) -> str | None:
    """A secret's value, or None when it is absent or still the placeholder of .env.example."""
    value = os.environ.get(name, "").strip()
    return None if not value or _PLACEHOLDER.search(value) else value

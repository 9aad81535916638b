"""Secrets come from the environment, and from nowhere else."""

from __future__ import annotations

import os
import re

_PLACEHOLDER = re.compile(r"your_\w*key_here$|your_\w*token_here$")


def secret(name: str) -> str | None:
    """A secret's value, or None when it is absent or still the placeholder of .env.example."""
    value = os.environ.get(name, "").strip()
    return None if not value or _PLACEHOLDER.search(value) else value

"""Make the recordings of the sample that are missing.

The sample is text in git: each row names a recording, and here it is made from its name and text, the
same every time. It is the horn of an invented ship: each letter has a pitch of its own, over noise.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000
LETTER_SECONDS = 0.3
PITCHES = {"a": 300, "b": 700, "c": 1500, "d": 3100}
"""Hertz, an octave apart or more."""


def blow(name: str, text: str) -> np.ndarray:
    """The recording of one row."""
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    random = np.random.default_rng(seed)
    time = np.arange(int(LETTER_SECONDS * RATE)) / RATE
    envelope = np.sin(np.pi * time / LETTER_SECONDS)
    letters = [
        envelope * np.sin(2 * np.pi * PITCHES[letter] * random.uniform(0.97, 1.03) * time)
        for letter in text.split()
    ]
    signal = np.concatenate(letters)
    return 0.4 * signal + random.normal(0.0, 0.01, len(signal))


def main() -> None:
    """Make what is missing beside each file of rows."""
    for rows in (*Path("data/sample").glob("*.jsonl"), *Path("data/golden").glob("*.jsonl")):
        for line in rows.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            path = rows.parent / str(row.get("audio", ""))
            known = set(str(row.get("text", "")).split()) <= set(PITCHES)
            if path.parent.name != "made" or not known or path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, blow(path.stem, row["text"]), RATE, subtype="PCM_16")


if __name__ == "__main__":
    main()

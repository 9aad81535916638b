"""Draw the pictures of the sample that are missing.

The sample is text in git: each row names a picture, and here it is drawn from its name and label,
the same every time. It shows the lamp of an invented machine: green disc, amber triangle or red
square, somewhere on a noisy front plate.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw

SIDE = 64
LAMPS = {"ok": (40, 180, 70), "warning": (245, 170, 30), "fault": (210, 40, 40)}


def draw(name: str, label: str) -> Image.Image:
    """The picture of one row."""
    random = Random(hashlib.sha256(name.encode()).digest())  # noqa: S311 - a drawing, no secret
    grey = random.randrange(90, 150)
    plate = bytes(max(0, min(255, grey + random.randrange(-20, 20))) for _ in range(SIDE * SIDE))
    image = Image.frombytes("L", (SIDE, SIDE), plate).convert("RGB")
    radius = random.randrange(14, 22)
    x, y = (random.randrange(radius, SIDE - radius) for _ in range(2))
    box = (x - radius, y - radius, x + radius, y + radius)
    pen = ImageDraw.Draw(image)
    if label == "ok":
        pen.ellipse(box, fill=LAMPS[label])
    elif label == "warning":
        pen.polygon([(x, box[1]), (box[2], box[3]), (box[0], box[3])], fill=LAMPS[label])
    else:
        pen.rectangle(box, fill=LAMPS[label])
    return image


def main() -> None:
    """Draw what is missing beside each file of rows."""
    for rows in (*Path("data/sample").glob("*.jsonl"), *Path("data/golden").glob("*.jsonl")):
        for line in rows.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            path = rows.parent / str(row.get("image", ""))
            if path.parent.name != "made" or row.get("label") not in LAMPS or path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            draw(path.stem, row["label"]).save(path)


if __name__ == "__main__":
    main()

"""Draw the pictures of the sample that are missing.

The sample is text in git: each row names its pictures, and here they are drawn from their names,
the same every time. `invoice-1042-38.50-EUR.png` is a slip of an invented company with this
number, this total and this currency.
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFont

SIZE = (168, 112)
NAME = re.compile(r"invoice-(\d+)-(\d+\.\d\d)-([A-Z]{3})")


def draw(name: str, number: str, total: str, currency: str) -> Image.Image:
    """The picture of one name."""
    random = Random(hashlib.sha256(name.encode()).digest())  # noqa: S311 - a drawing, no secret
    paper, ink = random.randrange(225, 256), random.randrange(0, 90)
    image = Image.new("RGB", SIZE, (paper, paper, paper - random.randrange(0, 20)))
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(size=14)
    left, top = random.randrange(6, 24), random.randrange(4, 14)
    pen.text((left, top), "Northwind Cloud", fill=(ink, ink, ink), font=font)
    pen.text((left, top + 26), f"Invoice {number}", fill=(ink, ink, ink), font=font)
    pen.line((left, top + 52, SIZE[0] - left, top + 52), fill=(ink, ink, ink))
    pen.text((left, top + 60), f"Total {total} {currency}", fill=(ink, ink, ink), font=font)
    return image


def main() -> None:
    """Draw what is missing beside each file of rows."""
    for rows in (*Path("data/sample").glob("*.jsonl"), *Path("data/golden").glob("*.jsonl")):
        for line in rows.read_text(encoding="utf-8").splitlines():
            for name in json.loads(line).get("images", []):
                path = rows.parent / name
                facts = NAME.fullmatch(path.stem)
                if path.parent.name != "made" or facts is None or path.exists():
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                draw(path.stem, *facts.groups()).save(path)


if __name__ == "__main__":
    main()

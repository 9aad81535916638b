"""Write configs/schema.json from the typed configuration (--check: only compare)."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from pipeline.config import Config
from pipeline.settings import json_schema


def main() -> int:
    """Write or compare."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true")
    options = arguments.parse_args()
    path = Path("configs/schema.json")
    text = json.dumps(json_schema(Config), indent=2) + "\n"
    if not options.check:
        path.write_text(text, encoding="utf-8")
        return 0
    return 0 if path.is_file() and path.read_text(encoding="utf-8") == text else 1


if __name__ == "__main__":
    sys.exit(main())

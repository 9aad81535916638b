"""Give the exported model a version in models/versions.jsonl, with the hash of every file.

Exit codes: 0 registered (or known already), 2 not promoted, or the registry's server is not set.
"""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.cli import config_from, parser, run
from pipeline.registry import register


def main() -> None:
    """Register models/export, or --model."""
    arguments = parser(__doc__)
    arguments.add_argument("--model", type=Path, help="a folder in place of serving.model_path")
    arguments.add_argument(
        "--tracker", action="store_true", help="also in the registry of W&B or MLflow"
    )
    arguments.add_argument(
        "--unpromoted", action="store_true", help="also a model that the gate did not promote"
    )
    options = arguments.parse_args()
    config = config_from(options)
    folder = options.model or config.serving.model_path or Path("models/export")
    entry = register(config, folder, to_tracker=options.tracker, unpromoted=options.unpromoted)
    shown = ("version", "digest", "promoted", "path", "tracker")
    print(json.dumps({key: entry[key] for key in shown if key in entry}, indent=2))


if __name__ == "__main__":
    run(main)

"""Write the trained model, or the base (--base), as merged safetensors, ready to serve."""

from __future__ import annotations

import json
from pathlib import Path

from pipeline.cli import config_from, parser, run
from pipeline.export import export


def main() -> None:
    """Export to serving.model_path, or to --output."""
    arguments = parser(__doc__)
    arguments.add_argument("--output", type=Path, help="a folder in place of serving.model_path")
    arguments.add_argument("--base", action="store_true", help="the base model, without training")
    options = arguments.parse_args()
    config = config_from(options)
    target = options.output or config.serving.model_path or Path("models/export")
    print(json.dumps({"path": str(target), **export(config, target, base=options.base)}, indent=2))


if __name__ == "__main__":
    run(main)

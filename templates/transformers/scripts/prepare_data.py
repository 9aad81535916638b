"""Clean and split data.raw_path into data.train_path and data.validation_path, then check them."""

from __future__ import annotations

import json

from pipeline.cli import config_from, parser, run
from pipeline.data_checks import require_valid
from pipeline.prepare import prepare


def main() -> None:
    """Prepare (or, with --check-only, only check) and print a report."""
    arguments = parser(__doc__)
    arguments.add_argument("--check-only", action="store_true", help="check the split that exists")
    options = arguments.parse_args()
    config = config_from(options)
    report = {} if options.check_only else prepare(config)
    checks = require_valid(config.data, config.project.output_dir / "data_report.json")
    print(json.dumps(report | {"status": checks.status, "files": checks.files}, indent=2))


if __name__ == "__main__":
    run(main)

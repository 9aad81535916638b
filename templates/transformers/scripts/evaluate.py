"""Measure the base model (--baseline), or compare the trained model with it.

Exit codes: 0 promoted (or measured), 1 not promoted, 2 configuration or data is wrong.
"""

from __future__ import annotations

import json

from pipeline.cli import config_from, parser, run
from pipeline.errors import ExitCode
from pipeline.evaluate import evaluate, measure_baseline


def main() -> int:
    """Evaluate and print the measures."""
    arguments = parser(__doc__)
    arguments.add_argument("--baseline", action="store_true", help="measure only the base model")
    options = arguments.parse_args()
    config = config_from(options)
    if options.baseline:
        baseline = measure_baseline(config)
        print(json.dumps(baseline.metrics | {"golden_pass_rate": baseline.golden_pass_rate}))
        return ExitCode.OK
    report = evaluate(config)
    print(json.dumps({"promoted": report["promoted"], "reasons": report["reasons"]}, indent=2))
    return ExitCode.OK if report["promoted"] else ExitCode.NOT_PROMOTED


if __name__ == "__main__":
    run(main)

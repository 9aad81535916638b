"""Make 4-bit weights of the export, and compare them with it.

Exit codes: 0 promoted, 1 not promoted, 2 refused, 71 out of memory. What stands already is not
made again, so that a comparison that was interrupted goes on.
"""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

from pipeline.cli import config_from, parser, run
from pipeline.compressor import compressor, install, quantisation_settings
from pipeline.errors import ExitCode
from pipeline.quantise import check_card, check_export, export_within_run, quantise
from pipeline.quantised import evaluate_quantised


def main() -> int:
    """Quantise, evaluate, and print the verdict."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "--from", dest="source", type=Path, help="the export; serving.model_path without it"
    )
    arguments.add_argument("--output", type=Path, help="a folder in place of settings.yaml's")
    arguments.add_argument(
        "--within-run",
        action="store_true",
        help="export and quantise below project.output_dir, which comes home from a rented machine",
    )
    arguments.add_argument(
        "--base", action="store_true", help="with --within-run: of the base model, not trained"
    )
    arguments.add_argument(
        "--install", action="store_true", help="install LLM Compressor where it is missing"
    )
    arguments.add_argument("--python", type=Path, help="an interpreter that has LLM Compressor")
    arguments.add_argument("--cpu", action="store_true", help="calibrate without a card")
    options = arguments.parse_args()
    # What runs in the other environment must end with this process.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    config, settings = config_from(options), quantisation_settings()
    source = options.source or config.serving.model_path or Path("models/export")
    target = options.output or settings.output
    if options.within_run:
        source = config.project.output_dir / "export"
        target = config.project.output_dir / target.name
    check_card(processor=options.cpu)
    if options.within_run:
        export_within_run(config, source, base=options.base)
    check_export(source)
    if options.install:
        install()
    python = compressor(options.python)
    made = quantise(config, settings, source, target, python)
    report = evaluate_quantised(config, settings, source, target, python)
    verdict = {key: report[key] for key in ("promoted", "reasons")}
    print(json.dumps({"path": str(target), **made["quantisation"], **verdict}, indent=2))
    return ExitCode.OK if report["promoted"] else ExitCode.NOT_PROMOTED


if __name__ == "__main__":
    run(main)

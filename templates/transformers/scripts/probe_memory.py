"""Measure memory and speed of the configured training: two steps and one evaluation.

Prints one JSON object and writes it to output_dir/probe.json. Without CUDA the device's numbers
are null and host_gib is this process's resident memory.
"""

from __future__ import annotations

from pipeline.cli import answer, config_from, parser, run
from pipeline.probe import probe


def main() -> None:
    """Probe and print."""
    arguments = parser(__doc__)
    arguments.add_argument(
        "--full-length",
        action="store_true",
        help="stretch examples to model.max_length, for data that is still to come",
    )
    options = arguments.parse_args()
    answer(probe(config_from(options), full_length=options.full_length))


if __name__ == "__main__":
    run(main)

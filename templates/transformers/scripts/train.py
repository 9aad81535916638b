"""Train, or go on from the last complete checkpoint.

Exit codes: 0 done, 2 configuration or data is wrong, 3 something outside failed,
71 out of memory, 75 stopped by SIGTERM with a checkpoint (start again to go on).
"""

from __future__ import annotations

from pipeline.cli import answer, config_from, parser, run
from pipeline.train import train


def main() -> None:
    """Train and print what came out."""
    result = train(config_from(parser(__doc__).parse_args()))
    answer(
        {
            "final_model": str(result.final_model),
            "steps": result.steps,
            "train_loss": result.train_loss,
            "validation_loss": result.validation_loss,
        }
    )


if __name__ == "__main__":
    run(main)

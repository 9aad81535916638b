"""What the job does: take the last checkpoint, run, and keep each new one in the bucket.

Runs inside the job, from the project's root: python -m platforms.hf_jobs.run BUCKET [script]
[its arguments].
"""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

from huggingface_hub import HfApi

from pipeline.cli import run
from pipeline.logs import log
from platforms.command import run_command, run_to_the_end
from platforms.hf_jobs.bucket import fetch, keep

OUTPUTS = Path("outputs")
SECONDS_BETWEEN_COPIES = 60.0
GRACE_SECONDS = 20.0


def keep_on_keeping(api: HfApi, bucket: str, stopped: threading.Event) -> None:
    """Copy now and then; a copy that fails is made by the next one."""
    while not stopped.wait(SECONDS_BETWEEN_COPIES):
        try:
            keep(api, OUTPUTS, bucket)
        except Exception as error:  # the network's faults must not end the training
            log("copy_failed", logging.WARNING, error=repr(error))


def main() -> int:
    """Train, or go on."""
    bucket, *arguments = sys.argv[1:]
    api = HfApi()
    fetch(api, bucket, OUTPUTS)
    stopped = threading.Event()
    copying = threading.Thread(target=keep_on_keeping, args=(api, bucket, stopped), daemon=True)
    copying.start()
    try:
        command = run_command(arguments, {"project.output_dir": OUTPUTS})
        code = run_to_the_end(command, grace_seconds=GRACE_SECONDS)
    finally:
        stopped.set()
        copying.join()
    keep(api, OUTPUTS, bucket, finished=code == 0)
    return code


if __name__ == "__main__":
    run(main)

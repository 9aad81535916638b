"""Checkpoints that survive a kill, and stopping in good order when asked to."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from pipeline.logs import log
from pipeline.strategy import launch
from pipeline.together import any_of, wait_for_all

COMPLETE_MARKER = "COMPLETE"
"""Written last into a checkpoint, with the size of every file: a folder without it was cut off in
the middle, and one that lacks a file or a part of it was copied in part (buckets and volumes are
filled behind the run's back, in any order)."""

_STEP = re.compile(r"^checkpoint-(\d+)$")


def step_of(folder: Path) -> int:
    """The optimizer step of a checkpoint folder, or -1."""
    match = _STEP.match(folder.name)
    return int(match.group(1)) if match else -1


def last_complete_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint; half-written ones are passed over with a log line."""
    if not folder.is_dir():
        return None
    for candidate in sorted(folder.iterdir(), key=step_of, reverse=True):
        if step_of(candidate) < 0:
            break
        if is_complete(candidate):
            return candidate
        log("checkpoint_incomplete", checkpoint=str(candidate))
    return None


def is_complete(checkpoint: Path) -> bool:
    """Whether everything that the marker lists is there in full."""
    try:
        sizes = json.loads((checkpoint / COMPLETE_MARKER).read_text(encoding="utf-8"))
        return all((checkpoint / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError, AttributeError):
        return False


class MarkComplete(TrainerCallback):
    """Marks a checkpoint once all its files, of every process, are on disk."""

    def on_save(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> None:
        """Flush the folder, then write the marker."""
        folder = Path(str(args.output_dir)) / f"checkpoint-{state.global_step}"
        wait_for_all()
        if launch().local_rank == 0:  # each machine flushes what it wrote
            for file in folder.rglob("*"):
                if file.is_file():
                    _flush(file)
        wait_for_all()
        if not launch().is_first:
            return
        marker = folder / COMPLETE_MARKER
        files = [path for path in folder.rglob("*") if path.is_file() and path != marker]
        sizes = {str(path.relative_to(folder)): path.stat().st_size for path in sorted(files)}
        marker.write_text(json.dumps(sizes, indent=2) + "\n", encoding="utf-8")
        _flush(marker)
        _flush(folder)
        log("checkpoint", step=state.global_step, path=str(folder))


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class StopOnSignal(TrainerCallback):
    """Saves and stops after the current step once SIGTERM came: a spot machine is going away.

    The signal may reach one process only, or some a step later; they stop at the same step because
    each of them asks all the others.
    """

    def __init__(self) -> None:
        self.requested = False

    def request(self, signum: int, _frame: FrameType | None) -> None:
        """The signal handler: note it; the step in progress ends first."""
        self.requested = True
        log("stop_requested", signal=signal.Signals(signum).name)

    @contextmanager
    def installed(self) -> Iterator[StopOnSignal]:
        """Handle SIGTERM within the block, and restore what was before."""
        before = signal.signal(signal.SIGTERM, self.request)
        try:
            yield self
        finally:
            signal.signal(signal.SIGTERM, before)

    def on_step_end(
        self,
        args: TrainingArguments,
        state: TrainerState,
        control: TrainerControl,
        **_: object,
    ) -> TrainerControl:
        """Ask the trainer to save and stop."""
        if any_of(self.requested):
            self.requested = True
            control.should_save = True
            control.should_evaluate = False
            control.should_training_stop = True
        return control

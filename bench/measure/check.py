"""Proves the scripts end to end without a GPU, in a few minutes: python check.py (no test runner needed)."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ["CUDA_VISIBLE_DEVICES"] = ""

import torch  # noqa: E402

import one_case  # noqa: E402
from grid import MODELS, grid  # noqa: E402
from measure import HERE, run_case  # noqa: E402
from rows import rows_of  # noqa: E402


def the_tiny_grid_is_measured_and_continued(out: Path) -> None:
    """Every case ends in a row; a second call has nothing left to do."""
    command = [sys.executable, str(HERE / "measure.py"), "--cpu", "--out", str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    results = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [r["status"] for r in results] == ["measured"] * 5, results
    assert all(r["tokens_per_second"] > 0 and len(r["step_seconds"]) == 5 for r in results)
    # The tiny model, by hand: a layer has 64 x 16 x (2 x 4 + 2 x 2) attention, 3 x 64 x 128 MLP and 2 x 64 norm
    # weights = 36,992; two of them, 512 x 64 embeddings (tied) and the last norm: 106,816.
    assert {r["model_parameters"] for r in results} == {106_816}
    with (out / "results.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 5
    rows = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
    # Whether it ran, and how fast: there is no device whose memory could be read, and nothing is scored.
    assert sorted(r["kind"] for r in rows) == ["feasibility"] * 5 + ["throughput"] * 5
    assert {r["expected"]["weight"] for r in rows} == {0}
    again = subprocess.run(command, check=True, capture_output=True, text=True)
    assert again.stdout == "", again.stdout


def a_case_that_hangs_or_fails_is_a_row(work: Path) -> None:
    """The grid goes on."""
    case = grid(cpu=True)[0]
    assert run_case(case, work, timeout=0.05, cpu=True)["status"] == "timeout"
    broken = run_case({**case, "model": "absent"}, work, timeout=300, cpu=True)
    assert broken["status"] == "failed" and "absent" in broken["message"], broken
    assert rows_of(broken) == []


def memory_that_runs_out_is_a_result(work: Path) -> None:
    """It names the moment, and becomes an `oom` row."""
    original = one_case.loss_of

    def exhausted(*_: object) -> torch.Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    one_case.loss_of = exhausted
    try:
        result = one_case.measure(grid(cpu=True)[0], work)
    finally:
        one_case.loss_of = original
    assert result["status"] == "out-of-memory" and result["moment"] == "forward", result
    assert [(r["kind"], r["expected"]["verdict"]) for r in rows_of(result)] == [("feasibility", "oom")]


def a_gpu_result_becomes_five_rows() -> None:
    """Three instruments, the rate and the verdict, as bench/data holds them."""
    result = {
        **grid(cpu=False, only="^llama-8b-qlora-r16-bf16-mixed-adamw-l2048-b1-a1-ckpt$")[0],
        "status": "measured",
        "model_parameters": one_case.parameter_count(MODELS["llama-8b"]),
        "device": "NVIDIA GeForce RTX 4090",
        "versions": {"torch": "2", "transformers": "5"},
        "allocated_gib": 11.0,
        "reserved_gib": 12.0,
        "device_gib": 12.5,
        "tokens_per_second": 1800.0,
    }
    rows = rows_of(result)
    assert [r["kind"] for r in rows] == ["feasibility", "throughput", "peak", "peak", "peak"]
    assert [r["expected"].get("valueGib") for r in rows] == [None, None, 11.0, 12.0, 12.5]
    # Llama 3.1 8B's published size.
    assert rows[0]["request"]["model"]["parameterCount"] == 8_030_261_248
    assert rows[0]["request"]["baseQuantization"] == "nf4" and rows[0]["expected"]["weight"] == 1


def the_loss_in_chunks_is_the_stock_loss(work: Path) -> None:
    """Same value: what differs is memory."""
    case = grid(cpu=True)[0]
    model = one_case.load(case, one_case.weights_folder(case, work)).eval()
    ids = torch.randint(MODELS["tiny"]["vocab"], (2, 64), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        stock = one_case.loss_of(case, model, ids)
        chunked = one_case.loss_of({**case, "fused_loss": True}, model, ids)
    assert torch.allclose(stock, chunked, rtol=1e-5), (stock, chunked)


def every_case_has_its_own_name() -> None:
    """Results are continued by id."""
    ids = [case["id"] for case in grid(cpu=False)]
    assert len(ids) == len(set(ids)) and len(ids) > 100


def main() -> None:
    """Run all checks."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        work = folder / "work"
        work.mkdir()
        every_case_has_its_own_name()
        a_gpu_result_becomes_five_rows()
        the_loss_in_chunks_is_the_stock_loss(work)
        memory_that_runs_out_is_a_result(work)
        a_case_that_hangs_or_fails_is_a_row(work)
        the_tiny_grid_is_measured_and_continued(folder / "out")
    print("ok")


if __name__ == "__main__":
    main()

"""Measures training set-ups on the accelerator of this machine. See README.md.

    python measure.py --out results            # on a machine with a GPU
    python measure.py --cpu --out /tmp/check   # the whole way on a processor, in a minute
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from grid import Case, grid
from rows import rows_of

HERE = Path(__file__).resolve().parent
COLUMNS = (
    "id", "status", "model", "model_parameters", "trainable_parameters", "method", "lora_rank", "dtype",
    "optimizer", "checkpointing", "fused_loss", "attention", "length", "batch", "accumulation",
    "allocated_gib", "reserved_gib", "device_gib", "peak_moment", "host_gib", "tokens_per_second",
    "device", "device_total_gib", "device_before_gib", "torch", "transformers", "peft", "bitsandbytes",
    "cuda", "moment", "message",
)


def run_case(case: Case, work: Path, timeout: float, *, cpu: bool = False) -> dict[str, Any]:
    """One case in a fresh process: memory that ran out, a crash or a hang is a row, not the end."""
    command = [sys.executable, str(HERE / "one_case.py"), json.dumps(case), str(work)]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=HERE,
            env={**os.environ, "CUDA_VISIBLE_DEVICES": ""} if cpu else None,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {**case, "status": "timeout", "message": f"not done after {timeout:g} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode == 0 and lines:
        return json.loads(lines[-1])
    # The system ends a process that takes the host's memory with SIGKILL.
    status = "killed" if done.returncode == -9 else "failed"
    last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
    return {**case, "status": status, "message": last[0][:300]}


def read_results(path: Path) -> list[dict[str, Any]]:
    """What an earlier call measured."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def write_tables(out: Path, results: list[dict[str, Any]]) -> None:
    """results.csv for people, rows.jsonl for the score."""
    with (out / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for result in results:
            writer.writerow({**result, **result.get("versions", {})})
    rows = [row for result in results for row in rows_of(result)]
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (out / "rows.jsonl").write_text(text, encoding="utf-8")


def main() -> None:
    """Measure what is not measured yet, writing after each case."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True, help="folder of the results; a second call continues there")
    parser.add_argument("--work", type=Path, help="folder for random weights, up to 45 GB; default: a temporary one")
    parser.add_argument("--only", help="regular expression on the case's id")
    parser.add_argument("--timeout", type=float, default=900, help="seconds a case (900)")
    parser.add_argument("--cpu", action="store_true", help="a tiny grid without a GPU, to prove the script")
    parser.add_argument("--list", action="store_true", help="print the cases and stop")
    options = parser.parse_args()
    cases = grid(cpu=options.cpu, only=options.only)
    if options.list:
        print("\n".join(case["id"] for case in cases))
        return
    if not options.cpu and not has_gpu():
        sys.exit("There is no CUDA device here. --cpu proves the script without one.")
    options.out.mkdir(parents=True, exist_ok=True)
    log = options.out / "results.jsonl"
    results = read_results(log)
    # A case that failed or hung is tried again.
    final = {r["id"] for r in results if r["status"] in ("measured", "out-of-memory")}
    results = [r for r in results if r["id"] in final]
    with tempfile.TemporaryDirectory() as temporary:
        work = (options.work or Path(temporary)).resolve()
        work.mkdir(parents=True, exist_ok=True)
        todo = [case for case in cases if case["id"] not in final]
        for number, case in enumerate(todo, start=1):
            result = run_case(case, work, options.timeout, cpu=options.cpu)
            results.append(result)
            log.write_text("".join(json.dumps(r) + "\n" for r in results), encoding="utf-8")
            write_tables(options.out, results)
            read = result.get("allocated_gib")
            shown = f"{read} GiB, {result['tokens_per_second']} tokens/s" if read else result.get("message", "")
            print(f"[{number}/{len(todo)}] {case['id']}: {result['status']} {shown}", flush=True)
    write_tables(options.out, results)


def has_gpu() -> bool:
    """Asked in another process: this one must not hold a context on the card."""
    code = "import torch, sys; sys.exit(0 if torch.cuda.is_available() else 1)"
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


if __name__ == "__main__":
    main()
